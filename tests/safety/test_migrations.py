"""The way back from all-clears and forth again, with rows that only they had allowed."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from safety import services
from safety.models import Alarm, AllClear, Notice
from tests.orders import MINUTE
from tests.safety.moments import SECOND

pytestmark = pytest.mark.django_db
SHARING = "SELECT count(*) FROM safety_notice WHERE alarm_id IS NULL"


def migrate(name: str) -> str:
    """Returns the newest there is."""
    # All in one transaction here: foreign keys that are still to be looked at would be in the way.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor = MigrationExecutor(connection)
    executor.migrate([("safety", name)])
    return max(name for app, name in executor.loader.graph.leaf_nodes("safety"))


def fetched(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def rule() -> str:
    [(definition,)] = fetched(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'alarm_once_a_minute'"
    )
    return definition


def call_within_a_minute_of(alarm: Alarm) -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "INSERT INTO safety_alarm (booking_id, user_id, at_ms) VALUES (%s, %s, %s)",
            [alarm.booking_id, alarm.user_id, alarm.at_ms + MINUTE - 1],
        )


@pytest.fixture
def calls(running, family) -> list[Alarm]:
    """Three, of which all-clears keep the first two apart, and one all-clear more."""
    first = services.raise_alarm(booking=running, by=family)
    services.give_all_clear(alarm=first, by=family)
    second = services.raise_alarm(booking=running, by=family, now_ms=first.at_ms + 30 * SECOND)
    third = services.raise_alarm(booking=running, by=family, now_ms=second.at_ms + 5 * MINUTE)
    services.give_all_clear(alarm=third, by=family)
    return [first, second, third]


def test_back_no_call_and_no_letter_is_lost_and_none_only_shares(calls):
    told = Notice.objects.count()
    migrate("0006_whole_numbers")
    assert fetched("SELECT id FROM safety_alarm ORDER BY id") == [(alarm.pk,) for alarm in calls]
    assert fetched(SHARING) == [(0,)] and fetched("SELECT count(*) FROM safety_notice") == [(told,)]


def test_back_two_within_a_minute_are_one_again(calls):
    migrate("0006_whole_numbers")
    with pytest.raises(IntegrityError, match="alarm_once_a_minute"):
        call_within_a_minute_of(calls[-1])


def test_back_without_such_rows_the_rule_is_the_whole_one(running):
    services.raise_alarm(booking=running, by=running.client)
    migrate("0006_whole_numbers")
    assert "WHERE" not in rule()


def test_and_forth_again(calls):
    before, latest = rule(), migrate("0006_whole_numbers")
    migrate(latest)
    assert rule() == before
    assert list(Alarm.objects.order_by("pk").values_list("all_clears_before", flat=True)) == [0, 1, 1]
    assert not AllClear.objects.exists() and not Notice.objects.sharing().exists()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Alarm.objects.update(at_ms=1)
