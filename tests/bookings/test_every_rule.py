"""Each CHECK, UNIQUE, EXCLUDE and trigger of bookings and money is dropped in turn, and something it refused goes by.

A rule that no line of every_rule.py speaks of fails the test, and so does a line that something else would refuse too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from bookings import services
from bookings.models import Booking, MeetingCode
from listings.models import Listing
from payments.models import Refund, StripeCustomer
from tests.bookings.every_rule import CHECKS, FINAL, KEEPS, ONCE, Statement
from tests.cast import a_listing, a_saved_card, a_user, a_week
from tests.orders import appointed, live, ordered, pay_on_top, settle, speak

TABLES = "(^(bookings|payments)_|^listings_takentime$)"
# Django's own, of the type of the column: nothing of ours is said by them.
OF_THE_TYPE = "_check"
CONSTRAINTS = """
SELECT conname, conrelid::regclass::text,
       'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname || ' CASCADE'
  FROM pg_constraint WHERE contype IN ('c', 'u', 'x') AND conrelid::regclass::text ~ %s
UNION ALL
SELECT i.relname, t.relname, 'DROP INDEX ' || i.relname
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
 WHERE x.indisunique AND NOT x.indisprimary AND t.relname ~ %s
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = x.indexrelid)
"""
TRIGGERS = """
SELECT tgname, tgrelid::regclass::text, 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass
  FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text ~ %s
"""


@pytest.fixture
def world(client_user, listing, other_listing, stranger) -> dict[str, object]:
    """An order that runs, with a pause, a reply, an extension paid and one not; one settled and reviewed; one unpaid;
    an appointment; codes and a card."""
    over = reviewed_by_its_client(a_user("sun"), other_listing)
    services.write_review(booking=over, by=over.companion, stars=5, text="好")
    review = over.reviews.get(side="client")
    services.report_review(review=review, by=stranger, category="insult", words="骂人")
    reviewed_by_its_client(a_user("tang"), a_listing("he"))
    unpaid = ordered(a_user("gao"), other_listing)
    a_week(listing.companion)
    agreed = appointed(a_user("feng"), listing)
    running = live(client_user, listing)
    services.pause(booking=running, by=client_user)
    services.resume(booking=running, by=client_user)
    more = {"booking": running, "by": client_user, "minutes": 30}
    pay_on_top(services.extend(**more, request_key=uuid4()))
    services.extend(**more, request_key=uuid4())
    running.refresh_from_db()
    speak(running.pk, companion=False, now_ms=running.live_since_ms + 1000)
    speak(running.pk, companion=True, now_ms=running.live_since_ms + 2000)
    services.sweep(now_ms=running.live_since_ms + 200_000)
    MeetingCode.objects.create(booking=running, purpose="start", used_ms=1)
    Refund.objects.update(stripe_id=Concat(Value("re_"), Cast("pk", CharField())), status=Refund.Status.SUCCEEDED)
    StripeCustomer.objects.bulk_create(StripeCustomer(user=user) for user in (client_user, stranger))
    card = a_saved_card(client_user)
    a_saved_card(stranger)
    return {
        "live": running.pk,
        "unpaid": unpaid.pk,
        "somebody": stranger.pk,
        "card": card.pk,
        "appointment_ms": agreed.starts_ms,
        "appointed_client": agreed.client_id,
    }


def reviewed_by_its_client(client: User, listing: Listing) -> Booking:
    booking = live(client, listing)
    services.end(booking=booking, by=client)
    settle(booking)
    Booking.objects.filter(pk=booking.pk).update(billed_min=1, closed_ms=60_000)
    services.write_review(booking=booking, by=client, stars=5, text="好")
    return booking


@pytest.mark.django_db
class TestEachRule:
    def test_has_a_line_here(self):
        ours = {name for name, *_ in rules(CONSTRAINTS, 2) if not name.endswith(OF_THE_TYPE)}
        assert ours == {*CHECKS, *ONCE}
        assert {name for name, *_ in rules(TRIGGERS, 1)} == {*FINAL, *KEEPS}

    def test_is_what_refuses(self, world):
        drops = {name: drop for name, _table, drop in rules(CONSTRAINTS, 2) + rules(TRIGGERS, 1)}
        probes = {name: (name, listed(what)) for name, what in {**CHECKS, **ONCE}.items()} | FINAL
        kept = {name: refusal(statements, world, without=None) for name, (_, statements) in probes.items()}
        wrong = [f"{name}: {words}" for name, words in kept.items() if probes[name][0] not in words]
        assert not wrong, "\n".join(wrong)
        loose = {name: refusal(statements, world, without=drops[name]) for name, (_, statements) in probes.items()}
        wrong = [f"{name}: {words}" for name, words in loose.items() if probes[name][0] in words]
        assert not wrong, "\n".join(wrong)

    @pytest.mark.parametrize("name", KEEPS)
    def test_is_what_writes(self, world, name):
        (drop,) = [drop for rule, _table, drop in rules(TRIGGERS, 1) if rule == name]
        statement, count = KEEPS[name]
        assert moved(statement, count, world, without=None)
        assert not moved(statement, count, world, without=drop)


def listed(what: Statement | list[Statement]) -> list[Statement]:
    return what if isinstance(what, list) else [what]


def rules(sql: str, places: int) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [TABLES] * places)
        return cursor.fetchall()


def refusal(statements: list[Statement], world: dict[str, object], without: str | None) -> str:
    """What the database says to the statements; nothing if they go through."""
    with undone():
        try:
            act(statements, world, without)
        except DatabaseError as error:
            return str(error)
    return ""


def moved(statement: Statement, count: str, world: dict[str, object], without: str | None) -> bool:
    with undone(), connection.cursor() as cursor:
        cursor.execute(count)
        before = cursor.fetchone()
        act([statement], world, without)
        cursor.execute(count)
        return cursor.fetchone() != before


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def act(statements: list[Statement], world: dict[str, object], without: str | None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # An ALTER TABLE waits for no deferred check of its own transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if without:
            cursor.execute(without)
        for statement in statements:
            cursor.execute(filled(statement if isinstance(statement, str) else statement(columns_of), world))


def columns_of(table: str) -> list[str]:
    """Those that can be written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def filled(sql: str, world: dict[str, object]) -> str:
    for name, value in world.items():
        sql = sql.replace(f"{{{name}}}", str(value))
    return sql
