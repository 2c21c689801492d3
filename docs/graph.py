"""Writes docs/graph.md, the picture of the model: python docs/graph.py."""

from pathlib import Path

import pymc as pm

import statusmodels as stm

HEAD = """# The model as a graph

Written by `make graph`; do not edit. The plain `pm.Model` of `honor-plus-injury` on the embedded catalogue: rounded boxes
are parameters, cylinders data, diamonds the outcomes' log probabilities. The kernel that is sampled computes the same density
([model.md](model.md)). Of a model of your own: `pm.model_to_mermaid(stm.model(panel, hypothesis))`.
"""


def main() -> None:
    """Write the page."""
    model = stm.model(stm.build_panel(stm.load("us-russia")), stm.HYPOTHESES["honor-plus-injury"])
    page = f"{HEAD}\n```mermaid\n{pm.model_to_mermaid(model)}\n```\n"
    Path(__file__).with_name("graph.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
