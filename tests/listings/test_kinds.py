import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from listings.kinds import KINDS, OWN_NUMBERS, OWN_WORDS
from listings.models import ListingText

APPS = ("accounts", "listings", "moderation")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_row_of_the_table_makes_sense(kind):
    low, high = kind.usual_price_fen
    assert kind.price_min_fen <= low < high <= kind.price_max_fen
    assert kind.price_unit in ("hour", "visit")
    assert all(kind.smallest_minutes <= minutes <= kind.largest_minutes for minutes in kind.minute_steps)
    assert set(kind.own_fields) | set(kind.foreign_numbers) | set(kind.foreign_words) == {*OWN_NUMBERS, *OWN_WORDS}


def test_every_own_field_is_a_column_of_the_text():
    columns = {field.name for field in ListingText._meta.get_fields()}
    assert {*OWN_NUMBERS, *OWN_WORDS} <= columns


def test_a_row_cannot_be_changed():
    with pytest.raises(AttributeError):
        KINDS["listener"].price_min_fen = 1
    assert replace(KINDS["listener"], price_min_fen=1).price_min_fen == 1


def test_nothing_else_asks_which_kind_it_is():
    asks = re.compile(r"""kind(?:\.key)?\s*(?:==|!=|in)\s*[("'\[{]*["'](?:listener|clinic|dining)""")
    code = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    pages = [path for app in APPS for path in (settings.BASE_DIR / "templates" / app).rglob("*.html")]
    found = [path for path in (*code, *pages) if asks.search(Path(path).read_text()) and "migrations" not in path.parts]
    assert found == []
