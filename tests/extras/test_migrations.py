"""The way back from the rules that let words go, with rows whose words are gone."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common.clock import database_now_ms
from extras import services
from extras.models import Extra
from extras.services.erasing import KEPT_MS
from tests.extras.asking import asked, ended

pytestmark = pytest.mark.django_db


def migrate(name: str) -> None:
    # All in one transaction here: foreign keys that are still to be looked at would be in the way.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    MigrationExecutor(connection).migrate([("extras", name)])


def words() -> list[str]:
    return list(Extra.objects.order_by("amount_fen").values_list("what", flat=True))


def test_back_and_forth_over_an_unpaid_one_that_is_erased(visit):
    gone = asked(visit, amount_fen=1_00)
    services.take_back(extra=gone, by=visit.companion)
    ended(visit)
    services.erase_due(now_ms=database_now_ms() + KEPT_MS)
    asked(visit, amount_fen=2_00, what="打车")
    assert words() == ["", "打车"]
    migrate("0002_rules")
    assert words() == ["…", "打车"]
    latest = max(name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes("extras"))
    migrate(latest)
    assert words() == ["", "打车"]
