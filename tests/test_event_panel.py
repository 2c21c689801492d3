import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_event_data import CAMEO, PAIR, SAMPLE, lines, rows
from typer.testing import CliRunner

from statusmodels.cli import app
from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.models.design import design
from statusmodels.panel.detection import with_undetected
from statusmodels.panel.event_panel import event_panel
from statusmodels.panel.panel import build
from statusmodels.panel.periods import calendar, fading
from statusmodels.panel.signals import faded
from statusmodels.sources import registry
from statusmodels.sources.event_data import counts


def counted(tmp_path, events, period="month"):
    path = tmp_path / "events.tsv"
    path.write_text(lines(events), encoding="utf-8")
    return counts([path], "gdelt1", period, CAMEO, PAIR, threads=1)


@pytest.fixture
def found(tmp_path):
    return counted(tmp_path, rows(6000))


def test_faded_is_a_double_loop():
    periods = calendar(pd.Timestamp("1999-11-15"), pd.Timestamp("2001-03-02"), "month")
    draw = np.random.default_rng(1)
    impulse = draw.exponential(size=(2, 3, len(periods)))
    impulse[0, 1, 4] = np.nan
    half_lives = [0.5, 3.0, 48.0]
    ours = faded(impulse, half_lives, periods)
    assert ours.shape == (3, 2, 3, len(periods))
    for k, half in enumerate(half_lives):
        for t, at in enumerate(periods):
            want = np.zeros((2, 3))
            for s, then in enumerate(periods[:t]):
                age = (at.start_time.normalize() - then.end_time.normalize()).days
                want += np.nan_to_num(impulse[..., s]) * 2 ** (-age / (half * 365.25 / 12))
            np.testing.assert_allclose(ours[k, ..., t], want, rtol=1e-12)
    ends = pd.Series(periods.end_time.normalize())
    as_acts = fading(pd.DatetimeIndex(periods.start_time), ends, pd.Series(pd.NaT, ends.index), half_lives)
    np.testing.assert_allclose(ours[:, 1, 2], np.einsum("kat,a->kt", as_acts, impulse[1, 2]), rtol=1e-12)
    with pytest.raises(ValueError, match="without gaps"):
        faded(impulse[..., :2], half_lives, periods[[0, 2]])


def test_the_panel_has_what_a_catalogues_has(found):
    ours, theirs = event_panel(found, "month", PAIR), build(load("us-russia"))
    for name, values in theirs.data_vars.items():
        assert ours[name].dims == values.dims, name
        assert ours[name].dtype == values.dtype, name
    assert set(theirs.coords) <= set(ours.coords)
    assert set(theirs.attrs) <= set(ours.attrs)
    assert ours["category"].to_numpy().tolist() == ["machine-coded"]
    made = design(ours)
    assert made.shape == (2, 24)
    assert np.isfinite(made.memory).all()
    assert made.weight.sum() == 2 * 12  # the first twelve months are burnt in


def test_signals_are_shares_of_the_world_and_outcomes_the_other_sides_conduct(found):
    panel = event_panel(found, "month", PAIR)
    at = "2013-09-01"
    row = found[(found["ccode1"] == 2) & (found["ccode2"] == 365) & (found["period"] == at)].iloc[0]
    other = found[(found["ccode1"] == 365) & (found["ccode2"] == 2) & (found["period"] == at)].iloc[0]
    cell = panel.sel(dyad="USA>RUS", period=at)
    assert float(cell["honor_denied"]) == pytest.approx(1000 * row["honor_denied_severity"] / row["world_events"])
    assert float(cell["threat_posed"][0]) == pytest.approx(1000 * row["threat_posed_severity"] / row["world_events"])
    assert [float(cell[v]) for v in ("level", "acts", "cooperation")] == [
        other[v] for v in ("level", "escalation", "cooperation")
    ]
    one = event_panel(found, "month", {"USA>RUS": (2, 365)})
    xr.testing.assert_equal(one["history"], panel[["history"]].sel(dyad=["USA>RUS"])["history"])
    # ten times the volume is the same signal
    grown = found.assign(**{c: found[c] * 10 for c in found if c.endswith("severity") or c == "world_events"})
    np.testing.assert_allclose(event_panel(grown, "month", PAIR)["honor_denied"], panel["honor_denied"])


def test_nothing_looks_ahead(tmp_path):
    events = rows(4000)
    before = event_panel(counted(tmp_path, events), "month", PAIR)
    cut = "20140601"
    later = [e if e[0] < cut else [e[0], "USA", "RUS", "190", *e[4:]] for e in events]
    after = event_panel(counted(tmp_path, later), "month", PAIR)
    known = slice(None, "2014-06-01")  # what predicts June is what came before it
    for name in before.data_vars:
        if name.endswith("_memory") or name == "history":
            np.testing.assert_array_equal(before[name].sel(period=known), after[name].sel(period=known), err_msg=name)
    assert not np.array_equal(before["threat_posed_memory"], after["threat_posed_memory"])
    assert (before["honor_denied_memory"].isel(period=0) == 0).all()


def test_missing_is_not_zero(tmp_path):
    silent = [e for e in rows(6000) if e[0][:6] != "201312"]
    quiet = [e for e in rows(6000) if e[0][:6] != "201312" or {e[1], e[2]} != {"USA", "RUS"}]
    gap, zero = (event_panel(counted(tmp_path, events), "month", PAIR, burn_in=2) for events in (silent, quiet))
    at = {"period": "2013-12-01"}
    for name in ("honor_denied", "threat_posed", "level", "acts", "cooperation", "events", "world_events"):
        assert np.isnan(gap[name].sel(at)).all(), name
    for name in ("honor_denied", "threat_posed", "level", "acts", "cooperation", "events"):
        assert (zero[name].sel(at) == 0).all(), name
    assert bool(zero["observed"].sel(at))
    # nothing is known of the gap, so its months of burn-in are waited for again
    assert gap["observed"].sel(period=slice("2013-11-01", "2014-03-01")).to_numpy().tolist() == [
        True, False, False, False, True]  # fmt: skip
    assert gap.sizes["period"] == 24


def test_a_last_period_cut_short_has_no_outcome(tmp_path):
    events = [e for e in rows(6000) if e[0] < "20141210"]
    panel = event_panel(counted(tmp_path, events), "month", PAIR)
    assert np.isnan(panel["level"].isel(period=-1)).all()
    assert not panel["observed"][-1]
    assert panel["observed"][-2]
    assert np.isfinite(panel["honor_denied"].isel(period=-1)).all()


def test_a_share_keeps_one_miscoded_event_from_making_a_war(tmp_path):
    events = [["20130115", "RUS", "USA", "111", "1", "1"]] * 60 + [["20130116", "RUS", "USA", "190", "1", "1"]]
    events += [["20131231", "RUS", "USA", "010", "1", "1"], ["20130101", "CHN", "USA", "010", "1", "1"]]
    found = counted(tmp_path, events)
    at = {"dyad": "USA>RUS", "period": "2013-01-01"}
    assert [float(event_panel(found, "month", PAIR, least_share=s)["level"].sel(at)) for s in (0, 0.01, 0.05)] == [
        4,
        4,
        1,
    ]
    assert float(event_panel(found, "month", PAIR)["acts"].sel(at)) == 61


def test_counts_that_do_not_fit_are_refused(found):
    with pytest.raises(InputError, match="none of the dyads"):
        event_panel(found, "month", {"CHN>IND": (710, 750)})
    with pytest.raises(InputError, match="first day of a quarter"):
        event_panel(found, "quarter", PAIR)
    with pytest.raises(InputError, match="twice"):
        event_panel(pd.concat([found, found]), "month", PAIR)
    with pytest.raises(InputError, match="lacks the columns level"):
        event_panel(found.drop(columns="level"), "month", PAIR)
    with pytest.raises(ValueError, match="least_share"):
        event_panel(found, "month", PAIR, least_share=2)


def test_the_command_writes_a_panel_of_each_format(tmp_path, found):
    run = CliRunner()
    gdelt = tmp_path / "gdelt.nc"
    options = ["--format", "gdelt1", "--dyads", "USA-RUS", "--period", "month", "--out", str(gdelt)]
    result = run.invoke(app, ["panel", str(tmp_path / "events.tsv"), *options], catch_exceptions=False)
    assert result.exit_code == 0
    with xr.open_dataset(gdelt, engine="h5netcdf") as stored:
        want = event_panel(found, "month", PAIR)
        for name in want.data_vars:
            np.testing.assert_array_equal(stored[name], want[name], err_msg=name)
        assert stored.attrs["sha256"] == want.attrs["sha256"]
    years = ["--from-year", "2014", "--to-year", "2014"]
    run.invoke(app, ["panel", str(tmp_path / "events.tsv"), *options, *years], catch_exceptions=False)
    with xr.open_dataset(gdelt, engine="h5netcdf") as stored:
        assert stored.sizes["period"] == 12
    icews = tmp_path / "icews.nc"
    options = ["--format", "icews", "--dyads", "USA-RUS", "--period", "week", "--out", str(icews)]
    result = run.invoke(app, ["panel", str(registry.path(SAMPLE)), *options], catch_exceptions=False)
    assert "nothing to model" in result.stderr
    with xr.open_dataset(icews, engine="h5netcdf") as stored:
        assert stored["events"].sum() == 20
    with pytest.raises(InputError) as caught:
        run.invoke(app, ["panel", "x", "--format", "y", "--dyads", "USA-RUS", "--period", "day", "--out", str(icews)],
                   catch_exceptions=False)  # fmt: skip
    assert len(caught.value.problems) == 2


def test_undetected_events_change_signals_and_nothing_else(found):
    plain = event_panel(found, "month", PAIR)
    more = event_panel(with_undetected(found, {"threat_posed": (1.0, 4.0)}), "month", PAIR)
    changed = [name for name in plain.data_vars if not plain[name].equals(more[name])]
    assert changed == ["threat_posed", "threat_posed_memory"]
    assert (more["threat_posed"] >= plain["threat_posed"]).all()
    assert more.attrs["sha256"] != plain.attrs["sha256"]
