"""Where one is to be found, in words, for the other."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.services import block
from bookings import services as bookings
from safety import services
from safety.errors import NotTogether
from safety.models import Directions
from tests.orders import MINUTE
from tests.safety.moments import SECOND, ended, life_of, run_out
from tests.visits import agreed

pytestmark = pytest.mark.django_db
WORDS = "地铁 2 号线 7 口出来左手边"


def post(client, booking, by, text):
    client.force_login(by)
    return client.post(reverse("safety:directions", args=[booking.pk]), {"text": text})


def page(client, booking, user) -> str:
    client.force_login(user)
    return client.get(reverse("bookings:detail", args=[booking.pk])).content.decode()


def test_both_read_it_on_the_bookings_page(client, soon):
    post(client, soon, soon.client, WORDS)
    for reader in (soon.client, soon.companion):
        assert WORDS in page(client, soon, reader)


def test_the_latest_text_stays_and_an_empty_one_takes_it_back(client, soon):
    post(client, soon, soon.client, WORDS)
    post(client, soon, soon.client, "8 口")
    assert Directions.objects.get().text == "8 口"
    post(client, soon, soon.client, " \u200b ")
    assert not Directions.objects.exists()


def test_it_is_text_and_nothing_else(client, soon):
    post(client, soon, soon.client, "<b>7</b> 口\u202e")
    assert Directions.objects.get().text == "<b>7</b> 口"
    assert "&lt;b&gt;7&lt;/b&gt; 口" in page(client, soon, soon.companion)


def test_300_characters_fit(client, soon):
    assert post(client, soon, soon.client, "口" * 300).status_code == 302
    refused = post(client, soon, soon.client, "口" * 301)
    assert refused.status_code == 200
    assert "口" * 301 in refused.content.decode()


def test_when_it_is_over_there_is_nobody_to_find(client, running):
    over = ended(running)
    with pytest.raises(NotTogether):
        services.leave_directions(booking=over, by=over.client, text=WORDS)
    assert WORDS in post(client, over, over.client, WORDS).content.decode()


def test_each_of_the_two_has_one(soon):
    services.leave_directions(booking=soon, by=soon.client, text=WORDS)
    with pytest.raises(IntegrityError, match="directions_one_each"):
        Directions.objects.create(booking=soon, user=soon.client, text=WORDS, at_ms=1)


def test_whom_he_blocked_reads_it_no_more(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    services.leave_directions(booking=booking, by=client_user, text=WORDS)
    assert WORDS in page(client, booking, booking.companion)
    block(by=client_user, other=booking.companion, known_as="shen")
    assert WORDS not in page(client, booking, booking.companion)
    assert not Directions.objects.exists()


def test_whoever_ends_it_takes_nothing_from_those_who_look_for_the_other(client, running):
    services.leave_directions(booking=running, by=running.companion, text=WORDS)
    services.raise_alarm(booking=running, by=running.companion)
    over = bookings.end(booking=running, by=running.client)
    assert Directions.objects.exists()
    assert WORDS not in page(client, over, running.client)


def test_it_is_erased_when_they_end_it(running):
    services.leave_directions(booking=running, by=running.client, text=WORDS)
    ended(running)
    assert not Directions.objects.exists()


def test_it_is_erased_a_day_after_time_ran_out(running):
    services.leave_directions(booking=running, by=running.client, text=WORDS)
    dies = life_of(run_out(running))
    services.forget(now_ms=dies - SECOND)
    assert Directions.objects.exists()
    services.forget(now_ms=dies + MINUTE)
    assert not Directions.objects.exists()
