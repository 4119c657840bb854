"""While somebody finds out what happened at a meeting, its money stays here, and that of what was laid out there."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moderation import services as moderation
from moderation.models import ReviewCase
from payments.services import held_refs
from safety import services
from safety.services import overdue
from safety.services.moments import RAISE_AFTER_MS
from tests.disputes import INQUIRY, disputed, won
from tests.extras.asking import asked
from tests.safety.moments import run_out

pytestmark = pytest.mark.django_db


def decide(moderator) -> None:
    case = ReviewCase.objects.get()
    moderation.decide(case=case, by=moderator, approve=True, reason="她安全到家。")


def test_a_call_for_help_holds_it_until_it_is_decided(running, moderator):
    assert held_refs([running.pk, uuid4()]) == set()
    services.raise_alarm(booking=running, by=running.client)
    assert held_refs([running.pk, uuid4()]) == {running.pk}
    decide(moderator)
    assert held_refs([running.pk]) == set()


def test_so_does_a_missing_answer(running):
    over = run_out(running)
    overdue.look(now_ms=over.ended_ms + RAISE_AFTER_MS)
    assert held_refs([over.pk]) == {over.pk}


def test_so_do_a_question_of_a_bank_and_a_dispute_until_it_is_won(running):
    disputed(running, **INQUIRY)
    assert held_refs([running.pk]) == {running.pk}
    won(running)
    assert held_refs([running.pk]) == set()


def test_an_extra_is_held_with_its_booking(running):
    extra = asked(running)
    assert held_refs([extra.pk]) == set()
    services.raise_alarm(booking=running, by=running.client)
    assert held_refs([extra.pk, running.pk]) == {extra.pk, running.pk}


def test_more_of_them_are_not_more_queries(running):
    extra = asked(running)

    def queries(refs) -> int:
        with CaptureQueriesContext(connection) as captured:
            held_refs(refs)
        return len(captured)

    assert queries([running.pk, extra.pk]) == queries([running.pk, extra.pk, *(uuid4() for _ in range(50))])
