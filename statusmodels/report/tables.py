"""The tables of a report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.criticism.predictive import SERIOUS
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.report.analysis import Analysis, summary, widths
from statusmodels.report.priors import prior_table


def effects(analysis: Analysis) -> pd.DataFrame:
    """Posterior of every free coefficient, in log odds per standard deviation."""
    rows = []
    for name, tree in analysis.fits.items():
        draws = tree["posterior"]["effect"].to_numpy().reshape(-1, len(TERMS))
        for j, (term, label) in enumerate(TERMS.items()):
            if term in HYPOTHESES[name].free:
                d = draws[:, j]
                rows.append({"hypothesis": name, "term": label, **summary(d), "P(> 0)": float(np.mean(d > 0))})
    return pd.DataFrame(rows)


def estimands(analysis: Analysis) -> pd.DataFrame:
    """E1, E2 and E3."""
    e = analysis.estimands
    rows = {
        "E1: insult without injury (probability)": e.e1,
        "E2: insult with injury (probability)": e.e2,
        "E3 = E2 - E1 (probability)": e.e3,
        "E3 on the latent scale (log odds)": e.e3_latent,
    }
    return pd.DataFrame([{"estimand": name, **summary(d)} for name, d in rows.items()])


def structure(analysis: Analysis) -> pd.DataFrame:
    """Threat weights, memory weights and the latent path's parameters under each hypothesis that uses them."""
    rows = []
    for name, tree in analysis.fits.items():
        posterior, free = tree["posterior"].dataset, set(HYPOTHESES[name].free)
        use = {
            "honor_memory": any("honor" in term for term in free),
            "authority_memory": any("authority" in term for term in free),
            "threat_memory": bool(free & {"threat", "threat_relieved"}),
            "threat_weight": bool(free & {"threat", "threat_relieved"}),
            "history": True,
            "sigma": True,
            "rho": True,
        }
        for variable in (v for v, used in use.items() if used):
            values: xr.DataArray = posterior[variable]
            for index in np.ndindex(values.shape[2:]):
                entry = values[(slice(None), slice(None), *index)]
                label = ", ".join(f"{entry.coords[d].item()}" for d in values.dims[2:])
                rows.append({"hypothesis": name, "quantity": variable, "of": label, **summary(entry.to_numpy())})
    return pd.DataFrame(rows)


def catalogue(analysis: Analysis) -> pd.DataFrame:
    """Events and modelled outcomes by era."""
    c = analysis.catalogue
    level = analysis.panel["level"].to_numpy()
    era = analysis.panel["era"].to_numpy()
    rows = []
    for k, (name, start, end) in enumerate(zip(c.eras["era"], c.eras["start"], c.eras["end"], strict=True)):
        inside = c.events["date"].between(start, end)
        senders = c.events.loc[inside, "sender"].value_counts()
        rows.append(
            {
                "era": name,
                "from": f"{start:%Y-%m-%d}",
                "to": f"{end:%Y-%m-%d}",
                "events": int(inside.sum()),
                **{f"sent by {side}": int(senders.get(side, 0)) for side in c.sides},
                "dyad-periods with an escalatory act": int((level[:, era == k] >= 1).sum()),
                "with a serious one": int((level[:, era == k] >= SERIOUS).sum()),
            }
        )
    return pd.DataFrame(rows)


def tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    """All tables, by file name without its ending."""
    return {
        "estimands": estimands(analysis),
        "widths": widths(analysis),
        "comparison": analysis.comparison.reset_index(),
        "effects": effects(analysis),
        "structure": structure(analysis),
        "predictive-checks": pd.concat([c.frame() for c in analysis.checks.values()], ignore_index=True),
        "diagnostics": pd.concat([g.frame() for g in analysis.gates.values()], ignore_index=True),
        "catalogue": catalogue(analysis),
        "priors": prior_table(analysis.priors),
    }
