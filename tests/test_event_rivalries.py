"""Panels of strategic rivalries from machine-coded events."""

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from statusmodels.cli import app
from statusmodels.errors import InputError
from statusmodels.models.design import design
from statusmodels.panel.outcomes import with_onset
from statusmodels.sources import keds
from statusmodels.sources.event_rivalries import REGIONS, event_rivalries


@pytest.mark.parametrize(
    ("name", "first", "last", "pairs"),
    [
        ("gulf", 1979, 1999, {"IRN>IRQ", "IRQ>KUW", "IRN>SAU"}),
        ("turkey-greece", 1992, 2006, {"TUR>GRC"}),
        ("armenia-azerbaijan", 1989, 1999, {"ARM>AZE"}),
    ],
)
def test_regions_hold_rivals_in_the_years_of_their_rivalry(name, first, last, pairs):
    panel = event_rivalries(name)
    assert pairs <= set(panel["dyad"].to_numpy())
    years = panel["period"].dt.year
    assert (int(years[0]), int(years[-1])) == (first, last)
    sides = {tuple(d.split(">")) for d in panel["dyad"].to_numpy()}
    assert {(i, j) for j, i in sides} == sides
    shown = panel["observed"].any("period")
    assert design(with_onset(panel.isel(dyad=shown.to_numpy())), ["onset"], path=False).weight.sum() > 0
    if name == "gulf":  # Oman and South Yemen were rivals until 1982
        rival = (
            panel["observed"].sel(dyad="OMA>YEM")
            if "OMA>YEM" in panel["dyad"]
            else panel["observed"].sel(dyad="OMA>YPR")
        )
        assert not rival.sel(period=slice("1983-01-01", None)).any()


def test_events_of_a_dyad_are_those_of_the_stream():
    panel = event_rivalries("turkey-greece")
    acts = keds.events("turkey")
    mine = acts[(acts["ccode1"] == 640) & (acts["ccode2"] == 350)]
    assert panel["events"].sel(dyad="TUR>GRC").sum() == len(mine)


@pytest.mark.e2e
def test_the_world_by_year_has_the_conduct_of_another_source(tmp_path):
    out = tmp_path / "icews.nc"
    done = CliRunner().invoke(app, ["event-rivalries", "icews", "--out", str(out)])
    assert done.exit_code == 0, done.output
    panel = xr.open_dataset(out, engine="h5netcdf")
    assert panel.attrs["level_of"] == "MIE"
    assert panel.sizes["period"] == 13
    assert {"IND>PAK", "USA>CHN", "ROK>PRK"} <= set(panel["dyad"].to_numpy())
    assert set(np.unique(panel["level"])) <= {0.0, 3.0, 4.0, 5.0}
    assert not panel["authority_denied"].any()
    assert (panel["honor_denied"].sel(dyad="PRK>ROK") > 0).all()


def test_wrong_names_and_places_are_told_together(tmp_path):
    done = CliRunner().invoke(app, ["event-rivalries", "asia", "--out", str(tmp_path / "none" / "x.nc")])
    assert isinstance(done.exception, InputError)  # which the command itself turns into exit code 2
    assert {"NAME", "--out"} == {problem.file for problem in done.exception.problems}
    assert set(REGIONS) == {"gulf", "levant", "turkey-greece", "armenia-azerbaijan"}
