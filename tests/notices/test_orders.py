"""An order that arrives while its companion is away is told at once; once it is gone, not at all."""

import pytest

from bookings import services as bookings
from common.clock import database_now_ms
from notices import services, tasks
from notices.models import Notice
from notices.services.writing import GRACE_MS, note_order
from tests.orders import ordered, pay, requested
from tests.presence import seen

pytestmark = pytest.mark.django_db


def test_the_companion_is_told_when_it_is_paid_and_not_before(client_user, listing, companion, phone_of):
    phone = phone_of(companion)
    booking = ordered(client_user, listing)
    assert not Notice.objects.exists()
    pay(booking)
    tasks.tell_of_order(str(booking.pk))
    [shown] = phone.shown
    assert shown == {
        "title": "我在",
        "body": "有新的订单等你接受，3 分钟内有效",
        "path": "/bookings/workbench/",
        "tag": f"order-{booking.pk}",
    }
    # A browser that is off until it is too late is not told any more.
    assert 0 < int(phone.requests[0][0]["ttl"]) <= 180


def test_the_tick_tells_what_no_bell_rang_for_and_nobody_tells_twice(client_user, listing, companion, phone_of):
    phone = phone_of(companion)
    booking = requested(client_user, listing)
    services.tell_due()
    tasks.tell_of_order(booking.pk)
    services.tell_due()
    assert len(phone.shown) == 1


def test_noted_twice_it_is_one_notice(client_user, listing):
    booking = requested(client_user, listing)
    note_order(booking=booking)
    assert Notice.objects.filter(booking=booking).count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_the_payment_it_is_told_and_without_it_not_even_noted(client_user, listing, companion, rung):
    booking = requested(client_user, listing)
    assert ("notices.tasks.tell_of_order", (booking.pk,)) in rung
    assert Notice.objects.get().booking_id == booking.pk


@pytest.fixture
def rung(monkeypatch) -> list:
    """Which bells rang, and for what."""
    bells: list = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, name, args=(), **_: bells.append((name, tuple(args))))
    return bells


def test_who_is_at_the_workbench_is_left_to_its_bell_and_told_when_she_has_gone(
    client_user, listing, companion, phone_of
):
    phone = phone_of(companion)
    seen(companion, database_now_ms())
    requested(client_user, listing)
    services.tell_due()
    [notice] = Notice.objects.all()
    assert (phone.shown, notice.attempts) == ([], 0)
    assert notice.due_ms == pytest.approx(database_now_ms() + GRACE_MS, abs=5000)
    services.tell_due(now_ms=database_now_ms() + 60_000)
    assert len(phone.shown) == 1


@pytest.mark.parametrize("leave", [bookings.cancel, bookings.decline, bookings.accept])
def test_what_no_longer_waits_for_her_is_not_told(client_user, listing, companion, phone_of, leave):
    phone = phone_of(companion)
    booking = requested(client_user, listing)
    leave(booking=booking, by=client_user if leave is bookings.cancel else companion)
    services.tell_due()
    assert (phone.shown, Notice.objects.exists()) == ([], False)


def test_nor_is_what_ran_out_before_the_sweep_came(client_user, listing, companion, phone_of):
    phone = phone_of(companion)
    booking = requested(client_user, listing)
    services.tell_due(now_ms=booking.due_ms)
    assert phone.shown == []


def test_the_client_of_an_order_is_told_nothing(client_user, listing, companion, phone_of):
    phone = phone_of(client_user)
    requested(client_user, listing)
    services.tell_due()
    assert (phone.shown, list(Notice.objects.values_list("recipient", flat=True))) == ([], [companion.pk])
