import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


OF_SOURCES = {"02-new-rivalry"}


@pytest.mark.e2e
@pytest.mark.sampling
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_from_top_to_bottom(path):
    if path.stem in OF_SOURCES and not Path(os.environ.get("STATUSMODELS_DATA", "missing")).is_dir():
        pytest.skip("needs the data sets of others: set STATUSMODELS_DATA")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    assert not [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
