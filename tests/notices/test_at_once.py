"""Two rounds at the same moment, each with a connection of its own, and workers that die."""

import pytest
from django.db import connection

from common.clock import database_now_ms
from notices import services
from notices.models import MOST_ATTEMPTS, Notice
from notices.services import sending, writing
from notices.services.sending import LEASE_MS
from tests.notices.talking import look, reads, says
from tests.rules import rule_dropped
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
TWICE = writing.WRITE[: writing.WRITE.index("    ON CONFLICT")]


def test_two_sweeps_write_one_notice(talk, companion, client_user):
    says(talk, client_user)
    waiting = writing._unread(None)
    assert sorted(at_once(*[lambda: writing._write(waiting)] * 2)) == [0, 1]
    assert Notice.objects.count() == 1


def test_control_without_the_rule_there_would_be_two(talk, companion, client_user, monkeypatch):
    says(talk, client_user)
    waiting = writing._unread(None)
    monkeypatch.setattr(writing, "WRITE", TWICE)
    with rule_dropped("notices_notice", "notice_once_a_talk"):
        at_once(*[lambda: writing._write(waiting)] * 2)
        assert Notice.objects.count() == 2
        Notice.objects.all().delete()


def test_nor_do_two_when_it_is_used_again(talk, companion, client_user):
    says(talk, client_user)
    look()
    reads(talk, companion)
    says(talk, client_user)
    waiting = writing._unread(None)
    assert sorted(at_once(*[lambda: writing._write(waiting)] * 2)) == [0, 1]


def claim_twice(moment_ms: int) -> list[int]:
    return at_once(*[lambda: len(sending._claimed(moment_ms))] * 2)


def test_two_workers_claim_it_once(talk, companion, client_user):
    says(talk, client_user)
    services.write_notices()
    assert sorted(claim_twice(database_now_ms())) == [0, 1]


def test_control_by_what_it_was_before_both_would(talk, companion, client_user, monkeypatch):
    """Read first and claimed afterwards by its number alone, it is claimed by both."""
    says(talk, client_user)
    services.write_notices()
    read_first = "SELECT id, pg_sleep(0.3) FROM notices_notice"
    unlocked = sending.CLAIM.replace("SELECT id FROM notices_notice", read_first)
    monkeypatch.setattr(sending, "CLAIM", unlocked.replace("FOR NO KEY UPDATE SKIP LOCKED", ""))
    assert claim_twice(database_now_ms()) == [1, 1]


def test_a_worker_that_dies_after_the_telling_tells_again_and_no_letter_is_lost_or_doubled(
    talk, companion, client_user, phone_of, monkeypatch
):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()

    def dies(*_):
        raise SystemExit

    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(sending, "_conclude", dies)
        services.tell_due()
    services.tell_due()
    assert len(phone.shown) == 1
    services.tell_due(now_ms=database_now_ms() + LEASE_MS)
    # At least once: it takes the place of the first on the device, which has the same tag.
    first, second = phone.shown
    assert first == second
    assert Notice.objects.get().due_ms is None


def test_a_notice_that_kills_each_worker_is_given_up(talk, companion, client_user):
    says(talk, client_user)
    services.write_notices()
    now = database_now_ms()
    for number in range(MOST_ATTEMPTS):
        assert len(sending._claimed(now + number * LEASE_MS)) == 1
    assert sending._claimed(now + MOST_ATTEMPTS * LEASE_MS) == []
    assert Notice.objects.get().due_ms is None


def test_a_newer_message_is_not_written_over_by_a_worker_that_comes_late(talk, companion, client_user, phone_of):
    phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    claimed = sending._claimed(database_now_ms())
    reads(talk, companion)
    newer = says(talk, client_user)
    services.write_notices()
    sending._tell(claimed, database_now_ms())
    notice = Notice.objects.get()
    assert (notice.seq, notice.due_ms is None) == (newer.seq, False)


def test_one_round_at_a_time_speaks_to_push_services(talk, companion, client_user, phone_of):
    phone = phone_of(companion)
    says(talk, client_user)
    services.write_notices()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('notices'))")
    assert failures(at_once(services.tell_due)) == []
    assert phone.shown == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext('notices'))")
    services.tell_due()
    assert len(phone.shown) == 1
