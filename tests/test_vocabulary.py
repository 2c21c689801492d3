import re

import pytest

from statusmodels.events import vocabulary as vocab
from statusmodels.events.catalogue import data_folder
from statusmodels.events.codebook import codebook

DESIGN = {
    "honor": [
        "gratitude",
        "legitimacy",
        "equal-partnership",
        "alliance-jealousy",
        "club-membership",
        "prestige",
        "ignoring",
    ],
    "authority": [
        "sphere-of-influence",
        "consultation",
        "arms-control-parity",
        "rule-making",
        "rule-breaking",
        "exclusion",
        "democracy-guru",
        "security-provider",
    ],
    "threat": [
        "missile-defence",
        "decapitation-capability",
        "solidarist-intervention",
        "regime-change",
        "alliance-expansion",
        "force-posture",
    ],
    "escalation": ["verbal", "diplomatic", "economic", "military-display", "military-use", "covert"],
    "cooperation": ["agreement", "joint-action", "restraint"],
}


def test_codebook_file_is_the_rendered_vocabulary():
    assert (data_folder() / "CODEBOOK.md").read_bytes().decode("utf-8") == codebook()


def test_constructs_are_those_of_the_design():
    assert set(vocab.CONSTRUCTS) == set(DESIGN)
    assert all(c.name == name for name, c in vocab.CONSTRUCTS.items())


@pytest.mark.parametrize("name", DESIGN)
def test_categories_are_those_of_the_design(name):
    names = vocab.CONSTRUCTS[name].category_names
    assert sorted(names) == sorted(DESIGN[name])


@pytest.mark.parametrize("name", DESIGN)
def test_valences(name):
    one_sided = {"escalation": {-1}, "cooperation": {1}}
    assert set(vocab.CONSTRUCTS[name].valences) == one_sided.get(name, {-1, 1})


@pytest.mark.parametrize("name", DESIGN)
def test_codebook_tells_each_category_anchor_and_valence(name):
    construct = vocab.CONSTRUCTS[name]
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", codebook(), re.S | re.M).group(1)
    assert re.findall(r"^\| `([a-z-]+)` \|", section, re.M) == list(construct.category_names)
    assert re.findall(r"^(\d)\. ", section, re.M) == list("12345")
    assert {int(v) for v in re.findall(r"^- `([+-]\d)`", section, re.M)} == set(construct.valences)


@pytest.mark.parametrize("name", DESIGN)
def test_entries_are_filled_and_keep_the_table_whole(name):
    construct = vocab.CONSTRUCTS[name]
    cells = [text for c in construct.categories for text in (c.definition, c.example, c.counterexample)]
    for text in (construct.definition, *construct.severities, *construct.valences.values(), *cells):
        assert text.strip()
        assert "\n" not in text
    assert not any("|" in text for text in cells)
