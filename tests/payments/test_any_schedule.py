"""However webhooks come, and whether they come, an order's money ends as if each had come at once and in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import stripe
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import tasks
from payments.gateway.by_stripe import StripeProvider, companions
from payments.gateway.values import AccountState
from payments.models import Refund, StripeEvent
from payments.services import refunds
from tests.payments.scheduled_story import ByCard, ByWallet, Refused, ScheduledStory, Won
from tests.payments.schedules import NEVER, AtOnce, Drawn
from tests.payments.serving import all_is_well

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.books_differ("each example is held to it while it lasts, and then only Stripe remembers it"),
]
STORIES = [ByCard, Won, ByWallet, Refused]
some = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def no_quiet_times(monkeypatch, at_once) -> None:
    for name in ("QUIET_PAYMENT", "QUIET_REFUND", "QUIET_DISPUTE"):
        monkeypatch.setattr(tasks, name, timedelta(0))


@pytest.fixture
def told(stand_in, client_user, companion, no_quiet_times):
    """How such a story ends by such a schedule. Nothing of it stays."""

    def tell(kind: type[ScheduledStory], schedule: AtOnce) -> dict[str, object]:
        stand_in.control("reset")
        with forgotten():
            ended = kind(stand_in, client_user, companion).told_by(schedule)
            assert not StripeEvent.objects.filter(processed_at=None).exists()
            all_is_well()
        return ended

    return tell


@contextmanager
def forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", STORIES)
def test_it_ends_as_if_all_had_come_at_once_and_in_order(told, kind):
    expected = told(kind, AtOnce())

    @some
    @given(data=st.data())
    def holds(data):
        assert told(kind, Drawn(data.draw)) == expected

    holds()


class Doubled(AtOnce):
    def times(self) -> int:
        return 2


class Lost(AtOnce):
    def delay(self) -> int:
        return NEVER


class Late(AtOnce):
    """What she was asked for is heard of just before she is paid, that she has given it just after that."""

    def delay(self) -> int:
        return 4


def believe_events(monkeypatch) -> None:
    """What an event says of an account is the answer to the question that follows from it."""
    said: dict[str, AccountState] = {}
    notice, asked = StripeProvider.notice, StripeProvider.retrieve_account

    def listen(self, payload):
        body = payload["data"]["object"]
        if body["object"] == "account":
            said[body["id"]] = companions._account(stripe.Account.construct_from(body, None))
        return notice(self, payload)

    def believe(self, account_id):
        return said.pop(account_id, None) or asked(self, account_id)

    monkeypatch.setattr(StripeProvider, "notice", listen)
    monkeypatch.setattr(StripeProvider, "retrieve_account", believe)


class TestWithSomethingOfItOff:
    """Negative controls: a schedule by which it then ends otherwise, and does not as it is."""

    @pytest.fixture(autouse=True)
    def as_it_is(self, told):
        self.told = told

    def ends_otherwise(self, kind: type[ScheduledStory], schedule: AtOnce, expected: dict[str, object]) -> bool:
        try:
            return self.told(kind, schedule) != expected
        except (AssertionError, DatabaseError):
            return True

    def test_who_forgets_what_a_refund_was_books_its_failure_twice(self, monkeypatch):
        expected = self.told(Refused, Doubled())
        locked = refunds._locked

        def forgetful(refund_id: int) -> Refund:
            refund = locked(refund_id)
            refund.status = Refund.Status.REQUESTED
            return refund

        monkeypatch.setattr(refunds, "_locked", forgetful)
        assert self.ends_otherwise(Refused, Doubled(), expected)

    def test_who_fetches_nothing_later_hears_of_no_dispute_whose_webhooks_were_lost(self, monkeypatch):
        expected = self.told(ByCard, Lost())
        monkeypatch.setattr(StripeProvider, "undelivered", lambda self, since_s: iter(()))
        assert self.ends_otherwise(ByCard, Lost(), expected)

    def test_who_believes_an_event_does_not_pay_whose_account_is_in_order(self, monkeypatch):
        expected = self.told(ByCard, Late())
        believe_events(monkeypatch)
        assert self.ends_otherwise(ByCard, Late(), expected)

    def test_who_checks_no_signature_takes_what_was_forged(self, monkeypatch):
        class WithForgery(AtOnce):
            def intruders(self) -> list[str]:
                return ["forged"]

        expected = self.told(ByWallet, WithForgery())
        monkeypatch.setattr(stripe.WebhookSignature, "verify_header", lambda *_: True)
        assert self.ends_otherwise(ByWallet, WithForgery(), expected)
