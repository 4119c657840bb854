"""Running late: one tap, seen by the other at once, and nothing else moves."""

import json
import re
from functools import partial
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils.timezone import localtime

from bookings import services as bookings
from bookings.models import Booking, State
from bookings.services.cancelling import closed_quote
from bookings.signals import booking_touched
from chat.models import Message
from common.clock import moment
from safety import services
from safety.errors import NotLateNow, TooLateForThat
from safety.models import Delay
from safety.pages import meeting_page
from tests.clock import clock_in_hand, set_clock
from tests.moves import moved
from tests.orders import MINUTE, accepted, on_the_half_hour, pay, settle
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.rivals import rival
from tests.threads import at_once, failures
from tests.visits import a_place, agreed, due_in

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def say(booking, by, minutes=10, key=None, **said) -> Delay:
    return services.say_late(booking=booking, by=by, minutes=minutes, key=key or uuid4(), **said)


def page(client, booking, user) -> str:
    client.force_login(user)
    return client.get(reverse("bookings:detail", args=[booking.pk]), headers=ENGLISH).content.decode()


def news(client, booking, user) -> str:
    return page(client, booking, user).split('id="safety-news"')[1].split("booking-head")[0]


def test_the_other_reads_it_on_the_page_and_in_the_talk(client, soon):
    say(soon, soon.client)
    assert "lin will be about 10 min late" in news(client, soon, soon.companion)
    assert "late" not in news(client, soon, soon.client)
    line = Message.objects.filter(kind="system").latest("seq")
    assert json.loads(line.body) == {"event": "late", "reason": "client", "minutes": 10}


def test_the_latest_counts(client, soon):
    say(soon, soon.companion, 5)
    say(soon, soon.companion, 10)
    assert "about 10 min late" in news(client, soon, soon.client)
    assert Delay.objects.count() == 2


def test_who_is_late_for_a_start_is_not_for_another_that_the_two_agree_on(client, soon):
    say(soon, soon.companion, 10)
    after = moved(soon, soon.companion, on_the_half_hour(24 * 7))
    assert "late" not in news(client, after, soon.client)
    assert meeting_page(after, after.companion)["late_mine"] is None
    say(after, soon.companion, 5, now_ms=bookings.meets_from_ms(after))
    assert "about 5 min late" in news(client, after, soon.client)


def test_the_page_is_told(soon):
    told = []

    def hear(booking, **_) -> None:
        told.append(booking)

    booking_touched.connect(hear)
    try:
        say(soon, soon.client)
    finally:
        booking_touched.disconnect(hear)
    assert told == [soon]


def test_the_same_tap_twice_is_once(soon):
    key = uuid4()
    assert say(soon, soon.client, key=key) == say(soon, soon.client, key=key)
    assert Message.objects.filter(body__contains="late").count() == 1


@pytest.mark.django_db(transaction=True)
def test_also_at_the_same_moment(soon):
    key = uuid4()
    assert failures(at_once(*[partial(say, soon, soon.client, key=key)] * 4)) == []
    assert Delay.objects.filter(key=key).count() == 1


def test_it_works_from_an_hour_before_to_the_no_show(soon):
    from_ms = bookings.meets_from_ms(soon)
    for now_ms in (from_ms - 1, soon.due_ms):
        with pytest.raises(NotLateNow):
            say(soon, soon.client, now_ms=now_ms)
    for now_ms in (from_ms, soon.starts_ms + 10 * MINUTE - 1):
        say(soon, soon.client, now_ms=now_ms)


def test_it_moves_nothing_of_who_did_not_come(client, soon):
    due_ms = soon.due_ms
    bookings.arrive(booking=soon, by=soon.companion)
    assert "it moves nothing" in page(client, soon, soon.client)
    say(soon, soon.client, 10)
    soon.refresh_from_db()
    assert soon.due_ms == due_ms
    settle(due_in(soon, -20), now_ms=due_ms)
    assert (soon.state, soon.missed_by_id) == (State.NO_SHOW, soon.client_id)


def test_together_or_at_the_place_nobody_is_late(client, soon):
    bookings.arrive(booking=soon, by=soon.client)
    assert "Running late" not in page(client, soon, soon.client)
    assert "Running late" in page(client, soon, soon.companion)


def test_not_once_it_runs(running):
    with pytest.raises(NotLateNow):
        say(running, running.client)


def test_and_not_in_a_chat(client_user, listing):
    with pytest.raises(NotLateNow):
        say(accepted(client_user, listing), client_user)


def test_days_before_it_is_not_offered(client, client_user, clinic):
    assert "Running late" not in page(client, agreed(client_user, clinic), client_user)


@pytest.mark.parametrize("minutes", [0, 7, 14])
def test_only_these_minutes(client, soon, minutes):
    client.force_login(soon.client)
    client.post(reverse("safety:late", args=[soon.pk]), {"minutes": minutes, "key": uuid4()})
    assert not Delay.objects.exists()
    with pytest.raises(IntegrityError, match="delay_minutes_known"):
        Delay.objects.create(booking=soon, user=soon.client, key=uuid4(), minutes=minutes, at_ms=1)


def offered(html: str) -> list[int]:
    return [int(minutes) for minutes in re.findall(r'name="minutes"\s+value="(\d+)"', html)]


def test_from_a_page_of_before_it_moved_nobody_is_late(client, soon):
    before = Booking.objects.get(pk=soon.pk)
    moved(soon, soon.companion, on_the_half_hour(24 * 7))
    with pytest.raises(NotLateNow):
        say(before, soon.client)


def test_from_a_page_of_before_it_closes_sooner_not_what_cannot_be_made(soon):
    before = Booking.objects.get(pk=soon.pk)
    Booking.objects.filter(pk=soon.pk).update(due_ms=soon.starts_ms + 6 * MINUTE)
    with pytest.raises(TooLateForThat):
        say(before, soon.client, 10)


def late_beside_its_cancelling(booking: Booking) -> Delay:
    """She cancels it, and it is not committed yet."""
    with rival(partial(bookings.cancel, booking=booking, by=booking.companion)) as meanwhile:
        said = meanwhile(partial(say, booking, booking.client))
    return said()


@pytest.mark.django_db(transaction=True)
def test_beside_its_cancelling_nobody_is_late(soon):
    with pytest.raises(NotLateNow):
        late_beside_its_cancelling(soon)
    assert not Delay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_he_is_late_for_what_is_cancelled(soon):
    with patch("safety.services.lateness.hold_row", lambda pk: None):
        assert late_beside_its_cancelling(soon)


@pytest.mark.parametrize(
    ("after_start", "minutes"),
    [(-60, [5, 10]), (4.99, [5, 10]), (5, [10]), (9.99, [10]), (10, []), (14.99, [])],
)
def test_offered_is_what_can_still_be_made(client, soon, after_start, minutes):
    """It closes a quarter of an hour after the start: neither fifteen minutes nor thirty are in time."""
    with clock_in_hand():
        set_clock(soon.starts_ms + int(after_start * MINUTE))
        for person in (soon.client, soon.companion):
            assert offered(page(client, soon, person)) == minutes


def test_a_longer_limit_has_room_for_more(client, soon):
    Booking.objects.filter(pk=soon.pk).update(due_ms=soon.starts_ms + 31 * MINUTE)
    assert offered(page(client, soon, soon.client)) == [5, 10, 15, 30]


def test_each_choice_says_when_that_is(client, soon):
    said = page(client, soon, soon.client)
    for minutes in (5, 10):
        assert f"{minutes} min, at {localtime(moment(soon.starts_ms + minutes * MINUTE)):%H:%M}" in said


@pytest.mark.parametrize("after_start", [-5, 12])
def test_beside_it_stands_until_when_the_other_waits_and_what_it_costs(client, soon, after_start):
    limit = f"{localtime(moment(soon.due_ms)):%H:%M}"
    with clock_in_hand():
        set_clock(soon.starts_ms + after_start * MINUTE)
        his, hers = (words_of(page(client, soon, person)) for person in (soon.client, soon.companion))
    assert f"need not wait longer than {limit}" in his and f"need not wait longer than {limit}" in hers
    assert "If shen has said here by then that they are there and you have not, 50% comes back." in his
    assert "all of the money goes back and nothing is paid to you." in hers
    assert ("Will it be later than that?" in his) == ("Will it be later than that?" in hers) == (after_start < 0)


@pytest.mark.parametrize("shares", [True, False])
def test_where_several_have_paid_it_says_that_each_of_them_has_to_agree(client, client_user, shares):
    table = paid_by_all(seated(a_table(client_user, a_place("ruby", kind="dining"), 2, shares=shares), a_guest("one")))
    table = table if shares else pay(table)
    table = due_in(bookings.accept(booking=table, by=table.companion), 5)
    for person in (table.client, table.companion):
        said = words_of(page(client, table, person))
        assert "another time can still be agreed on." in said
        assert ("Whoever has paid a part has to agree as well." in said) == shares


def words_of(html: str) -> str:
    return " ".join(html.split())


@pytest.mark.parametrize("missing", ["client", "companion"])
def test_what_it_says_of_the_cost_is_what_the_no_show_does(soon, missing):
    """The percentage beside the choice, and the one by which the booking closes."""
    late = getattr(soon, missing)
    said = meeting_page(soon, late)["late_percent"]
    bookings.arrive(booking=soon, by=soon.other(late))
    soon = settle(due_in(soon, -20), now_ms=Booking.objects.get(pk=soon.pk).due_ms)
    assert (soon.state, soon.missed_by_id) == (State.NO_SHOW, late.pk)
    assert closed_quote(soon, at_ms=0).percent == said == {"client": 50, "companion": 100}[missing]


@pytest.mark.parametrize(("minutes", "after_start"), [(5, 5), (10, 11), (15, -5), (30, -60)])
def test_what_cannot_be_made_is_said_by_nobody(soon, minutes, after_start):
    now_ms = soon.starts_ms + after_start * MINUTE
    with pytest.raises(TooLateForThat):
        say(soon, soon.client, minutes, now_ms=now_ms)
    with pytest.raises((IntegrityError, InternalError), match="so late in time"):
        Delay.objects.create(booking=soon, user=soon.client, key=uuid4(), minutes=minutes, at_ms=now_ms)


def test_the_page_is_new_when_a_choice_goes_by(soon):
    with clock_in_hand():
        set_clock(soon.starts_ms + 4 * MINUTE)
        before = meeting_page(soon, soon.client)["version"]
        set_clock(soon.starts_ms + 5 * MINUTE)
        assert meeting_page(soon, soon.client)["version"] != before


def test_nobody_elses_word(soon, stranger):
    with pytest.raises((IntegrityError, InternalError), match="one of two"):
        Delay.objects.create(booking=soon, user=stranger, key=uuid4(), minutes=5, at_ms=1)


def test_what_was_said_stays(soon):
    said = say(soon, soon.client)
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        Delay.objects.filter(pk=said.pk).update(minutes=5)


def test_the_button_says_it(client, soon):
    client.force_login(soon.companion)
    answer = client.post(reverse("safety:late", args=[soon.pk]), {"minutes": 10, "key": uuid4()})
    there, _, place = answer["Location"].partition("#")
    said = client.get(there, headers=ENGLISH).content.decode()
    assert there == reverse("bookings:detail", args=[soon.pk])
    assert "that you will be about 10 min late" in said.split(f'id="{place}"')[1].split("</section>")[0]
    assert Delay.objects.get().minutes == 10


def test_the_part_of_the_page_answers_only_when_there_is_news(client, soon):
    client.force_login(soon.client)
    part = reverse("safety:part", args=[soon.pk])
    html = client.get(part).content.decode()
    seen = html.split("?seen=")[1].split('"')[0]
    assert client.get(f"{part}?seen={seen}").status_code == 204
    say(soon, soon.companion)
    fresh = client.get(f"{part}?seen={seen}", headers=ENGLISH)
    assert fresh.status_code == 200
    assert "shen will be about 10 min late" in fresh.content.decode()
