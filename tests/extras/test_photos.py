"""The photo of a receipt: sealed, gone a week after the visit or the answer, and put under new keys."""

import io

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.urls import reverse

from common.clock import database_now_ms
from extras import services
from extras.models import Extra
from extras.services.erasing import KEPT_MS
from extras.tasks import erase_due, lapse
from tests.extras.asking import HOUR, a_receipt, asked, earlier, ended, paid
from tests.orders import long_ago
from tests.visiting.traces import traces

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(visit) -> Extra:
    return paid(asked(visit))


def is_kept(extra: Extra) -> bool:
    row = Extra.objects.defer(None).get(pk=extra.pk)
    assert (row.photo is None) == (row.erased_at is not None)
    return row.photo is not None


def test_neither_in_clear_nor_after_its_time_sealed(answered):
    clear, sealed = a_receipt().content, bytes(Extra.objects.get().photo)
    assert services.photo_for(answered, answered.booking.client) == clear
    assert not traces(clear[200:260].decode("latin-1")) and traces(sealed[:60].decode())
    ended(answered.booking)
    services.erase_due(now_ms=database_now_ms() + KEPT_MS)
    assert not traces(sealed[:60].decode()) and traces(answered.what)


def test_with_it_go_all_words_but_those_of_what_was_paid(client, answered, visit):
    declined, taken_back = asked(visit, what="复印病历"), asked(visit, what="打车")
    services.decline(extra=declined, by=visit.client, reply="这不是今天的")
    services.take_back(extra=taken_back, by=visit.companion)
    words = ("复印病历", "打车", "这不是今天的")
    over = ended(visit)
    assert all(traces(each) for each in words)
    assert services.erase_due(now_ms=database_now_ms() + 7 * 24 * HOUR) == 3
    assert not any(traces(each) for each in words)
    for language, told in (("en", "(words erased)"), ("zh-hans", "（文字已删除）")):
        client.force_login(visit.client)
        address = reverse("bookings:detail", args=[over.pk])
        text = client.get(address, headers={"accept-language": language}).content.decode()
        assert text.count(told) == 2 and answered.what in text


@pytest.mark.parametrize(("late_ms", "kept"), [(-1, True), (0, False)])
def test_seven_days_after_the_end_to_the_millisecond(answered, late_ms, kept):
    over = ended(answered.booking)
    services.erase_due(now_ms=over.ended_ms + 7 * 24 * HOUR + late_ms)
    assert is_kept(answered) == kept


@pytest.mark.parametrize(("late_ms", "kept"), [(-1, True), (0, False)])
def test_or_after_the_answer_where_that_came_later(visit, late_ms, kept):
    over = long_ago(ended(visit), 20 * HOUR)
    extra = paid(asked(over))
    assert extra.decided_ms > over.ended_ms
    services.erase_due(now_ms=extra.decided_ms + KEPT_MS + late_ms)
    assert is_kept(extra) == kept


def test_what_waits_or_runs_is_not_erased_however_late(visit, answered):
    services.erase_due(now_ms=database_now_ms() + 2 * KEPT_MS)
    assert is_kept(answered)
    waiting = asked(visit)
    ended(visit)
    services.erase_due(now_ms=database_now_ms() + 2 * KEPT_MS)
    assert (is_kept(waiting), is_kept(answered)) == (True, False)


def test_the_tasks_use_the_databases_clock_and_twice_is_once(visit, answered):
    waiting = asked(visit)
    over = long_ago(ended(visit), KEPT_MS)
    lapse()
    erase_due()
    assert is_kept(answered) and Extra.objects.get(pk=waiting.pk).state == "asked"
    for extra in (waiting, answered):
        earlier(extra, KEPT_MS)
    lapse()
    erase_due()
    first = Extra.objects.get(pk=answered.pk).erased_at
    erase_due()
    assert first and Extra.objects.get(pk=answered.pk).erased_at == first
    assert Extra.objects.get(pk=waiting.pk).state == "lapsed" and over.ended_ms


def test_the_words_stay_and_the_page_goes_on_without_the_photo(client, answered, visit):
    over = ended(visit)
    services.erase_due(now_ms=database_now_ms() + KEPT_MS)
    client.force_login(visit.client)
    text = client.get(reverse("bookings:detail", args=[over.pk])).content.decode()
    photo = reverse("extras:photo", args=[over.pk, answered.pk])
    assert answered.what in text and photo not in text and client.get(photo).status_code == 404


def test_a_new_first_key_takes_over_and_the_old_one_can_go(answered, settings):
    old, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
    settings.DOCUMENT_KEYS = [new, old]
    said = io.StringIO()
    call_command("reseal_extras", stdout=said)
    settings.DOCUMENT_KEYS = [new]
    extra = Extra.objects.get(pk=answered.pk)
    assert said.getvalue().startswith("1 ")
    assert services.photo_for(extra, answered.booking.client) == a_receipt().content


def test_a_lost_key_costs_the_photo_and_nothing_else(client, answered, visit, settings):
    settings.DOCUMENT_KEYS = [Fernet.generate_key().decode()]
    client.force_login(visit.client)
    assert client.get(reverse("extras:photo", args=[visit.pk, answered.pk])).status_code == 404
    assert client.get(reverse("bookings:detail", args=[visit.pk])).status_code == 200
