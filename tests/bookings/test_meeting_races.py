"""Two taps, two hands, at the same moment; without the lock or the rule it does go wrong."""

from functools import partial
from unittest.mock import patch

import pytest

from bookings import services
from bookings.errors import CodeReplaced, CodeRests, CompanionBusy, NotPossibleNow, WrongCode
from bookings.models import Booking, MeetingCode, Segment, State
from bookings.services import meeting
from tests.cast import a_listing
from tests.orders import accepted
from tests.rules import empty, index_dropped
from tests.threads import at_once, failures
from tests.visits import END, a_place, another, code, due_in, enter, near, together

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(booking: Booking) -> Booking:
    return Booking.objects.select_related("terms").get(pk=booking.pk)


def test_one_code_from_two_phones_starts_one_clock(client_user):
    booking = near(client_user, a_place("shen"))
    results = at_once(*[partial(enter, booking, code(booking))] * 4)
    assert failures(results) == []
    assert len({result.live_since_ms for result in results}) == 1
    assert booking.steps.filter(state=State.LIVE).count() == 1


def test_control_without_the_lock_the_taps_stand_in_each_others_way(client_user):
    booking = near(client_user, a_place("shen"))
    with patch.object(meeting, "locked", unlocked):
        results = at_once(*[partial(enter, booking, code(booking))] * 4)
    assert failures(results)


def guesses(client_user) -> list:
    booking = near(client_user, a_place("shen"))
    return at_once(*[partial(enter, booking, another(code(booking)))] * 12)


def test_twelve_guesses_at_once_are_five_tries(client_user):
    results = guesses(client_user)
    said = [type(result) for result in results]
    assert (said.count(WrongCode), said.count(CodeReplaced), said.count(CodeRests)) == (4, 1, 7)
    assert list(MeetingCode.objects.order_by("number").values_list("tries", flat=True)) == [5, 0]


def test_control_without_the_lock_more_guesses_get_through(client_user):
    with patch.object(meeting, "locked", unlocked):
        said = [type(result) for result in guesses(client_user)]
    assert said.count(WrongCode) > 4


def test_his_end_and_her_end_code_are_one_end(client_user):
    booking = together(client_user, a_place("shen"))
    results = at_once(
        partial(services.end, booking=booking, by=client_user), partial(enter, booking, code(booking, END), END)
    )
    assert failures(results) == []
    assert (Segment.objects.count(), booking.steps.filter(state=State.ENDED).count()) == (1, 1)


def test_the_start_code_against_his_cancelling(client_user):
    booking = near(client_user, a_place("shen"))
    started, cancelled = at_once(
        partial(enter, booking, code(booking)), partial(services.cancel, booking=booking, by=client_user)
    )
    booking.refresh_from_db()
    [refused] = failures([started, cancelled])
    assert isinstance(refused, NotPossibleNow)
    assert booking.state == (State.LIVE if refused is cancelled else State.CANCELLED)


def with_a_chat_accepted(client_user, other_client) -> Booking:
    """A visit that may begin, of a companion who is still in a chat: the client's pauses made it longer."""
    clinic = a_place("shen")
    visit = near(client_user, clinic, 24 * 60)
    accepted(other_client, a_listing("shen", companion=clinic.companion))
    return due_in(visit, 55, way_min=0)


def test_she_has_one_clock_at_a_time(client_user, other_client):
    visit = with_a_chat_accepted(client_user, other_client)
    with pytest.raises(CompanionBusy):
        enter(visit, code(visit))


def test_control_without_the_rule_she_has_two(client_user, other_client):
    with index_dropped("booking_one_running_per_companion"):
        visit = with_a_chat_accepted(client_user, other_client)
        assert enter(visit, code(visit)).state == State.LIVE
        empty("bookings_booking")
