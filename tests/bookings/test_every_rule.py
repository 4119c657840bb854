"""Each CHECK, UNIQUE, EXCLUDE and trigger of bookings and money is dropped in turn, and what it refused goes through.

A rule that no line of every_rule.py speaks of fails the test, and so does a line that something else would refuse too.
"""

from collections.abc import Iterator, Sequence
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
from payments.models import CardSetup, Refund, StripeCustomer
from tests.bookings.every_rule import CHECKS, ONCE, REPEATED, Statement
from tests.bookings.every_trigger import EACH, FINAL, KEEPS
from tests.bookings.paid_out import paid_out_and_disputed
from tests.cast import a_listing, a_saved_card, a_user, a_week
from tests.lasting import lasting
from tests.moves import later, proposed
from tests.orders import appointed, live, ordered, pay_on_top, requested, settle, speak
from tests.visits import a_place, half_paid

TABLES = "(^(bookings|payments)_|^listings_takentime$)"
# Django's own, of the type of the column: nothing of ours is said by them.
OF_THE_TYPE = "_check"
CONSTRAINTS = """
SELECT conname,
       'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname || ' CASCADE'
  FROM pg_constraint WHERE contype IN ('c', 'u', 'x') AND conrelid::regclass::text ~ %s
UNION ALL
SELECT i.relname, 'DROP INDEX ' || i.relname
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
 WHERE x.indisunique AND NOT x.indisprimary AND t.relname ~ %s
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = x.indexrelid)
"""
TRIGGERS = """
SELECT tgname, 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass
  FROM pg_trigger WHERE NOT tgisinternal AND (tgrelid::regclass::text ~ %s OR tgname ~ %s)
"""
OURS = "^(bookings|payments)_"


@pytest.fixture(scope="class")
def world(django_db_setup, django_db_blocker) -> Iterator[dict[str, object]]:
    """What each rule is tried on; it is put back each time."""
    with lasting(django_db_blocker):
        yield everything(a_user("lin"), a_listing("shanshan"), a_listing("liubing", 3500), a_user("qian"))


def everything(client_user: User, listing: Listing, other_listing: Listing, stranger: User) -> dict[str, object]:
    """The ids of an order that runs, with a pause, a reply, and time on top: paid, missed, given up, and waiting; one
    ended; one settled and reviewed; one unpaid; one cancelled; an appointment for which two other starts were proposed;
    one that three share; codes and a card."""
    over = reviewed_by_its_client(a_user("sun"), other_listing)
    services.write_review(booking=over, by=over.companion, stars=5, text="好")
    review = over.reviews.get(side="client")
    services.report_review(review=review, by=stranger, category="insult", words="骂人")
    reviewed_by_its_client(a_user("tang"), a_listing("he"))
    ended = live(a_user("xu"), a_listing("luo"))
    services.end(booking=ended, by=ended.client)
    cancelled = requested(a_user("wei"), other_listing)
    services.cancel(booking=cancelled, by=cancelled.client)
    unpaid = ordered(a_user("gao"), other_listing)
    a_week(listing.companion)
    agreed = appointed(a_user("feng"), listing)
    for hours in (24, 48):
        move = proposed(agreed, agreed.client, later(agreed, hours))
    move.agreements.create(by=agreed.companion, at_ms=1)
    running = live(client_user, listing)
    services.pause(booking=running, by=client_user)
    services.resume(booking=running, by=client_user)
    more = {"booking": running, "by": client_user, "minutes": 30}
    pay_on_top(services.extend(**more, request_key=uuid4()))
    missed, _ = (services.extend(**{**more, "minutes": minutes}, request_key=uuid4()) for minutes in (15, 60))
    services.extend(**more, request_key=uuid4())
    pay_on_top(missed)
    running.refresh_from_db()
    speak(running.pk, companion=False, now_ms=running.live_since_ms + 1000)
    speak(running.pk, companion=True, now_ms=running.live_since_ms + 2000)
    services.sweep(now_ms=running.live_since_ms + 200_000)
    shared = half_paid(a_user("jin"), a_place("ruby", kind="dining"))
    MeetingCode.objects.create(booking=running, purpose="start", used_ms=1)
    running.code_entries.create(purpose="start", request_key=uuid4(), age_ms=1, came_ms=2)
    Refund.objects.update(stripe_id=Concat(Value("re_"), Cast("pk", CharField())), status=Refund.Status.SUCCEEDED)
    StripeCustomer.objects.bulk_create(StripeCustomer(user=user) for user in (client_user, stranger))
    card = a_saved_card(client_user)
    a_saved_card(stranger)
    paid_out_and_disputed(over, ended, running, cancelled, by=stranger)
    CardSetup.objects.create(user=client_user, session_id="cs_left", status=CardSetup.Status.KEPT, card=card)
    CardSetup.objects.create(user=client_user, session_id="cs_open")
    return {
        "live": running.pk,
        "settled": over.pk,
        "ended": ended.pk,
        "cancelled": cancelled.pk,
        "unpaid": unpaid.pk,
        "appointed": agreed.pk,
        "shared": shared.pk,
        "somebody": stranger.pk,
        "card": card.pk,
        "appointment_ms": agreed.starts_ms,
        "appointed_client": agreed.client_id,
    }


def reviewed_by_its_client(client: User, listing: Listing) -> Booking:
    booking = live(client, listing)
    services.end(booking=booking, by=client)
    Booking.objects.filter(pk=booking.pk).update(billed_min=1, closed_ms=60_000)
    settle(booking)
    services.write_review(booking=booking, by=client, stars=5, text="好")
    return booking


@pytest.mark.django_db
class TestEachRule:
    def test_has_a_line_here(self):
        assert {name for name in constraints() if not name.endswith(OF_THE_TYPE)} == {*CHECKS, *ONCE}
        assert {*triggers()} == {*FINAL, *KEEPS}

    def test_is_what_refuses(self, world):
        drops = constraints() | triggers()
        wrong = []
        for name, words, statements in probes():
            kept = refusal(statements, world)
            also = [drops[other] for other in [REPEATED.get(name)] if other]
            loose = refusal(statements, world, drops[name], *also)
            if words not in kept or loose:
                wrong.append(f"{name}: with it {kept or 'nothing'!r}, without it {loose or 'nothing'!r}")
        assert not wrong, "\n".join(wrong)

    @pytest.mark.parametrize("name", REPEATED)
    def test_is_repeated_by_another(self, world, name):
        assert refusal(listed(CHECKS[name]), world, constraints()[name])

    @pytest.mark.parametrize("name", KEEPS)
    def test_is_what_writes(self, world, name):
        statement, count = KEEPS[name]
        assert moved(statement, count, world)
        assert not moved(statement, count, world, triggers()[name])


def probes() -> Iterator[tuple[str, str, list[Statement]]]:
    """Each with the name of its rule, and in which words it refuses."""
    yield from ((name, name, listed(what)) for name, what in {**CHECKS, **ONCE}.items())
    yield from ((name, words, statements) for name, (words, statements) in FINAL.items())
    yield from ((name, FINAL.get(name, [name])[0], statements) for name, more in EACH.items() for statements in more)


def listed(what: Statement | list[Statement]) -> list[Statement]:
    return what if isinstance(what, list) else [what]


def constraints() -> dict[str, str]:
    """How to drop each, by its name."""
    return found(CONSTRAINTS, [TABLES, TABLES])


def triggers() -> dict[str, str]:
    return found(TRIGGERS, [TABLES, OURS])


def found(sql: str, patterns: list[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, patterns)
        return dict(cursor.fetchall())


def refusal(statements: list[Statement], world: dict[str, object], *without: str) -> str:
    """What the database says to the last of the statements; nothing if it goes through. The others must go through."""
    *before, forbidden = statements
    with undone():
        prepare(without)
        for statement in before:
            run(statement, world)
        try:
            with transaction.atomic():
                return "" if run(forbidden, world) else "no such row"
        except DatabaseError as error:
            return str(error).partition("\n")[0]


def moved(statement: Statement, count: str, world: dict[str, object], *without: str) -> bool:
    with undone():
        prepare(without)
        before = counted(count)
        run(statement, world)
        return counted(count) != before


def counted(sql: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def prepare(without: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        # An ALTER TABLE waits for no deferred check of its own transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # What a trigger makes after the row is there by the end, not before.
        cursor.execute("SET CONSTRAINTS booking_turn_in_its_phase DEFERRED")
        # Vacuuming gives way to one, but not at once where all cores are busy.
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        for drop in without:
            cursor.execute(drop)


def run(statement: Statement, world: dict[str, object]) -> int:
    """How many rows it wrote; -1 of what writes none."""
    with connection.cursor() as cursor:
        cursor.execute(filled(statement if isinstance(statement, str) else statement(columns_of), world))
        return cursor.rowcount


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
