"""What the two of an appointment in person see and send, without any script."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from bookings import services
from bookings.models import Booking, MeetingCode, State
from tests.orders import MINUTE, pay, settle
from tests.visits import END, a_place, agreed, another, ask_for, code, due_in, near, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return a_place("shen")


def url(name: str, booking: Booking) -> str:
    return reverse(f"bookings:{name}", args=[booking.pk])


def seen(client, user, path: str) -> str:
    client.force_login(user)
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_long_before_it_says_when_and_where_and_leads_to_the_chat(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    for user in (client_user, booking.companion):
        text = seen(client, user, url("detail", booking))
        assert "It is agreed" in text and "复旦大学附属华山医院" in text and f"/chat/{booking.pk}/" in text
        assert "code-digits" not in text and 'name="digits"' not in text
    assert not MeetingCode.objects.exists()


def test_an_hour_before_he_sees_the_code_and_she_types_it(client, client_user, clinic):
    booking = near(client_user, clinic, 59)
    his, hers = (seen(client, user, url("detail", booking)) for user in (client_user, booking.companion))
    digits = code(booking)
    assert f'code-digits num">{digits}<' in his and 'name="digits"' not in his
    assert digits not in hers
    [field] = re.findall(r'<input class="input code-input[^>]*>', hers)
    assert 'inputmode="numeric"' in field and 'autocomplete="one-time-code"' in field
    assert "data-follow" not in his


def test_im_here_is_shown_to_the_other_and_the_page_is_new_for_both(client, client_user, clinic):
    booking = near(client_user, clinic)
    before = version(seen(client, booking.companion, url("detail", booking)))
    client.force_login(client_user)
    assert client.post(url("arrive", booking)).status_code == 302
    text = seen(client, booking.companion, url("detail", booking))
    assert "lin is there, since" in text and version(text) != before
    assert "You are there, since" in seen(client, client_user, url("detail", booking))


def version(text: str) -> str:
    return re.findall(r'data-version="([^"]*)"', text)[0]


def typed(client, booking, digits: str, purpose: str = "start"):
    client.force_login(booking.companion)
    form = {"digits": digits, "purpose": purpose}
    return client.post(url("code", booking), form, follow=True, headers={"accept-language": "en"})


def test_a_wrong_code_is_said_and_stays_written(client, client_user, clinic):
    booking = near(client_user, clinic)
    answer = typed(client, booking, another(code(booking)))
    assert "That is not the code." in answer.content.decode()
    assert MeetingCode.objects.get().tries == 1


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "abcdef", "12 34 5x"])
def test_what_is_no_code_is_no_try(client, client_user, clinic, digits):
    booking = near(client_user, clinic)
    code(booking)
    assert "six digits" in typed(client, booking, digits).content.decode()
    assert MeetingCode.objects.get().tries == 0


def test_spaces_and_full_width_digits_are_read_as_meant(client, client_user, clinic):
    booking = near(client_user, clinic)
    digits = code(booking)
    full = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    typed(client, booking, f" {full[:3]} {full[3:]} ")
    booking.refresh_from_db()
    assert booking.state == State.LIVE


def test_her_page_keeps_codes_and_his_has_none_to_keep(client, client_user, clinic):
    booking = near(client_user, clinic)
    hers, his = (seen(client, user, url("detail", booking)) for user in (booking.companion, client_user))
    assert f'data-booking="{booking.pk}"' in hers and 'id="kept-codes"' in hers and "kept-codes" not in his


def test_any_page_of_hers_sends_them_and_one_of_nobody_has_none_to_send(client, client_user, clinic):
    booking = near(client_user, clinic)
    assert 'id="code-sender"' not in client.get("/").content.decode()
    assert f'data-user="{booking.companion_id}"' in seen(client, booking.companion, "/")


def sent(client, booking, **form):
    client.force_login(booking.companion)
    headers = {"accept": "application/json", "accept-language": "en"}
    return client.post(url("code", booking), {"purpose": "start", **form}, headers=headers)


def test_what_a_page_sends_is_answered_to_the_page(client, client_user, clinic):
    booking = near(client_user, clinic, -2)
    services.arrive(booking=booking, by=client_user)
    key, digits = uuid4(), code(booking)
    wrong = [sent(client, booking, digits=another(digits), request_key=key) for _twice in range(2)]
    assert {(answer.status_code, answer.json()["code"]) for answer in wrong} == {(400, "wrong_code")}
    assert MeetingCode.objects.get().tries == 1
    MeetingCode.objects.update(created_at=booking.starts_at)
    answer = sent(client, booking, digits=digits, age_ms=90_000, request_key=uuid4())
    assert answer.json() == {"state": "live", "page": url("detail", booking)}
    booking.refresh_from_db()
    assert abs(booking.live_since_ms - booking.starts_ms - MINUTE // 2) < 10_000
    text = client.get(url("detail", booking), headers={"accept-language": "en"}).content.decode()
    assert "The code you typed has arrived. The clock runs since" in text


@pytest.mark.parametrize("age", ["-1", "NaN", "1e309", str(2**63), "１２x", "9" * 5000])
def test_an_age_that_is_none_is_no_try(client, client_user, clinic, age):
    booking = near(client_user, clinic)
    answer = sent(client, booking, digits=code(booking), age_ms=age)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert MeetingCode.objects.get().tries == 0


def test_a_key_that_is_none_is_no_try(client, client_user, clinic):
    booking = near(client_user, clinic)
    assert sent(client, booking, digits=code(booking), request_key="x").json()["code"] == "invalid"


def test_the_end_that_came_late_says_when_it_ended(client, client_user, clinic):
    booking = together(client_user, clinic)
    answer = sent(client, booking, digits=code(booking, END), purpose="end", age_ms=6000, request_key=uuid4())
    assert answer.json()["page"] == url("receipt", booking)
    text = client.get(url("receipt", booking), headers={"accept-language": "en"}).content.decode()
    assert "The code you typed has arrived. The order ended at" in text


def test_together_it_says_until_when_it_is_paid_and_what_comes_after(client, client_user, clinic):
    booking = together(client_user, clinic)
    his, hers = (seen(client, user, url("detail", booking)) for user in (client_user, booking.companion))
    assert all("You are together" in text and "beyond that costs ¥40" in text for text in (his, hers))
    assert code(booking, END) in his and code(booking, END) not in hers
    assert url("end", booking) in his and url("end", booking) not in hers


def test_her_end_code_leads_to_the_bill(client, client_user, clinic):
    booking = together(client_user, clinic)
    answer = typed(client, booking, code(booking, END), "end")
    assert answer.redirect_chain[-1][0] == url("receipt", booking)


def test_the_bill_of_a_visit_names_its_price_and_no_first_words(client, client_user, clinic):
    booking = together(client_user, clinic)
    settle(services.end(booking=booking, by=client_user))
    text = seen(client, client_user, url("receipt", booking))
    assert "One visit" in text and "4 hours included" in text and "¥300" in text
    assert "from the start code" in text and "first words" not in text and "less than a minute" not in text
    assert "nothing is left to send back" in text
    hers = seen(client, booking.companion, url("receipt", booking))
    assert "One visit" in hers and "¥255" in hers


def test_the_bill_of_a_meal_is_by_the_minute(client, client_user):
    booking = together(client_user, a_place("ruby", kind="dining"))
    Booking.objects.filter(pk=booking.pk).update(
        live_since_ms=booking.live_since_ms - 30 * MINUTE - 500, due_ms=booking.live_since_ms - 30 * MINUTE
    )
    settle(services.end(booking=booking, by=client_user))
    text = seen(client, client_user, url("receipt", booking))
    assert "Used: 30 full min" in text and "¥60 an hour" in text and "¥30" in text and "Together for 30 min" in text


def test_lists_say_what_a_visit_cost(client, client_user, clinic):
    booking = together(client_user, clinic)
    settle(services.end(booking=booking, by=client_user))
    assert "· ¥300" in seen(client, client_user, "/bookings/")


def test_her_workbench_has_it_coming_and_at_hand_only_when_it_is_near(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    companion = booking.companion
    far = seen(client, companion, "/bookings/workbench/")
    assert "Coming up" in far and "Nobody is waiting" in far and "华山医院" in far
    due_in(booking, 30)
    assert "the start code" in seen(client, companion, "/bookings/workbench/")
    services.enter_code(booking=booking, digits=code(booking), purpose="start", by=companion)
    text = seen(client, companion, "/bookings/workbench/")
    assert "the end code" in text and "One order running." in text


def test_a_request_says_where_and_that_a_code_starts_the_clock(client, client_user, clinic):
    booking = pay(ask_for(client_user, clinic))
    text = seen(client, booking.companion, url("detail", booking))
    assert "华山医院" in text and "The clock starts when you meet" in text
    assert "first words" not in text


def test_the_chat_of_a_visit_speaks_of_the_code(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    text = seen(client, client_user, f"/chat/{booking.pk}/")
    assert "The clock starts with the code when you meet" in text and "Replies in " not in text


@pytest.mark.parametrize("name", ["arrive", "code"])
def test_strangers_find_nothing_and_nothing_is_done_by_a_link(client, client_user, clinic, stranger, name):
    booking = near(client_user, clinic)
    client.force_login(stranger)
    assert client.post(url(name, booking)).status_code == 404
    client.force_login(client_user)
    assert client.get(url(name, booking)).status_code == 405
