"""Pieces of work: stored one by one, gone on with after any end, never dropped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pieces import counted, failing, killing

from statusmodels.inference.provenance import fingerprint
from statusmodels.inference.refits import TRIES, Place, RefitsFailed, doubled, run

SEEDS = [{"seed": n} for n in range(6)]


def marks(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()]


def test_results_are_in_the_order_of_the_pieces_and_equal_the_work_done_here(tmp_path):
    shared = {"marks": str(tmp_path / "marks")}
    found = run(counted, shared, SEEDS, Place(tmp_path / "out", workers=2))
    assert found == [counted(shared, piece) for piece in SEEDS]


def test_what_is_stored_is_not_computed_again_and_the_whole_is_bit_equal(tmp_path):
    shared = {"marks": str(tmp_path / "marks")}
    run(counted, shared, SEEDS[:2], Place(tmp_path / "out", workers=1))
    resumed = run(counted, shared, SEEDS, Place(tmp_path / "out", workers=2))
    assert sorted(marks(tmp_path / "marks")) == [0, 1, 2, 3, 4, 5]
    at_once = run(counted, shared, SEEDS, Place(tmp_path / "other", workers=1))
    assert json.dumps(resumed) == json.dumps(at_once)


def test_a_truncated_result_is_computed_again(tmp_path):
    shared = {"marks": str(tmp_path / "marks")}
    whole = run(counted, shared, SEEDS[:2], Place(tmp_path / "out", workers=1))
    first = sorted((tmp_path / "out").glob("*.json"))[0]
    first.write_text(first.read_text()[:20])
    (tmp_path / "out" / "abc.123.tmp").write_text("{")
    assert run(counted, shared, SEEDS[:2], Place(tmp_path / "out", workers=1)) == whole
    assert not list((tmp_path / "out").glob("*.tmp"))


def test_results_of_other_data_or_other_work_are_not_taken(tmp_path):
    one = run(doubled, 2.0, [{"x": 1.0}], Place(tmp_path, workers=1))
    other = run(doubled, 3.0, [{"x": 1.0}], Place(tmp_path, workers=1))
    assert (one, other) == ([{"y": 2.0}], [{"y": 3.0}])
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_piece_that_fails_is_tried_again(tmp_path):
    shared = {"marks": str(tmp_path / "marks"), "times": TRIES - 1}
    assert run(failing, shared, SEEDS, Place(tmp_path / "out", workers=2)) == SEEDS


def test_a_piece_that_always_fails_is_reported_when_all_others_are_stored(tmp_path):
    shared = {"marks": str(tmp_path / "marks"), "times": 1000}
    with pytest.raises(RefitsFailed, match='"seed": 1}: ArithmeticError: no such number') as caught:
        run(failing, shared, SEEDS, Place(tmp_path / "out", workers=2))
    assert [f.piece for f in caught.value.failures] == [{"seed": 1}]
    assert len(list((tmp_path / "out").glob("*.json"))) == len(SEEDS) - 1


def test_a_killed_worker_costs_no_piece(tmp_path):
    shared = {"mark": str(tmp_path / "killed")}
    assert run(killing, shared, SEEDS, Place(tmp_path / "out", workers=2)) == SEEDS
    assert (tmp_path / "killed").exists()


def test_a_piece_that_kills_every_worker_is_the_only_one_reported(tmp_path):
    shared = {"mark": str(tmp_path / "killed"), "always": True}
    with pytest.raises(RefitsFailed, match="BrokenProcessPool") as caught:
        run(killing, shared, SEEDS, Place(tmp_path / "out", workers=3))
    assert [f.piece for f in caught.value.failures] == [{"seed": 1}]
    assert len(list((tmp_path / "out").glob("*.json"))) == len(SEEDS) - 1


def test_workers_leave_with_a_parent_that_was_killed(tmp_path):
    psutil = pytest.importorskip("psutil")
    program = f"""
from pathlib import Path
from pieces import counted
from statusmodels.inference.refits import Place, run
if __name__ == "__main__":
    shared = {{"marks": {str(tmp_path / "marks")!r}, "seconds": 60.0}}
    run(counted, shared, [{{"seed": 1}}], Place(Path({str(tmp_path)!r}), workers=1))
"""
    script = tmp_path / "long.py"
    script.write_text(program)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, str(script)], env=env) as parent:
        until = time.monotonic() + 120
        while not (tmp_path / "marks").exists() and time.monotonic() < until:
            time.sleep(0.05)
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    assert children
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


def test_pieces_alike_are_refused(tmp_path):
    with pytest.raises(ValueError, match="two pieces are alike"):
        run(doubled, 1.0, [{"x": 1.0}, {"x": 1.0}], Place(tmp_path))


def test_progress_counts_stored_pieces_too(tmp_path):
    run(doubled, 1.0, [{"x": 1.0}], Place(tmp_path, workers=1))
    told: list[tuple[int, int]] = []
    run(doubled, 1.0, [{"x": 1.0}, {"x": 2.0}], Place(tmp_path, workers=1, tell=lambda *now: told.append(now)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.e2e
def test_a_dask_cluster_gives_the_same_and_survives_the_loss_of_a_worker(tmp_path):
    distributed = pytest.importorskip("distributed")
    shared = {"marks": str(tmp_path / "marks"), "seconds": 0.2}
    pieces = [{"seed": n} for n in range(20)]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def kill_when_under_way() -> None:
            while not Path(shared["marks"]).exists():
                time.sleep(0.02)
            os.kill(victim, signal.SIGKILL)

        with ThreadPoolExecutor(1) as other:
            killed = other.submit(kill_when_under_way)
            found = run(counted, shared, pieces, Place(tmp_path / "out", cluster=cluster.scheduler_address))
            killed.result()
    assert found == [counted(shared, piece) for piece in pieces]


def test_fingerprints_tell_contents_apart():
    data = xr.Dataset({"a": ("x", np.arange(3.0))}, attrs={"name": "n"})
    same = data.copy(deep=True)
    assert fingerprint(data) == fingerprint(same)
    same["a"][0] = 9.0
    assert fingerprint(data) != fingerprint(same)
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint(1) != fingerprint(1.0)
    assert fingerprint({"a": [1]}) != fingerprint({"a": [2]})
    with pytest.raises(TypeError, match="object"):
        fingerprint(object())
