import doctest
import importlib
import pkgutil

import pytest

import statusmodels

MODULES = [m.name for m in pkgutil.walk_packages(statusmodels.__path__, "statusmodels.")]


@pytest.mark.parametrize("name", [m for m in MODULES if m != "statusmodels.cli"])
def test_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_imports_point_left():
    rooms = [
        "errors",
        "events",
        "panel",
        "sources",
        "models",
        "inference",
        "criticism",
        "claims",
        "scenarios",
        "report",
    ]
    order = {room: i for i, room in enumerate(rooms)}
    for name in MODULES:
        room = name.split(".")[1]
        if room not in order or name.count(".") < 2:
            continue
        source = importlib.import_module(name).__file__
        with open(source, encoding="utf-8") as file:
            lines = [line.split()[1] for line in file if line.lstrip().startswith("from statusmodels.")]
        for target in lines:
            assert order[target.split(".")[1]] <= order[room], f"{name} imports {target}"
