"""The conversation of two people who have an appointment, and maybe another order before it."""

import json
from functools import partial

import pytest
from django.conf import settings
from django.urls import reverse

from bookings import services
from bookings.models import Booking
from chat.models import Conversation
from chat.services import conversations
from tests.cast import a_week
from tests.orders import appointed, live, on_the_half_hour, starts_move_freely
from tests.rivals import rival
from tests.visits import a_place, agreed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hours(listing):
    a_week(listing.companion)


def near(booking: Booking) -> None:
    services.run_due(now_ms=booking.starts_ms - settings.CHAT_EARLY_MS)


def events(conversation: Conversation) -> list[str]:
    return [json.loads(body)["event"] for body in conversation.messages.order_by("seq").values_list("body", flat=True)]


def test_before_it_is_near_there_is_no_chat(client, client_user, listing):
    booking = appointed(client_user, listing)
    assert not Conversation.objects.exists()
    client.force_login(client_user)
    answer = client.get(reverse("chat:room", args=[booking.pk]))
    assert answer.url == reverse("bookings:detail", args=[booking.pk])


def test_when_it_is_near_the_chat_opens_and_says_so(client_user, listing):
    booking = appointed(client_user, listing)
    near(booking)
    conversation = Conversation.objects.get()
    assert (conversation.booking, conversation.gate, events(conversation)) == (booking, True, ["opened"])


def test_it_opens_once(client_user, listing):
    booking = appointed(client_user, listing)
    near(booking)
    conversations.begin(booking=booking)
    assert events(Conversation.objects.get()) == ["opened"]


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_talk_before_and_the_sweep_do_not_leave_the_opening_to_each_other(client_user, listing):
    appointment = appointed(client_user, listing, starts_at=on_the_half_hour(3))
    running = live(client_user, listing)
    # When the talk ends the appointment is not near, when the sweep comes it is.
    with rival(partial(services.end, booking=running, by=client_user)) as meanwhile:
        swept = meanwhile(partial(near, appointment))
    swept()
    conversation = Conversation.objects.get()
    assert (conversation.booking, conversation.gate) == (appointment, True)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_nobody_opens_it(monkeypatch, client_user, listing):
    monkeypatch.setattr(conversations, "_locked", conversations._of_the_two)
    appointment = appointed(client_user, listing, starts_at=on_the_half_hour(3))
    running = live(client_user, listing)
    with rival(partial(services.end, booking=running, by=client_user)) as meanwhile:
        swept = meanwhile(partial(near, appointment))
    swept()
    assert Conversation.objects.get().gate is False


def test_cancelled_after_that_the_chat_is_closed_again(client_user, listing):
    booking = appointed(client_user, listing)
    near(booking)
    services.cancel(booking=booking, by=client_user)
    conversation = Conversation.objects.get()
    assert (conversation.gate, events(conversation)) == (False, ["opened", "cancelled"])


def test_the_talk_that_still_runs_keeps_its_chat_and_the_appointment_follows_it(client_user, listing):
    appointment = appointed(client_user, listing, starts_at=on_the_half_hour(3))
    running = live(client_user, listing)
    near(appointment)
    assert Conversation.objects.get().booking == running
    with starts_move_freely():
        Booking.objects.filter(pk=appointment.pk).update(starts_ms=running.live_since_ms + settings.CHAT_EARLY_MS)
    services.end(booking=running, by=client_user)
    conversation = Conversation.objects.get()
    assert (conversation.booking, conversation.gate) == (appointment, True)
    assert events(conversation)[-2:] == ["ended", "opened"]


def test_two_visits_of_the_same_two_are_arranged_in_one_talk(client, client_user):
    place = a_place("shen")
    first = agreed(client_user, place)
    second = agreed(client_user, place, starts_at=on_the_half_hour(96))
    client.force_login(client_user)
    assert Conversation.objects.get().booking == first
    assert client.get(reverse("chat:room", args=[second.pk])).url == reverse("chat:room", args=[first.pk])
    services.cancel(booking=first, by=client_user)
    assert client.get(reverse("chat:room", args=[second.pk])).status_code == 200


def test_an_appointment_next_week_does_not_take_the_chat_of_today(client_user, listing):
    running = live(client_user, listing)
    appointed(client_user, listing)
    services.end(booking=running, by=client_user)
    conversation = Conversation.objects.get()
    assert (conversation.booking, conversation.gate) == (running, False)
