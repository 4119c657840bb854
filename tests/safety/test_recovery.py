"""Who asked for help says that he is well: once, told to those who were alarmed, and nothing is closed by it."""

from functools import partial
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from accounts import tasks
from accounts.models import Letter
from chat.models import Message
from common.clock import database_now_ms, moment
from moderation import services as moderation
from moderation.models import AuditEvent, ReviewCase
from safety import services
from safety.errors import CalledAgain, NotTogether, WellTooSoon
from safety.models import Alarm, AllClear, Answer, Link, Notice
from safety.models.alarm import MOST_ALL_CLEARS
from safety.services.notices import CALL_AGAIN_MS
from tests.orders import MINUTE
from tests.rivals import rival
from tests.safety.moments import SECOND, ended, life_of
from tests.threads import at_once, failures
from tests.visits import agreed

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def ask(booking, by=None, **said) -> Alarm:
    return services.raise_alarm(booking=booking, by=by or booking.client, **said)


def well(alarm: Alarm, by=None, **said) -> AllClear:
    return services.give_all_clear(alarm=alarm, by=by or alarm.user, **said)


def hour(ms: int) -> str:
    return f"{localtime(moment(ms)):%H:%M}"


def family_page(client, booking, user) -> str:
    """What is read by whoever has the link, without an account."""
    client.logout()
    address = services.address_of(services.share(booking=booking, by=user))
    html = client.get(address.removeprefix("http://127.0.0.1:8000"), headers=ENGLISH).content.decode()
    return " ".join(html.split("<main")[1].split("</main>")[0].split())


def sos_page(client, booking) -> str:
    client.force_login(booking.client)
    return " ".join(client.get(reverse("safety:sos", args=[booking.pk]), headers=ENGLISH).content.decode().split())


def letters(about: str) -> int:
    return Letter.objects.filter(key__startswith=f"safety:{about}:").count()


# What his family reads


def test_without_a_call_it_says_nothing_of_help(client, running):
    assert "help" not in family_page(client, running, running.client)


def test_the_page_of_his_link_says_above_all_else_that_he_called_and_what_to_do(client, running):
    alarm = ask(running)
    page = family_page(client, running, running.client)
    assert f"lin asked for help at {hour(alarm.at_ms)}" in page
    assert page.index("asked for help") < page.index("<h1")
    assert "Please call lin now." in page and "We have not told shen." in page
    assert all(f'href="tel:{number}"' in page for number in (110, 120))
    assert running.terms.place in page


def test_called_again_it_says_both_times(client, running):
    first = ask(running)
    second = ask(running, now_ms=first.at_ms + 3 * MINUTE)
    expected = f"lin asked for help at {hour(first.at_ms)}, and again at {hour(second.at_ms)}"
    assert expected in family_page(client, running, running.client)


def test_the_link_of_the_other_side_says_nothing_of_it(client, running):
    """Whoever has hers may tell her, and she is who he calls for help against."""
    before = family_page(client, running, running.companion)
    well(ask(running))
    ask(running, now_ms=database_now_ms() + 2 * MINUTE)
    assert family_page(client, running, running.companion) == before


def test_her_own_call_stands_on_her_own_link(client, running):
    ask(running, by=running.companion)
    assert "shen asked for help" in family_page(client, running, running.companion)
    assert "asked for help" not in family_page(client, running, running.client)


def test_the_all_clear_stands_there_with_the_call_and_a_word_of_caution(client, running):
    alarm = ask(running)
    said = well(alarm, now_ms=alarm.at_ms + 2 * MINUTE)
    page = family_page(client, running, running.client)
    assert f"lin said at {hour(said.at_ms)}: I am well" in page
    assert f"lin had asked for help at {hour(alarm.at_ms)}." in page
    assert "somebody may have been made to give it" in page and 'href="tel:110"' in page


def test_a_call_after_the_all_clear_is_a_new_one(client, running):
    first = ask(running)
    well(first)
    later = ask(running, now_ms=first.at_ms + 2 * MINUTE)
    page = family_page(client, running, running.client)
    assert f"lin asked for help at {hour(later.at_ms)} </h2>" in page and "I am well" not in page


def test_also_within_the_minute_in_which_two_taps_are_one(client, running, family):
    """A call that was answered does not swallow the next one."""
    first = ask(running)
    well(first, now_ms=first.at_ms + 5 * SECOND)
    later = ask(running, now_ms=first.at_ms + 10 * SECOND)
    assert later != first and ask(running, now_ms=first.at_ms + 11 * SECOND) == later
    assert "I am well" not in family_page(client, running, running.client)
    assert letters("alarm") == 4
    assert ReviewCase.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_several_taps_after_an_all_clear_are_one(running, family):
    well(ask(running))
    assert failures(at_once(*[partial(ask, running)] * 4)) == []
    assert (Alarm.objects.count(), letters("alarm")) == (2, 4)


# One tap


def test_one_tap_on_the_helping_page(client, running, family):
    alarm = ask(running)
    page, button = sos_page(client, running), reverse("safety:all_clear", args=[running.pk, alarm.pk])
    assert f'action="{button}"' in page
    assert "This is told at once to 妈妈, 阿勇" in page
    before = database_now_ms()
    assert client.post(button)["Location"] == reverse("safety:sos", args=[running.pk])
    said = AllClear.objects.get()
    assert before <= said.at_ms <= database_now_ms()
    page = sos_page(client, running)
    assert f"At {hour(said.at_ms)} you said that you are well." in page and button not in page
    assert page.count("妈妈, the mail is on its way") == 2


def test_twice_is_once(running, family):
    alarm = ask(running)
    first = well(alarm)
    assert well(alarm, now_ms=first.at_ms + MINUTE).at_ms == first.at_ms
    assert letters("all_clear") == 2
    assert AuditEvent.objects.filter(action="emergency.all_clear").count() == 1


@pytest.mark.django_db(transaction=True)
def test_also_at_the_same_moment(running, family):
    alarm = ask(running)
    assert failures(at_once(*[partial(well, alarm)] * 4)) == []
    assert (AllClear.objects.count(), letters("all_clear")) == (1, 2)


def test_only_who_called_says_it(client, running, stranger):
    alarm = ask(running)
    button = reverse("safety:all_clear", args=[running.pk, alarm.pk])
    for user in (running.companion, stranger):
        client.force_login(user)
        assert client.post(button).status_code == 404
    with pytest.raises(NotTogether):
        well(alarm, by=running.companion)
    assert not AllClear.objects.exists()


def test_a_call_at_another_meeting_is_not_there(client, running, clinic):
    alarm, later = ask(running), agreed(running.client, clinic)
    client.force_login(running.client)
    assert client.post(reverse("safety:all_clear", args=[later.pk, alarm.pk])).status_code == 404
    assert not AllClear.objects.exists()


def test_from_a_page_of_before_nobody_answers_a_later_call(running):
    first = ask(running)
    ask(running, now_ms=first.at_ms + 2 * MINUTE)
    with pytest.raises(CalledAgain):
        well(first)
    with pytest.raises((IntegrityError, InternalError), match="follows the last call"), transaction.atomic():
        AllClear.objects.create(alarm=first, at_ms=first.at_ms + MINUTE)


def answered_beside_a_later_call(first: Alarm) -> AllClear:
    """The later call is written, and not committed yet."""
    with rival(partial(ask, first.booking, now_ms=first.at_ms + 2 * MINUTE)) as meanwhile:
        said = meanwhile(partial(well, first))
    return said()


@pytest.mark.django_db(transaction=True)
def test_nor_one_that_comes_at_the_same_moment(running, family):
    first = ask(running)
    with pytest.raises(CalledAgain):
        answered_beside_a_later_call(first)
    assert letters("all_clear") == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_calms_those_whom_the_later_call_alarms(running, family):
    first = ask(running)
    with patch("safety.services.recovery.one_at_a_time", lambda user: None):
        assert answered_beside_a_later_call(first)
    assert letters("all_clear") == 2


def test_until_the_link_is_dead(client, running):
    alarm = ask(running)
    over = ended(running)
    alarm.booking = over
    with pytest.raises(NotTogether):
        well(alarm, now_ms=life_of(over))
    assert well(alarm, now_ms=life_of(over) - 1)


# Those who were alarmed


def test_those_who_were_alarmed_are_told_and_only_they(running, family):
    alarm = ask(running)
    services.add_contact(by=family, name="三姐", email="jie@example.com")
    said = well(alarm)
    tasks.send_letters()
    told = [letter for letter in mail.outbox if "我没事" in letter.subject]
    assert sorted(letter.to[0] for letter in told) == ["mum@example.com", "yong@example.com"]
    assert hour(alarm.at_ms) in told[0].body and hour(said.at_ms) in told[0].body and "110" in told[0].body


def test_who_was_removed_since_hears_of_it_too(running, family):
    alarm = ask(running)
    for contact in family.trusted_contacts.all():
        services.remove_contact(contact=contact)
    well(alarm)
    assert letters("alarm") == letters("all_clear") == 2


def test_a_link_taken_back_takes_nothing_of_it_back(running, family):
    well(ask(running))
    services.revoke(booking=running, by=family)
    assert letters("all_clear") == Notice.objects.filter(all_clear__isnull=False).count() == 2


def test_it_is_no_letter_that_shares_a_link(client, running, family):
    well(ask(running))
    assert not Notice.objects.sharing().exists()
    client.force_login(family)
    page = client.get(reverse("safety:share", args=[running.pk]), headers=ENGLISH).content.decode()
    assert page.count("妈妈, the mail is on its way") == 1


def test_a_call_after_the_all_clear_reaches_them_at_once(running, family):
    """Without it they would not hear of it for ten minutes, and believe that all is well."""
    first = ask(running)
    well(first)
    ask(running, now_ms=first.at_ms + MINUTE)
    assert letters("alarm") == 4


def test_an_all_clear_that_waits_does_not_arrive_after_the_next_call(running, family):
    """Its first attempt failed, and it would be tried again: then it stood last in their mail box."""
    first = ask(running)
    said = well(first)
    Letter.objects.filter(key__startswith="safety:all_clear").update(attempts=1, tried_at="2026-01-01T00:00Z")
    mum = Notice.objects.get(all_clear=said, name="妈妈").letter
    Letter.objects.filter(pk=mum.pk).update(sent_at=timezone.now())
    ask(running, now_ms=first.at_ms + MINUTE)
    assert list(Letter.objects.filter(key__startswith="safety:all_clear")) == [mum]
    assert letters("alarm") == 4


def test_that_of_another_meeting_goes_out_all_the_same(running, family, clinic):
    well(ask(running))
    ask(agreed(family, clinic))
    assert letters("all_clear") == 2


def test_each_letter_says_when_it_was_so(running, family):
    alarm = ask(running)
    said = well(alarm, now_ms=alarm.at_ms + 2 * MINUTE)
    help_, well_ = (Notice.objects.filter(**one).first().letter for one in ({"alarm": alarm}, {"all_clear": said}))
    assert hour(alarm.at_ms) in help_.subject and hour(alarm.at_ms) in help_.body
    assert hour(said.at_ms) in well_.subject and hour(said.at_ms) in well_.body


def body_of(said: AllClear) -> str:
    return Notice.objects.filter(all_clear=said).first().letter.body


def test_the_all_clear_carries_the_link_of_now(running, family):
    alarm = ask(running)
    old = services.address_of(services.link_of(running, family))
    services.revoke(booking=running, by=family)
    fresh = services.address_of(services.share(booking=running, by=family))
    said = body_of(well(alarm))
    assert fresh in said and old not in said


def test_and_speaks_of_no_page_where_there_is_none(running, family):
    alarm = ask(running)
    services.revoke(booking=running, by=family)
    said = body_of(well(alarm))
    assert "110" in said and "/safe/with/" not in said and "页面" not in said and "链接" not in said


def test_without_one_they_are_not_written_to_again_so_soon(running, family):
    first = ask(running)
    ask(running, now_ms=first.at_ms + MINUTE)
    assert letters("alarm") == 2


@pytest.mark.parametrize("sent_at", [None, "2026-01-01T00:00Z"])
def test_back_and_forth_ends_with_those_who_are_alarmed(client, running, family, sent_at):
    """Our mail is not for strangers: after so many all-clears a call stands for those it reached, also where none of
    these letters had left before the next call."""
    alarm = ask(running)
    for number in range(1, MOST_ALL_CLEARS + 3):
        well(alarm, now_ms=alarm.at_ms + MINUTE)
        Letter.objects.filter(key__startswith="safety:all_clear").update(sent_at=sent_at)
        alarm = ask(running, now_ms=alarm.at_ms + MINUTE)
        assert letters("all_clear") == (2 * min(number, MOST_ALL_CLEARS) if sent_at else 0)
    assert letters("alarm") == 2 * (MOST_ALL_CLEARS + 1)
    assert "This is told at once" not in sos_page(client, running)
    ask(running, now_ms=alarm.at_ms + CALL_AGAIN_MS)
    assert letters("alarm") == 2 * (MOST_ALL_CLEARS + 2)


def test_and_then_an_all_clear_takes_a_minute_so_that_no_call_is_swallowed(running):
    alarm = ask(running)
    for _number in range(MOST_ALL_CLEARS):
        well(alarm, now_ms=alarm.at_ms + 1)
        alarm = ask(running, now_ms=alarm.at_ms + 2)
    assert Alarm.objects.count() == MOST_ALL_CLEARS + 1
    with pytest.raises(WellTooSoon):
        well(alarm, now_ms=alarm.at_ms + MINUTE - 1)
    well(alarm, now_ms=alarm.at_ms + MINUTE)
    assert ask(running, now_ms=alarm.at_ms + MINUTE) != alarm


def test_without_anybody_to_tell_it_is_written_down_all_the_same(client, running):
    alarm = ask(running)
    assert "This stands at once on the page of your link." in sos_page(client, running)
    well(alarm)
    assert AllClear.objects.get() and not Notice.objects.exists()


def test_whom_he_is_with_is_told_nothing_of_it(client, running, family):
    alarm = ask(running)
    client.force_login(running.companion)
    path, lines = reverse("bookings:detail", args=[running.pk]), Message.objects.count()
    before = client.get(path, headers=ENGLISH).content.decode()
    well(alarm)
    after = client.get(path, headers=ENGLISH).content.decode()
    assert "I am well" not in after and after.count("notice") == before.count("notice")
    assert Message.objects.count() == lines


# The case, and the record


def test_the_case_stays_open_and_shows_it(client, running, family, moderator):
    alarm = ask(running)
    before = ReviewCase.objects.values().get()
    said = well(alarm)
    assert ReviewCase.objects.values().get() == before and ReviewCase.objects.get().is_open
    client.force_login(moderator)
    page = client.get(reverse("moderation:case", args=[before["id"]]), headers=ENGLISH).content.decode()
    assert "Said: I am well · lin" in page and "please call all the same" in page
    assert f"{localtime(moment(said.at_ms)):%H:%M}" in page
    assert "妈妈" in page and "13800000000" in page
    event = AuditEvent.objects.get(action="emergency.all_clear")
    assert (event.actor, event.after) == (family, {"alarm": alarm.pk, "told": 2})


def test_a_decided_case_is_not_opened_again_by_it(running, moderator):
    alarm = ask(running)
    moderation.decide(case=ReviewCase.objects.get(), by=moderator, approve=False, reason="110 已接警")
    well(alarm)
    assert not ReviewCase.objects.get().is_open


def test_it_is_no_answer_to_whether_all_is_well_after_the_meeting(running):
    well(ask(running))
    assert not Answer.objects.exists()


def test_it_stays_as_it_was_said(running):
    alarm = ask(running)
    said = well(alarm)
    for wrong in (
        lambda: AllClear.objects.filter(pk=said.pk).update(at_ms=said.at_ms + 1),
        lambda: AllClear.objects.filter(pk=said.pk).delete(),
    ):
        with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
            wrong()
    assert Alarm.objects.get() == alarm


def test_it_comes_after_its_call(running):
    alarm = ask(running)
    with pytest.raises((IntegrityError, InternalError), match="follows the last call"), transaction.atomic():
        AllClear.objects.create(alarm=alarm, at_ms=alarm.at_ms - 1)


def test_a_letter_tells_one_thing(running, family):
    said = well(ask(running))
    with pytest.raises(IntegrityError, match="safety_notice_tells_one_thing"), transaction.atomic():
        Notice.objects.filter(alarm__isnull=False).update(all_clear=said)


def test_addresses_are_erased_once_the_letters_are_past(running, family):
    well(ask(running))
    Letter.objects.update(not_after="2026-01-01T00:00Z")
    services.forget()
    assert set(Notice.objects.values_list("email", flat=True)) == {""}
    assert Link.objects.count() == 1
