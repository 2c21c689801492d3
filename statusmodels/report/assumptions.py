"""The causal assumptions under which the estimates would be effects, drawn as a directed graph."""

from __future__ import annotations

from matplotlib.figure import Figure

from statusmodels.report.style import ACCENT, INK, MUTED, SECOND

# name: place and whether it is seen
NODES: dict[str, tuple[float, float, bool]] = {
    "past escalation,\nboth sides": (0.1, 0.5, True),
    "honor denied": (0.42, 0.82, True),
    "authority denied": (0.42, 0.5, True),
    "material threat": (0.42, 0.18, True),
    "escalation": (0.9, 0.5, True),
    "era": (0.1, 0.86, True),
    "domestic politics,\nthird parties,\nprivate signals": (0.72, 0.93, False),
    "what the record\nnotices": (0.72, 0.07, False),
}
HELD = (
    ("past escalation,\nboth sides", "honor denied"),
    ("past escalation,\nboth sides", "authority denied"),
    ("past escalation,\nboth sides", "material threat"),
    ("past escalation,\nboth sides", "escalation"),
    ("era", "honor denied"),
    ("era", "past escalation,\nboth sides"),
)
ASKED = (("honor denied", "escalation"), ("material threat", "escalation"), ("authority denied", "escalation"))
FEARED = (
    ("domestic politics,\nthird parties,\nprivate signals", "honor denied"),
    ("domestic politics,\nthird parties,\nprivate signals", "escalation"),
    ("what the record\nnotices", "material threat"),
    ("what the record\nnotices", "escalation"),
)
AROUND = {("past escalation,\nboth sides", "escalation"): 0.2}  # past what lies between
CONFOUNDERS = (
    "an election, a succession or a domestic crisis that brings both slights and shows of force",
    "a third party's war or crisis that draws threats and escalation alike",
    "signals that were given in private, or escalation already planned when the slight was dealt",
    "a record that notices slights because a clash followed them",
)


def assumptions() -> Figure:
    """The graph: arrows asked about, arrows held fixed by the model, and dashed those that would confound."""
    figure = Figure(figsize=(8, 3.9), layout="constrained")
    axis = figure.subplots()
    axis.set_axis_off()
    axis.set_xlim(-0.02, 1.02)
    axis.set_ylim(-0.06, 1.06)
    boxes = {}
    for name, (x, y, seen) in NODES.items():
        box = {"boxstyle": "round,pad=0.4", "fc": "white", "ec": INK if seen else ACCENT, "ls": "-" if seen else "--"}
        boxes[name] = axis.text(x, y, name, ha="center", va="center", fontsize=8.5, bbox=box).get_bbox_patch()
    for arrows, colour, style in ((HELD, MUTED, "-"), (ASKED, SECOND, "-"), (FEARED, ACCENT, "--")):
        for cause, effect in arrows:
            (x, y, _), (to_x, to_y, _) = NODES[cause], NODES[effect]
            arrow = {
                "arrowstyle": "-|>",
                "color": colour,
                "ls": style,
                "lw": 1.6,
                "patchA": boxes[cause],
                "patchB": boxes[effect],
                "connectionstyle": f"arc3,rad={AROUND.get((cause, effect), 0.0)}",
            }
            axis.annotate("", (to_x, to_y), (x, y), arrowprops=arrow)
    return figure
