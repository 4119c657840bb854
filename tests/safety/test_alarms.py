"""Somebody asks for help: written down once, told to those he trusts and to a moderator, and to nobody else."""

import json
import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.models import Letter, User
from accounts.services import send_letter, unsent_letters
from bookings import services as bookings
from chat.models import Message
from moderation import services as moderation
from moderation.groups import MODERATORS
from moderation.models import AuditEvent, Priority, ReviewCase
from safety import services
from safety.errors import NotTogether
from safety.models import Alarm, Link, Notice, Position
from safety.models.case import place_of
from safety.services.alarms import CONSENT_VERSION
from safety.services.notices import CALL_AGAIN_MS, MOST_CALLED
from tests.cast import a_moderator
from tests.clock import clock_in_hand, set_clock
from tests.orders import MINUTE, accepted
from tests.rules import empty, rule_dropped
from tests.safety.moments import SECOND, ended, life_of
from tests.threads import at_once, failures
from tests.visits import agreed, near

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
HERE = services.Place(31.22104, 121.44512, 30)
TICKED = {"consent": "1", "latitude": "31.22104", "longitude": "121.44512", "metres": "30"}


def ask(booking, by=None, **said) -> Alarm:
    return services.raise_alarm(booking=booking, by=by or booking.client, **said)


def pages_of(client, booking, user) -> str:
    client.force_login(user)
    paths = [reverse("bookings:detail", args=[booking.pk]), reverse("chat:room", args=[booking.pk])]
    return "".join(client.get(path, headers=ENGLISH).content.decode() for path in paths)


def test_all_he_trusts_are_told_with_the_link(running, family):
    ask(running)
    for letter in Letter.objects.filter(key__startswith="safety:alarm").order_by("pk"):
        send_letter(letter_id=letter.pk)
    assert [letter.to for letter in mail.outbox] == [["mum@example.com"], ["yong@example.com"]]
    assert services.address_of(Link.objects.get()) in mail.outbox[0].body
    assert "lin" in mail.outbox[0].subject


def test_a_case_is_opened_to_be_looked_at_at_once(running, family):
    ask(running)
    case = ReviewCase.objects.get()
    assert (case.kind, case.priority, case.owner, case.is_open) == ("emergency", Priority.P0, family, True)
    actions = AuditEvent.objects.order_by("pk").values_list("action", "actor")
    assert list(actions) == [("emergency.raised", family.pk), ("case.opened", family.pk)]


def test_whom_he_is_with_is_told_nothing(client, running, family):
    before, lines = pages_of(client, running, running.companion), Message.objects.count()
    ask(running)
    after = pages_of(client, running, running.companion)
    for word in ("asked for help", "妈妈", "Wozai's people on duty, at"):
        assert word not in after
    assert Message.objects.count() == lines
    assert after.count("notice") == before.count("notice")
    client.force_login(running.companion)
    assert "妈妈" not in client.get(reverse("safety:sos", args=[running.pk])).content.decode()


def test_he_sees_who_was_told_and_when(client, running, family):
    client.force_login(family)
    own = reverse("safety:sos", args=[running.pk])
    assert client.post(own)["Location"] == own
    page = client.get(own, headers=ENGLISH).content.decode()
    assert "妈妈, the mail is on its way" in page
    send_letter(letter_id=Notice.objects.get(name="妈妈").letter_id)
    assert "妈妈, mail sent at" in client.get(own, headers=ENGLISH).content.decode()


def test_the_numbers_stand_there_without_any_of_it(client, running, family):
    client.force_login(family)
    for path in (reverse("safety:sos", args=[running.pk]), reverse("bookings:detail", args=[running.pk])):
        page = client.get(path).content.decode()
        assert all(f'href="tel:{number}"' in page for number in (110, 120, 13800000000))


def test_without_anybody_to_tell_the_case_is_opened_all_the_same(running):
    ask(running)
    assert ReviewCase.objects.get().is_open
    assert not Notice.objects.exists()


def test_twice_within_a_minute_is_once(running, family):
    first = ask(running, now_ms=running.live_since_ms + SECOND)
    again = ask(running, now_ms=first.at_ms + MINUTE - 1)
    assert first == again
    assert Letter.objects.filter(key__startswith="safety:alarm").count() == 2


def calls_for_help() -> int:
    return Letter.objects.filter(key__startswith="safety:alarm").count()


def test_after_a_minute_it_is_another_call_in_the_same_case(running, family):
    first = ask(running)
    ask(running, now_ms=first.at_ms + MINUTE)
    assert Alarm.objects.count() == 2
    assert ReviewCase.objects.get().version == 2


def test_an_address_is_written_to_every_ten_minutes_at_most(running, family):
    first = ask(running)
    ask(running, now_ms=first.at_ms + CALL_AGAIN_MS - 1)
    assert calls_for_help() == 2
    ask(running, now_ms=first.at_ms + CALL_AGAIN_MS - 1 + MINUTE)
    assert calls_for_help() == 4


def test_exchanged_addresses_end_and_the_case_is_opened_all_the_same(running, family):
    first = ask(running)
    for number in range(1, MOST_CALLED + 3):
        for contact in family.trusted_contacts.all():
            services.remove_contact(contact=contact)
        services.add_contact(by=family, name="x", email=f"x{number}@example.com")
        ask(running, now_ms=first.at_ms + number * MINUTE)
    assert calls_for_help() == MOST_CALLED
    assert ReviewCase.objects.get().version == MOST_CALLED + 3


def test_whom_he_meets_gets_no_call_for_help_though_he_trusts_her(client, running, family):
    services.add_contact(by=family, name="小沈", email=running.companion.email.upper(), phone="13911112222")
    ask(running)
    assert set(Notice.objects.values_list("name", flat=True)) == {"妈妈", "阿勇"}
    client.force_login(family)
    page = client.get(reverse("safety:sos", args=[running.pk]), headers=ENGLISH).content.decode()
    assert "13911112222" not in page
    assert "小沈 has the address or the number of shen and is left out." in page


def test_nor_under_another_address_with_her_number(running, family):
    User.objects.filter(pk=running.companion_id).update(phone="+8613911112222")
    running.companion.refresh_from_db()
    services.add_contact(by=family, name="小沈", email="else@example.com", phone="13911112222")
    ask(running)
    assert not Notice.objects.filter(name="小沈").exists()


def test_a_link_taken_back_keeps_the_call_and_who_was_told(running, family):
    ask(running)
    services.revoke(booking=running, by=family)
    assert calls_for_help() == Notice.objects.filter(alarm__isnull=False).count() == 2


def test_a_call_for_help_leaves_though_the_account_is_closed(running, family):
    ask(running)
    User.objects.filter(pk=family.pk).update(is_active=False)
    tasks.send_letters()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["mum@example.com", "yong@example.com"]


@pytest.mark.parametrize(
    "tried", [{"attempts": 13}, {"attempts": 1, "tried_at": "2026-01-01T00:00Z"}, {"not_after": "2026-01-01T00:00Z"}]
)
def test_a_mail_that_could_not_be_sent_is_not_on_its_way(client, running, family, tried):
    ask(running)
    Letter.objects.filter(key__startswith="safety:alarm").update(**tried)
    client.force_login(family)
    page = client.get(reverse("safety:sos", args=[running.pk]), headers=ENGLISH).content.decode()
    assert "the mail is on its way" not in page
    assert "妈妈: the mail could not be sent so far. Please call." in page


def test_a_call_that_failed_is_tried_again_after_a_minute(running, family):
    ask(running)
    calls = Letter.objects.filter(key__startswith="safety:alarm")
    calls.update(attempts=1, tried_at=timezone.now() - timedelta(seconds=61))
    assert unsent_letters().filter(pk__in=calls).count() == 2


# Those on duty


def test_those_on_duty_are_called_each_time_and_nobody_else(running, family, moderator, django_user_model):
    away = a_moderator("away")
    django_user_model.objects.filter(pk=away.pk).update(is_active=False)
    running.companion.groups.add(Group.objects.get(name=MODERATORS))
    first = ask(running)
    ask(running, now_ms=first.at_ms + MINUTE)
    called = Letter.objects.filter(key__startswith="case:")
    assert [letter.to for letter in called] == [moderator, moderator]
    page = reverse("moderation:case", args=[ReviewCase.objects.get().pk])
    assert all(page in letter.body and "lin" not in letter.subject + letter.body for letter in called)


def test_twice_within_a_minute_calls_them_once(running, moderator):
    first = ask(running)
    ask(running, now_ms=first.at_ms + MINUTE - 1)
    assert Letter.objects.filter(to=moderator).count() == 1


def test_a_decided_case_is_opened_again(running, moderator, family):
    first = ask(running)
    moderation.decide(case=ReviewCase.objects.get(), by=moderator, approve=True, reason="打过电话，没事")
    ask(running, now_ms=first.at_ms + 2 * MINUTE)
    assert ReviewCase.objects.get().is_open


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_call(running, family):
    results = at_once(*[partial(ask, running)] * 5)
    assert failures(results) == []
    assert Alarm.objects.count() == ReviewCase.objects.get().version == 1
    assert Letter.objects.filter(key__startswith="safety:alarm").count() == 2


@pytest.mark.django_db(transaction=True)
def test_control_without_the_rule_two_taps_are_several(running):
    with rule_dropped("safety_alarm", "alarm_once_a_minute"):
        at_once(*[partial(ask, running)] * 3)
        assert Alarm.objects.count() > 1
        empty("safety_alarm")


def test_the_two_call_each_for_themselves(running):
    ask(running)
    assert ask(running, by=running.companion).user == running.companion
    assert Alarm.objects.count() == 2


# Where he is


def test_the_position_is_kept_only_with_his_consent(client, running, family):
    client.force_login(family)
    client.post(reverse("safety:sos", args=[running.pk]), {**TICKED, "consent": ""})
    assert Alarm.objects.exists() and not Position.objects.exists()
    client.post(reverse("safety:sos", args=[running.pk]), TICKED)
    assert place_of(Alarm.objects.get()) == "31.22104, 121.44512 (±30 m)"
    kept = Position.objects.get()
    assert kept.version == CONSENT_VERSION and kept.consented_ms >= kept.alarm.at_ms


def test_it_is_sealed(running):
    ask(running, place=HERE)
    assert b"31.22" not in bytes(Position.objects.get().sealed)


@pytest.mark.parametrize("wrong", [{"latitude": "91"}, {"latitude": "nan"}, {"metres": ""}, {"longitude": "x" * 5000}])
def test_a_position_that_makes_no_sense_keeps_nobody_from_calling(client, running, wrong):
    client.force_login(running.client)
    client.post(reverse("safety:sos", args=[running.pk]), TICKED | wrong)
    assert Alarm.objects.count() == 1
    assert not Position.objects.exists()


def test_it_is_erased_with_the_link(running):
    alarm = ask(running, place=HERE)
    dies = life_of(ended(running))
    services.forget(now_ms=dies - SECOND)
    assert Position.objects.exists()
    services.forget(now_ms=dies)
    assert place_of(Alarm.objects.get(pk=alarm.pk)) == ""


def test_it_stands_on_no_page_of_those_he_trusts(client, running):
    ask(running, place=HERE)
    path = services.address_of(Link.objects.get()).removeprefix("http://127.0.0.1:8000")
    assert "31.22" not in client.get(path).content.decode()


# When, and by whom


def test_from_the_agreement_until_a_day_after(client_user, clinic, running):
    over = ended(running)
    ask(over, now_ms=life_of(over) - 1)
    with pytest.raises(NotTogether):
        ask(over, now_ms=life_of(over))


def test_not_in_a_chat(client_user, listing):
    with pytest.raises(NotTogether):
        ask(accepted(client_user, listing))


def test_the_button_is_there_when_it_is_near(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    client.force_login(client_user)
    path = reverse("bookings:detail", args=[booking.pk])
    with clock_in_hand():
        set_clock(bookings.meets_from_ms(booking) - 1)
        assert "I need help" not in client.get(path, headers=ENGLISH).content.decode()
        set_clock(bookings.meets_from_ms(booking))
        assert "I need help" in client.get(path, headers=ENGLISH).content.decode()


@pytest.mark.parametrize(("is_shared", "offered"), [(False, []), (True, ["The link you shared"])])
def test_what_was_called_off_days_before_has_nothing_but_its_link_to_take_back(
    client, client_user, clinic, is_shared, offered
):
    booking = agreed(client_user, clinic)
    if is_shared:
        services.share(booking=booking, by=client_user)
    bookings.cancel(booking=booking, by=client_user)
    client.force_login(client_user)
    page = client.get(reverse("bookings:detail", args=[booking.pk]), headers=ENGLISH).content.decode()
    words = ("Let somebody know where I am", "The link you shared", "I need help")
    assert [each for each in words if each in page] == offered


def test_called_off_within_the_hour_the_button_stays(client, client_user, clinic):
    booking = near(client_user, clinic, 50)
    bookings.cancel(booking=booking, by=booking.companion)
    client.force_login(client_user)
    page = client.get(reverse("bookings:detail", args=[booking.pk]), headers=ENGLISH).content.decode()
    assert "I need help" in page


def test_both_have_it_on_the_page_and_in_the_chat(client, running):
    for person in (running.client, running.companion):
        assert pages_of(client, running, person).count('id="sos-dialog"') == 2


def test_a_talk_that_was_opened_long_before_has_the_button_for_when_it_matters(client, client_user, clinic):
    """Its script shows the button in these states, whatever was so when the page was made."""
    booking = agreed(client_user, clinic)
    client.force_login(client_user)
    room = client.get(reverse("chat:room", args=[booking.pk]), headers=ENGLISH).content.decode()
    button = re.search(r'<a class="btn round danger"[^>]*>', room)[0]
    assert f'href="{reverse("safety:sos", args=[booking.pk])}"' in button
    shown = re.search(r'data-in="([^"]+)"', button)[1].split()
    assert {"accepted", "live", "paused", "ended", "exhausted", "settled", "cancelled", "no_show"} == set(shown)


def test_a_link_that_was_taken_back_is_made_anew_for_help(running, family):
    services.share(booking=running, by=family)
    services.revoke(booking=running, by=family)
    ask(running)
    assert Link.objects.filter(revoked_at=None).count() == 1


def test_a_call_stays_as_it_was_made(running, stranger):
    alarm = ask(running)
    for wrong in (
        lambda: Alarm.objects.filter(pk=alarm.pk).update(at_ms=1),
        lambda: Alarm.objects.filter(pk=alarm.pk).delete(),
        lambda: Alarm.objects.create(booking=running, user=stranger, at_ms=1),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            wrong()


def test_addresses_of_those_told_are_erased_once_the_letters_are_past(running, family):
    ask(running)
    services.forget()
    assert set(Notice.objects.values_list("email", flat=True)) == {"mum@example.com", "yong@example.com"}
    Letter.objects.update(not_after="2026-01-01T00:00Z")
    services.forget()
    assert set(Notice.objects.values_list("email", "name")) == {("", "妈妈"), ("", "阿勇")}


# What a moderator reads


def test_the_case_says_who_where_when_and_whom_to_call(client, running, family, moderator):
    services.leave_directions(booking=running, by=family, text="7 号口")
    ask(running, place=HERE)
    client.force_login(moderator)
    page = client.get(reverse("moderation:case", args=[ReviewCase.objects.get().pk]), headers=ENGLISH)
    said = page.content.decode()
    expected = ["lin", "shen", "lin@example.com", running.terms.place, running.code, "妈妈", "13800000000", "7 号口"]
    assert [words for words in [*expected, "31.22104, 121.44512"] if words not in said] == []
    assert "no answer" not in said


def test_a_decided_case_names_nobodys_family(client, running, family, moderator):
    ask(running)
    case, page = ReviewCase.objects.get(), reverse("moderation:case", args=[ReviewCase.objects.get().pk])
    client.force_login(moderator)
    assert "13800000000" in client.get(page).content.decode()
    moderation.decide(case=case, by=moderator, approve=True, reason="平安")
    services.add_contact(by=family, name="新朋友", email="new@example.com", phone="13900000000")
    said = client.get(page).content.decode()
    assert "13800000000" not in said and "13900000000" not in said


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_either_decision_needs_a_word(client, running, moderator, decision):
    ask(running)
    case = ReviewCase.objects.get()
    client.force_login(moderator)
    said = {"version": case.version, "decision": decision, "reason": ""}
    page = reverse("moderation:case", args=[case.pk])
    answer = client.post(page, said, headers=ENGLISH).content.decode()
    assert "Please write down whom you reached and what you did." in answer
    assert ReviewCase.objects.get().is_open
    client.post(page, said | {"reason": "已联系上，平安"})
    assert not ReviewCase.objects.get().is_open


@pytest.mark.parametrize("side", ["client", "companion"])
def test_neither_of_the_two_reads_or_decides(client, running, side):
    ask(running, place=HERE)
    user = getattr(running, side)
    user.groups.add(Group.objects.get(name=MODERATORS))
    client.force_login(user)
    case = ReviewCase.objects.get()
    page = reverse("moderation:case", args=[case.pk])
    said = {"version": case.version, "decision": "approve", "reason": "没事"}
    assert client.get(page).status_code == client.post(page, said).status_code == 404
    assert page not in client.get(reverse("moderation:queue")).content.decode()
    assert ReviewCase.objects.get().is_open


def test_the_database_knows_that_the_accused_does_not_decide(running):
    ask(running)
    decided = {"status": "approved", "decided_by": running.companion, "decided_at": timezone.now()}
    with pytest.raises((IntegrityError, InternalError), match="one of its parties"):
        ReviewCase.objects.update(**decided)


def test_lateness_of_the_other_is_still_told(running):
    """The control of what the other is told: a word that is for him does reach the talk."""
    lines = Message.objects.count()
    from chat.services import conversations

    conversations.tell(booking=running, event="late", reason="client", minutes=5, at_ms=1)
    assert Message.objects.count() == lines + 1
    assert json.loads(Message.objects.latest("seq").body)["event"] == "late"
