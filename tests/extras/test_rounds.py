"""Rounds beside each other, and beside people: they share rows, wait for nobody, and what fails is told."""

import logging
import time
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection

from accounts import services as accounts
from extras import services
from extras.models import OPEN_MS, Extra
from extras.services import answering
from payments import services as payments
from payments.models import Payment
from tests.extras.asking import money_comes, opened
from tests.extras.test_races import decline, lapse, outcome, take_back
from tests.rivals import rival, rows_unlocked
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(caplog) -> Callable[[], list[str]]:
    """What a round had to leave to the next one."""
    caplog.set_level(logging.ERROR)
    return lambda: [record.getMessage() for record in caplog.records if "in the next round" in record.getMessage()]


def round_of(extra: Extra) -> Callable[[], int]:
    return partial(services.lapse_due, now_ms=extra.asked_ms + OPEN_MS)


class TestTwoRounds:
    def test_let_it_lapse_once(self, extra, told):
        results = at_once(*[round_of(extra)] * 8)
        assert failures(results) == [] and sum(results) == 1 and told() == []

    def second(self, extra: Extra) -> int:
        """It comes and goes while the first has not written yet what it does."""
        with rival(round_of(extra)) as meanwhile:
            return meanwhile(round_of(extra))()

    def test_the_second_passes_by_what_the_first_has(self, extra, told):
        assert self.second(extra) == 0 and told() == []

    def test_control_without_the_lock_it_stands_before_the_row(self, extra, told):
        with rows_unlocked(Extra):
            assert self.second(extra) == 0
        assert len(told()) == 1

    def test_one_waits_for_no_hanging_payment(self, extra, told):
        payment = opened(extra)
        with rival(lambda: Payment.objects.select_for_update().get(pk=payment.pk)) as meanwhile:
            started = time.monotonic()
            assert meanwhile(round_of(extra))() == 0
            assert time.monotonic() - started < 2
        assert len(told()) == 1 and round_of(extra)() == 1

    def test_control_without_its_impatience_it_would(self, extra, monkeypatch):
        limits: list[int] = []

        def asks(*, ref) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT setting::integer FROM pg_settings WHERE name = 'lock_timeout'")
                limits.extend(cursor.fetchone())

        monkeypatch.setattr(answering, "be_impatient", lambda: None)
        monkeypatch.setattr(payments, "abandon", asks)
        assert round_of(extra)() == 1 and limits[0] > 2000


class TestABlockBesideAnAnswer:
    def blocked_meanwhile(self, extra: Extra, answer: Callable[[Extra], None]) -> Callable:
        booking = extra.booking
        with rival(partial(answer, extra)) as meanwhile:
            return meanwhile(partial(accounts.block, by=booking.client, other=booking.companion))

    @pytest.mark.parametrize(("answer", "state"), [(take_back, "withdrawn"), (lapse, "lapsed")])
    def test_waits_and_finds_it_answered(self, extra, answer, state):
        self.blocked_meanwhile(extra, answer)()
        extra.refresh_from_db()
        assert extra.state == state

    def test_control_without_the_lock_it_decides_once_more(self, extra):
        with rows_unlocked(Extra), pytest.raises(IntegrityError, match="extras are kept"):
            self.blocked_meanwhile(extra, take_back)()


class TestMoneyAmidAnAnswer:
    """Who answers has the extra and wants its payments; so the money takes the extra before its payments too."""

    def declined_meanwhile(self, extra: Extra) -> list[object]:
        payment, coming, abandon = opened(extra), [], payments.abandon

        def then(*, ref) -> None:
            coming.append(meanwhile(partial(money_comes, payment)))
            abandon(ref=ref)

        with rival(lambda: None) as meanwhile, patch.object(payments, "abandon", then):
            decline(extra)
        return coming[0]()

    def test_waits_for_the_answer_and_goes_back(self, extra):
        self.declined_meanwhile(extra)
        assert outcome(extra) == ("declined", False, True)

    def test_control_payments_first_would_be_a_deadlock(self, extra):
        two = {"payer_id": extra.booking.client_id, "companion_id": extra.booking.companion_id}

        def payments_alone(*, ref) -> None:
            payments.lock_passing(ref=ref, **two)

        with patch.object(services, "hold_money", payments_alone), pytest.raises(OperationalError, match="deadlock"):
            self.declined_meanwhile(extra)
