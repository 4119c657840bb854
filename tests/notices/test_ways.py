"""By which way somebody is told: on his devices, by letter when none was reached, or both, or by neither."""

import pytest
from django.core import mail
from django.utils.http import http_date

from accounts.models import Letter
from accounts.services import send_letter, unsent_letters
from chat.models import Conversation
from common.clock import database_now_ms
from notices import gateway
from notices.models import MOST_ATTEMPTS, Device, Mail, Notice, Preference
from notices.services.sending import WAITS_MS
from tests.cast import a_user
from tests.notices.talking import look, reads, says
from tests.orders import requested

pytestmark = pytest.mark.django_db


def letters() -> list[str]:
    return list(unsent_letters().values_list("subject", flat=True))


def test_who_has_no_device_gets_a_letter_that_leads_there(talk, companion, client_user):
    says(talk, client_user)
    look()
    [letter] = unsent_letters()
    send_letter(letter_id=letter.pk)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([companion.email], "lin 给你发来消息")
    assert sent.body.endswith(f"/chat/{talk.booking_id}/") and "/me/notices/" in sent.body


def test_a_device_that_was_reached_makes_it_needless(talk, companion, client_user, phone_of):
    phone_of(companion)
    says(talk, client_user)
    look()
    assert letters() == []


def test_who_wants_both_gets_both_and_each_once(talk, companion, client_user, phone_of):
    Preference.objects.create(user=companion, mail_messages=Mail.ALWAYS)
    phone = phone_of(companion)
    says(talk, client_user)
    for _ in range(2):
        look()
    assert (len(phone.shown), letters()) == (1, ["lin 给你发来消息"])
    reads(talk, companion)
    says(talk, client_user)
    look()
    assert (len(phone.shown), len(letters())) == (2, 2)


def test_what_he_says_of_messages_says_nothing_of_orders(client_user, listing, companion):
    Preference.objects.create(user=companion, mail_messages=Mail.NEVER)
    requested(client_user, listing)
    look()
    assert letters() == ["有新的订单等你接受，3 分钟内有效"]


def test_who_wants_no_letters_and_has_no_device_is_noted_once_and_told_nothing(talk, companion, client_user, no_mail):
    no_mail(companion)
    says(talk, client_user)
    look()
    [notice] = Notice.objects.all()
    look()
    assert (letters(), notice.due_ms, notice.sent_ms) == ([], None, None)
    assert list(Notice.objects.values_list("pk", "written_ms")) == [(notice.pk, notice.written_ms)]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten_and_a_letter_comes_instead(talk, companion, client_user, phone_of, status):
    phone_of(companion).says = status
    says(talk, client_user)
    look()
    assert (Device.objects.exists(), len(letters())) == (False, 1)
    assert Notice.objects.get().due_ms is None


def test_of_two_devices_each_is_told_and_the_one_that_failed_tried_again(talk, companion, client_user, phone_of):
    well, ill = phone_of(companion), phone_of(companion)
    ill.says = 503
    says(talk, client_user)
    look()
    assert (len(well.shown), letters()) == (1, [])
    ill.says = 201
    look(now_ms=Notice.objects.get().due_ms)
    assert (len(well.shown), len(ill.shown)) == (1, 1)
    assert Notice.objects.get().due_ms is None


@pytest.mark.parametrize("status", [500, 429, 403])
def test_a_push_service_that_fails_is_asked_so_often_and_no_more(
    talk, companion, client_user, phone_of, push_service, status, caplog
):
    phone = phone_of(companion)
    phone.says = status
    says(talk, client_user)
    look()
    waits = []
    while (due := Notice.objects.get().due_ms) is not None:
        look()
        assert len(push_service.asked) == len(waits) + 1
        waits.append(due)
        look(now_ms=due)
    assert len(push_service.asked) == MOST_ATTEMPTS == len(WAITS_MS) + 1
    assert len(letters()) == 1
    # Whoever knows the address can send to it.
    assert phone.path not in caplog.text and str(status) in caplog.text


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("in_words", [False, True])
def test_a_push_service_that_asks_for_a_rest_gets_it(
    talk, companion, client_user, phone_of, push_service, status, in_words
):
    phone, begins = phone_of(companion), database_now_ms()
    phone.says, phone.rests = status, http_date(begins / 1000 + 600) if in_words else "600"
    says(talk, client_user)
    look()
    due = Notice.objects.get().due_ms
    assert begins + 598_000 <= due <= database_now_ms() + 600_000
    # Nor does it hear of anything else meanwhile.
    other = Conversation.objects.create(client=a_user("bai"), companion=companion, booking=talk.booking, gate=True)
    says(other, other.client)
    look()
    assert len(push_service.asked) == 1
    phone.says = 201
    look(now_ms=max(Notice.objects.values_list("due_ms", flat=True)))
    assert {one["tag"] for one in phone.shown} == {f"talk-{talk.pk}", f"talk-{other.pk}"}


def test_nobody_rests_for_ever(talk, companion, client_user, phone_of):
    for says_so, most in (("999999999", 60), ("nonsense", 0), ("-5", 0), ("Mon, 99 Nov 2026", 0), ("", 0)):
        phone = phone_of(companion)
        phone.says, phone.rests = 503, says_so
        answer = gateway.push(phone.address, gateway.Parcel("{}", "n1", 60))
        assert (answer.outcome, answer.rest_ms) == (gateway.Outcome.FAILED, most * 60_000)


def test_one_that_does_not_answer_at_all_is_a_failure_like_any(talk, companion, client_user, phone_of, push_service):
    phone_of(companion)
    push_service.close()
    says(talk, client_user)
    look()
    assert len(letters()) == 1
    assert Notice.objects.get().due_ms is not None


def test_nobody_is_led_elsewhere_by_a_push_service(talk, companion, client_user, phone_of, push_service):
    phone = phone_of(companion)
    phone.says = 307
    says(talk, client_user)
    look()
    assert push_service.asked == [phone.path]


def test_without_a_key_of_our_own_there_are_letters_only(talk, companion, client_user, phone_of, settings):
    phone = phone_of(companion)
    settings.VAPID_PRIVATE_KEY = ""
    says(talk, client_user)
    look()
    assert (phone.shown, len(letters())) == ([], 1)


def test_what_a_letter_says_is_no_longer_true_once_its_row_is_another(talk, companion, client_user):
    says(talk, client_user)
    look()
    [letter] = Letter.objects.all()
    Notice.objects.update(seq=talk.last_seq + 1)
    send_letter(letter_id=letter.pk)
    assert mail.outbox == []
