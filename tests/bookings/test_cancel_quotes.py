"""The quote as a function: every fen has one owner, and the policy says who."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from bookings.models import Booking, State, Terms
from bookings.services.cancelling import DAY_MS, Rule, quote
from bookings.services.price import cost_of
from common.money import share_of
from tests.bookings.test_cancelling import OLD_POLICY, QUARTER
from tests.orders import MINUTE


def a_booking(price: int, minutes: int, starts_ms: int | None, policy: dict, **fields) -> Booking:
    """Accepted, and in no database."""
    booking = Booking(
        client_id=1,
        companion_id=2,
        online=True,
        now=starts_ms is None,
        starts_ms=starts_ms,
        state=State.ACCEPTED,
        granted_ms=minutes * MINUTE,
        due_ms=starts_ms or 10**15,
        hold_account_id=1,
        **fields,
    )
    booking.terms = Terms(
        price_unit="hour", price_fen=price, ordered_min=minutes, first_message_window_ms=QUARTER, refund_policy=policy
    )
    return booking


START = 1_800_000_000_000
PRICES = st.integers(1000, 30_000)
LENGTHS = st.integers(1, 480)
BEFORE = st.one_of(st.integers(-QUARTER + 1, 10 * DAY_MS), st.integers(DAY_MS - 3, DAY_MS + 3))
POLICIES = st.fixed_dictionaries(
    {"scheduled_late_cancel": st.integers(0, 100), "before_live": st.just(100)},
    optional={"scheduled_early_cancel": st.integers(90, 100), "late_cancel_ms": st.integers(0, 3 * DAY_MS)},
)


@given(PRICES, LENGTHS, BEFORE, POLICIES, st.booleans())
def test_every_fen_has_one_owner_and_the_policy_says_who(price, minutes, before_ms, policy, by_client):
    booking = a_booking(price, minutes, START, policy)
    found = quote(booking, by=booking_side(booking, by_client), now_ms=START - before_ms)
    prepaid, fee = cost_of(booking.terms, minutes), share_of(found.kept_fen, basis_points=1500)
    hers = found.kept_fen - fee
    assert found.refund_fen + hers + fee == prepaid and min(found.refund_fen, hers, fee) >= 0
    late = before_ms < policy.get("late_cancel_ms", DAY_MS)
    wanted = policy["scheduled_late_cancel"] if late else policy.get("scheduled_early_cancel", 100)
    assert found.percent == (wanted if by_client else 100)
    assert found.kept_fen == prepaid * (100 - found.percent) // 100


def booking_side(booking: Booking, client: bool) -> User:
    return User(pk=booking.client_id if client else booking.companion_id)


@given(PRICES, LENGTHS, st.sampled_from([OLD_POLICY, settings.REFUND_POLICY]))
def test_terms_from_before_and_from_now_give_the_same(price, minutes, policy):
    booking = a_booking(price, minutes, START, policy)
    client = booking_side(booking, client=True)
    early, late = (quote(booking, by=client, now_ms=START - DAY_MS + more) for more in (0, 1))
    assert (early.rule, early.percent) == (Rule.EARLY_CANCEL, 100)
    assert (late.rule, late.percent) == (Rule.LATE_CANCEL, 80)


@pytest.mark.django_db
@pytest.mark.parametrize("policy", [OLD_POLICY, settings.REFUND_POLICY])
@pytest.mark.parametrize(("came_ms", "percent", "before"), [(None, 100, 80), (START, 50, 50)])
def test_after_the_quarter_the_quote_is_that_of_the_no_show(policy, came_ms, percent, before):
    """Also before it while she is there and he is not: nobody gains by a tap a second before."""
    booking = a_booking(2000, 30, START, policy, came_ms=came_ms)
    booking.due_ms = START + QUARTER
    assert quote(booking, by=booking_side(booking, True), now_ms=START + QUARTER).percent == percent
    assert quote(booking, by=booking_side(booking, True), now_ms=START + QUARTER - 1).percent == before


@pytest.mark.django_db
def test_both_know_the_same_time_for_first_words():
    with connection.cursor() as cursor:
        cursor.execute("SELECT bookings_first_words_ms()")
        assert cursor.fetchone() == (settings.FIRST_MESSAGE_WINDOW_MS,)


def test_a_day_is_what_the_settings_say():
    assert settings.REFUND_POLICY["late_cancel_ms"] == DAY_MS == timedelta(days=1) // timedelta(milliseconds=1)
