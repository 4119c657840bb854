"""Whatever two people do, and however the ticks fall, the bill is that of the plain model (meter_model.py).

The six groups of rules, looked at after every step: the books balance; charges are one chain that adds up to the price;
nothing is billed beyond what is granted; settled leaves nothing behind; any schedule of ticks ends in the same ledger;
each command twice is once, and what is over stays over.
"""

import copy
from contextlib import ExitStack, suppress
from uuid import uuid4

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bookings import services
from bookings.errors import NoRoomForMore, NotPossibleNow
from bookings.models import Booking, Extension, State
from bookings.services.price import cost_of
from common.clock import database_now_ms
from payments.models import Refund, Transfer
from payments.services import money_of
from payments.services.books import check_books
from tests.bookings.meter_model import Model
from tests.cast import a_listing, a_user
from tests.clock import clock_in_hand, set_clock
from tests.orders import MINUTE, accepted, note_absence, note_return, pay_on_top, speak

WAIT = st.one_of(st.integers(0, 3000), st.integers(0, MINUTE + 5000), st.integers(0, 12 * MINUTE))
LENGTHS = st.sampled_from([15, 30, 60])
OVER = (State.SETTLED, State.NO_SHOW)


class TwoPeople(RuleBasedStateMachine):
    @initialize(price=st.sampled_from([1000, 1999, 2000, 3337, 30_000]))
    def an_accepted_order(self, price):
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.enter_context(clock_in_hand())
        self.now = database_now_ms()
        set_clock(self.now)
        listing = a_listing(f"h{uuid4().hex[:10]}", price)
        self.booking = accepted(a_user(f"c{uuid4().hex[:10]}"), listing)
        terms = self.booking.terms
        self.model = Model(
            granted=self.booking.granted_ms,
            promise=terms.promise_ms,
            absence_limit=terms.pause_limit_ms,
            pause_limit=terms.client_pause_limit_ms,
            companion_grace=terms.companion_grace_ms,
            client_grace=terms.client_grace_ms,
            lag=45_000,
        )
        self.unpaid: list[Extension] = []

    def teardown(self):
        if hasattr(self, "stack"):
            with suppress(Exception):
                transaction.set_rollback(True)
            self.stack.close()

    def goes_on(self, wait: int) -> int:
        self.now += wait
        set_clock(self.now)
        return self.now

    @property
    def row(self) -> Booking:
        return Booking.objects.select_related("terms").get(pk=self.booking.pk)

    @property
    def has_begun(self) -> bool:
        return self.model.state != "accepted"

    @rule(wait=st.integers(0, 100_000))
    @precondition(lambda self: not self.has_begun)
    def first_words(self, wait):
        # Within the window: what comes after it is another story (test_lifecycle).
        now = self.goes_on(min(wait, 170_000 - (self.now - self.booking.due_ms + 180_000)))
        self.model.companion_writes(now)
        speak(self.booking.pk, companion=True, now_ms=now)

    @rule(wait=WAIT)
    @precondition(lambda self: self.has_begun)
    def companion_writes(self, wait):
        now = self.goes_on(wait)
        self.model.companion_writes(now)
        speak(self.booking.pk, companion=True, now_ms=now)

    @rule(wait=WAIT)
    @precondition(lambda self: self.has_begun)
    def client_writes(self, wait):
        now = self.goes_on(wait)
        self.model.client_writes(now)
        speak(self.booking.pk, companion=False, now_ms=now)

    @rule(wait=WAIT)
    @precondition(lambda self: self.has_begun)
    def client_pauses(self, wait):
        now = self.goes_on(wait)
        was_paused = self.model.reason == "client"
        self.model.advance(now)
        may = self.model.client_pauses(now) or (was_paused and self.model.reason == "client")
        for _twice in range(2):
            assert self.done(services.pause) == may

    @rule(wait=WAIT)
    @precondition(lambda self: self.has_begun)
    def client_resumes(self, wait):
        now = self.goes_on(wait)
        may = self.model.client_resumes(now)
        for _twice in range(2):
            assert self.done(services.resume) == may

    @rule(wait=WAIT, by_client=st.booleans())
    @precondition(lambda self: self.has_begun)
    def one_ends_it(self, wait, by_client):
        now = self.goes_on(wait)
        self.model.ends(now)
        by = self.booking.client if by_client else self.booking.companion
        for _twice in range(2):
            services.end(booking=self.booking, by=by)

    @rule(wait=WAIT, minutes=LENGTHS)
    @precondition(lambda self: self.has_begun)
    def client_asks_for_more(self, wait, minutes):
        self.goes_on(wait)
        with suppress(NotPossibleNow, NoRoomForMore):
            asked = {"booking": self.booking, "by": self.booking.client, "minutes": minutes, "request_key": uuid4()}
            first, again = (services.extend(**asked) for _twice in range(2))
            assert first == again
            self.unpaid.append(first)

    @rule(wait=WAIT)
    @precondition(lambda self: self.unpaid)
    def the_money_for_it_comes(self, wait):
        now = self.goes_on(wait)
        extension = self.unpaid.pop()
        extension.refresh_from_db()
        was_open = extension.state == Extension.State.OPEN
        may = was_open and self.model.pays_for(extension.granted_ms, now)
        pay_on_top(extension)
        services.paid_on_top(ref=self.booking.pk, seq=extension.payment_seq)
        extension.refresh_from_db()
        assert (extension.state == Extension.State.GRANTED) == may

    @rule(wait=WAIT, ago=st.integers(30_000, 44_000))
    @precondition(lambda self: self.has_begun)
    def companion_was_away(self, wait, ago):
        now = self.goes_on(wait)
        self.model.companion_was_last_seen(now - ago, now)
        for _twice in range(2):
            note_absence(self.booking.companion_id, now - ago, now)

    @rule(wait=WAIT, ago=st.integers(180_000, 224_000))
    @precondition(lambda self: self.has_begun)
    def client_was_away(self, wait, ago):
        now = self.goes_on(wait)
        self.model.client_was_last_seen(now - ago, now)
        for _twice in range(2):
            note_absence(self.booking.client_id, now - ago, now)

    @rule(wait=WAIT, who=st.sampled_from(["companion", "client"]))
    @precondition(lambda self: self.has_begun)
    def one_comes_back(self, wait, who):
        now = self.goes_on(wait)
        self.model.comes_back(who, now)
        for _twice in range(2):
            note_return(getattr(self.booking, f"{who}_id"), now)

    @rule(late=st.integers(0, 10 * MINUTE), times=st.integers(1, 3))
    @precondition(lambda self: self.has_begun)
    def ticks(self, late, times):
        """Doubled, and of a time that has passed: what a late or reordered tick would have seen."""
        for _ in range(times):
            services.sweep(now_ms=self.now - late)
            services.run_due(now_ms=self.now - late)

    def done(self, act) -> bool:
        try:
            act(booking=self.booking, by=self.booking.client)
        except NotPossibleNow:
            return False
        return True

    @invariant()
    def the_books_balance(self):
        if hasattr(self, "booking"):
            assert check_books(with_stripe=False) == []

    @invariant()
    def the_bill_is_the_models(self):
        if hasattr(self, "booking") and self.has_begun:
            served = copy.deepcopy(self.model)
            served.advance(self.now)
            running = max(0, self.now - served.since) if served.state == "live" else 0
            bill = services.bill_of(self.row, now_ms=self.now)
            assert (bill.served_ms, bill.prepaid) == (
                served.lived + running,
                cost_of(self.row.terms, served.granted // MINUTE),
            )

    @invariant()
    def nothing_is_billed_that_was_not_granted(self):
        if hasattr(self, "booking"):
            row = self.row
            assert row.billed_min * MINUTE <= row.granted_ms
            assert row.state != State.EXHAUSTED or row.ended_ms == self.ended_at_deadline()

    def ended_at_deadline(self) -> int:
        return self.model_at_end().ended

    def model_at_end(self) -> Model:
        model = copy.deepcopy(self.model)
        model.advance(self.now)
        return model

    @rule(how=st.sampled_from(["once", "slowly"]))
    @precondition(lambda self: self.has_begun)
    def time_passes_and_it_is_settled(self, how):
        """One tick at the very end, or one a minute: the ledger is the same, and nothing is left in it."""
        end = self.now + 3 * 60 * MINUTE
        for moment in [end] if how == "once" else range(self.now, end, 3 * MINUTE):
            services.sweep(now_ms=moment)
            services.run_due(now_ms=moment)
        self.goes_on(3 * 60 * MINUTE)
        services.sweep()
        services.run_due()
        self.model.advance(self.now)
        row = self.row
        cost = cost_of(row.terms, self.model.minutes)
        paid = sum(payment.amount for payment in money_of(ref=row.pk).payments if payment.status == "succeeded")
        back = sum(Refund.objects.filter(ref=row.pk).values_list("amount", flat=True))
        earned = Transfer.objects.filter(ref=row.pk, kind__in=["settle_companion", "settle_fee"])
        assert (row.state, row.closed_ms, paid - back) == (State.SETTLED, self.model.lived, cost)
        assert sum(earned.values_list("amount", flat=True)) == cost
        assert (row.hold_account.balance, row.earned_account.balance) == (0, 0)


def test_the_meter_is_the_model(db):
    run_state_machine_as_test(
        TwoPeople,
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
