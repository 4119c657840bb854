"""Whose turn it is stands in a row of its own, which is always there and says what its booking's phase can say."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from bookings import services
from bookings.models import Booking, Turn
from bookings.services import locking
from tests.cast import a_listing, a_user
from tests.orders import accepted, live, ordered, requested, settle, speak

pytestmark = pytest.mark.django_db
MINUTE = 60_000


def overdue(*who) -> Booking:
    booking = live(*who)
    speak(booking.pk, companion=False, now_ms=booking.live_since_ms)
    services.sweep(now_ms=booking.live_since_ms + MINUTE)
    booking.refresh_from_db()
    return booking


def ended(*who) -> Booking:
    booking = overdue(*who)
    return services.end(booking=booking, by=booking.client)


def asked(*who) -> Booking:
    booking = live(*who)
    speak(booking.pk, companion=False)
    return booking


MADE = {
    ordered: "apart",
    requested: "apart",
    accepted: "apart",
    live: "together",
    asked: "together",
    overdue: "overdue",
    ended: "over",
    lambda *who: settle(ended(*who)): "over",
}


@pytest.mark.parametrize(("make", "phase"), MADE.items())
def test_an_order_has_one_of_its_phase(client_user, listing, make, phase):
    booking = make(client_user, listing)
    assert list(Turn.objects.values_list("booking", "phase")) == [(booking.pk, phase)]
    assert Booking.objects.get().phase == phase


def test_who_asked_last_is_known_when_it_is_over(client_user, listing):
    booking = ended(client_user, listing)
    assert (booking.turn.asked_ms, booking.turn.awaiting_since_ms) == (overdue_since(booking), None)


def overdue_since(booking: Booking) -> int:
    return booking.segments.get().end_ms - MINUTE


IMPOSSIBLE = {
    "asked before they are together": (accepted, {"asked_ms": 1}),
    "waiting before that": (accepted, {"asked_ms": 1, "awaiting_since_ms": 1}),
    "asked and not waiting": (live, {"asked_ms": 1}),
    "waiting and not asked": (live, {"awaiting_since_ms": 1}),
    "waiting before it was asked": (live, {"asked_ms": 2, "awaiting_since_ms": 1}),
    "overdue and not asked": (overdue, {"asked_ms": None}),
    "waiting while overdue": (overdue, {"awaiting_since_ms": 1}),
    "waiting when it is over": (ended, {"awaiting_since_ms": 1}),
    "of no phase": (live, {"phase": "else"}),
}


@pytest.mark.parametrize(("make", "what"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_its_phase_cannot_say_is_refused(client_user, listing, make, what):
    make(client_user, listing)
    with pytest.raises(IntegrityError, match="turn_as_its_phase"), transaction.atomic():
        Turn.objects.update(**what)


@pytest.mark.parametrize("alone", ["the turn", "the booking"])
def test_neither_of_the_two_changes_its_phase_alone(client_user, listing, alone):
    live(client_user, listing)
    with pytest.raises(IntegrityError, match="booking_turn_in_its_phase"), transaction.atomic():
        if alone == "the turn":
            Turn.objects.update(phase="over")
        else:
            put_aside()
        all_that_is_owed()


def put_aside() -> None:
    all_that_is_owed()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_booking DISABLE TRIGGER bookings_phase_follows")
    Booking.objects.update(state="ended", live_since_ms=None, ended_ms=1)


def all_that_is_owed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_order_without_one_is_refused(client_user, listing):
    ordered(client_user, listing)
    with pytest.raises(IntegrityError, match="booking_turn_in_its_phase"), transaction.atomic():
        Turn.objects.all().delete()
        all_that_is_owed()


def test_one_that_has_none_changes_no_phase(client_user, listing):
    booking = live(client_user, listing)
    Turn.objects.all().delete()
    with pytest.raises(IntegrityError, match="has no turn"), transaction.atomic():
        services.end(booking=booking, by=client_user)
    assert locking.meter(limit=1, now_ms=booking.deadline_ms) is None
    transaction.set_rollback(True)


def test_one_that_goes_on_waits_for_what_was_asked_whoever_writes(client_user, listing):
    booking = overdue(client_user, listing)
    Booking.objects.update(pause_reason="client")
    assert booking.turn.asked_ms == Turn.objects.get().awaiting_since_ms


def migrate(name: str) -> None:
    all_that_is_owed()
    MigrationExecutor(connection).migrate([("bookings", name)])


def test_what_the_bookings_said_is_kept_on_the_way_here_and_back(client_user, listing):
    settle(ended(a_user("third"), a_listing("he")))
    overdue(client_user, listing)
    asked(a_user("second"), a_listing("lan"))
    before = list(Turn.objects.order_by("pk").values())
    assert {row["phase"] for row in before} == {"overdue", "together", "over"}
    [latest] = [name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes("bookings")]
    migrate("0039_many_messages")
    migrate(latest)
    assert list(Turn.objects.order_by("pk").values()) == before
