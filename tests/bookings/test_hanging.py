"""A process that hangs with what it has locked holds up nobody else's clock."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from bookings import services
from bookings.models import Booking, State
from bookings.services import presence as absences
from bookings.sql import HERE
from common import presence
from common.clock import database_now_ms
from common.patience import SHORT_MS
from payments.models import Account
from tests.bookings.absence import both_here, stretches
from tests.orders import MINUTE, live, note_absence, requested
from tests.presence import look_again, seen
from tests.rivals import rival
from tests.waiting import until

SECOND = 1000
# Well above what a round takes when nobody holds anything, and below the product's lock_timeout.
SOON_S = 3.5
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("for_days")]


@pytest.fixture
def held(client_user, listing) -> Booking:
    """Live for five minutes."""
    return five_minutes(live(client_user, listing))


@pytest.fixture
def another(other_client, other_listing) -> Booking:
    """Due in the same round."""
    return five_minutes(live(other_client, other_listing))


def five_minutes(booking: Booking) -> Booking:
    moved = {"live_since_ms": booking.live_since_ms - 5 * MINUTE, "due_ms": booking.due_ms - 5 * MINUTE}
    Booking.objects.filter(pk=booking.pk).update(**moved)
    booking.refresh_from_db()
    both_here(booking, database_now_ms())
    return booking


@pytest.fixture
def she_is_back(held) -> Booking:
    """The clock stands because she was away."""
    note_absence(held.companion_id, database_now_ms() - MINUTE)
    return held


def lock(row: Any) -> None:
    type(row).objects.select_for_update(no_key=True).get(pk=row.pk)


def seconds(act: Callable[[], Any]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def state(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def billed(booking: Booking) -> int:
    booking.refresh_from_db()
    return booking.billed_min


def test_who_holds_an_order_of_one_who_is_back_keeps_no_other_from_the_meter(she_is_back, another):
    with rival(partial(lock, she_is_back)) as meanwhile:
        assert seconds(meanwhile(services.tick)) < SOON_S
        assert billed(another) == 4
        assert state(she_is_back) == State.PAUSED
    services.tick()
    assert state(she_is_back) == State.LIVE


@contextmanager
def returns_that_wait() -> Iterator[None]:
    plain = (HERE / "absence.sql").read_text(encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute(plain.replace("ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", "ORDER BY id FOR NO KEY UPDATE"))
        yield
        cursor.execute(plain)


def test_control_if_returns_waited_all_would(she_is_back, another):
    with returns_that_wait(), rival(partial(lock, she_is_back)) as meanwhile:
        assert seconds(meanwhile(services.tick)) > SOON_S


def test_who_holds_an_account_keeps_no_other_from_being_posted(held, another, caplog):
    earned = Account.objects.get(pk=held.earned_account_id)
    with rival(partial(lock, earned)) as meanwhile:
        assert seconds(meanwhile(services.tick)) < SOON_S
        assert (billed(held), billed(another)) == (0, 4)
    assert f"booking {held.pk} cannot be metered" in caplog.text
    until(lambda: services.tick() and billed(held) == 4, what="what was set aside to have its turn")


def test_who_holds_an_account_does_not_keep_the_clock_from_stopping(held):
    """What is left to be posted is posted at the settlement."""
    services.tick()
    over = held.granted_ms - 5 * MINUTE
    Booking.objects.filter(pk=held.pk).update(live_since_ms=F("live_since_ms") - over, due_ms=F("deadline_ms") - over)
    with rival(partial(lock, Account.objects.get(pk=held.hold_account_id))) as meanwhile:
        assert seconds(meanwhile(services.sweep)) < SOON_S
        assert (state(held), billed(held)) == (State.EXHAUSTED, 4)


def test_who_holds_a_step_keeps_no_other_from_being_told(held, another):
    for booking in (held, another):
        booking.steps.update(told=False)
    with rival(partial(lock, held.steps.first())) as meanwhile:
        assert seconds(meanwhile(services.announce_waiting)) < SOON_S
        assert (told(held), told(another)) == (False, True)
    services.announce_waiting()
    assert told(held)


def test_what_somebody_tells_is_left_to_him_and_what_comes_after_it_too(held, another):
    """He has locked the first of several steps. Untold are those of both."""
    for booking in (held, another):
        booking.steps.update(told=False)
    with rival(partial(lock, held.steps.order_by("id").first())) as meanwhile:
        assert seconds(meanwhile(services.announce_waiting)) < SHORT_MS / SECOND
        assert (held.steps.filter(told=True).exists(), told(another)) == (False, True)


def told(booking: Booking) -> bool:
    return not booking.steps.filter(told=False).exists()


def test_who_holds_an_account_keeps_what_expires_from_nobody(held, client_user, listing):
    """Each that waits for it gives up, and has its turn in the next round."""
    waits = services.end(booking=held, by=held.client)
    Booking.objects.filter(pk=held.pk).update(due_ms=database_now_ms() - SECOND)
    expires = requested(client_user, listing)
    Booking.objects.filter(pk=expires.pk).update(due_ms=database_now_ms())
    with rival(partial(lock, Account.objects.get(pk=held.hold_account_id))) as meanwhile:
        assert seconds(meanwhile(services.run_due)) < SOON_S
        assert (state(waits), state(expires)) == (State.ENDED, State.EXPIRED)
    services.run_due()
    assert state(waits) == State.SETTLED


@pytest.fixture
def she_is_gone(held) -> Booking:
    """Since she was with him for two minutes and 20 s, and nobody has noticed yet."""
    seen(held.companion, held.live_since_ms + 2 * MINUTE + 20 * SECOND)
    return held


def test_who_holds_an_order_of_one_who_is_gone_is_waited_for_before_anything_is_posted(she_is_gone, another):
    with rival(partial(lock, she_is_gone)) as meanwhile:
        meanwhile(services.tick)()
        assert billed(another) == 0
    services.tick()
    assert (billed(another), billed(she_is_gone)) == (4, 0)
    assert stretches(she_is_gone) == [(2 * MINUTE + 20 * SECOND, "companion_away")]


def test_control_if_that_look_counted_she_would_be_paid_for_what_she_was_away(she_is_gone, monkeypatch):
    monkeypatch.setattr(presence, "owe", lambda *_, **__: None)
    with rival(partial(lock, she_is_gone)) as meanwhile:
        meanwhile(services.tick)()
    services.tick()
    assert billed(she_is_gone) == 4


def at(monkeypatch, now_ms: int, *here: Booking) -> bool:
    """A round at that moment, in which these are connected: may money move?"""
    monkeypatch.setattr(absences, "database_now_ms", lambda: now_ms)
    for booking in here:
        both_here(booking, now_ms)
    absences.notice()
    return absences.is_looked_at()


@pytest.mark.parametrize("ended", [False, True])
def test_what_does_not_end_is_waited_for_once_for_five_minutes(she_is_gone, another, monkeypatch, caplog, ended):
    """And then no more, for as long as it lasts."""
    if ended:
        services.end(booking=she_is_gone, by=she_is_gone.client)
    began = database_now_ms()

    def rounds() -> list[int]:
        waits = []
        for second in range(0, 900, 15):
            look_again()
            seen(she_is_gone.client, began + second * SECOND)
            if not at(monkeypatch, began + second * SECOND, another):
                waits.append(second)
        return waits

    with rival(partial(lock, she_is_gone)) as meanwhile:
        assert meanwhile(rounds)() == list(range(0, 300, 15))
    assert "locked for minutes" in caplog.text
    at(monkeypatch, began + 900 * SECOND, another)
    assert stretches(she_is_gone) == [(2 * MINUTE + 20 * SECOND, "companion_away")]


def test_while_one_order_is_locked_nobody_else_is_asked_about_again(she_is_gone, another, monkeypatch):
    began, asked, plain = database_now_ms(), [], presence.gone
    seen(she_is_gone.client, began + MINUTE)

    def gone(users, **when):
        asked.append(list(users))
        return plain(users, **when)

    with rival(partial(lock, she_is_gone)) as meanwhile:
        meanwhile(lambda: at(monkeypatch, began, another))()
        monkeypatch.setattr(presence, "gone", gone)
        for second in range(1, 15):
            meanwhile(lambda second=second: at(monkeypatch, began + second * SECOND, another))()
    assert asked == [[she_is_gone.companion_id]] * 14
