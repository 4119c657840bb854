"""Reading texts for the shelf: one that cannot be read keeps nobody else waiting."""

import pytest
from django.db import connection

from listings import services
from listings.models import ShelfEntry
from listings.search import find
from tests.cast import a_companion, a_listing

pytestmark = pytest.mark.django_db


def names(words: str) -> list[str]:
    return [listing.companion.display_name for listing in find({"words": words}).listings]


def test_words_the_database_does_not_take_keep_no_other_waiting(caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE listings_shelfterm ADD CHECK (term <> '毒')")
    for name, topic in (("before", "慢跑"), ("poison", "毒"), ("behind", "慢跑")):
        a_listing(name, topics=[topic], companion=a_companion(name))
    ShelfEntry.objects.update(indexed_key="")
    services.sweep_shelf()
    assert set(names("慢跑")) == {"before", "behind"}
    assert "are not on the shelf" in caplog.text
    assert [entry.companion.display_name for entry in ShelfEntry.objects.stale()] == ["poison"]
