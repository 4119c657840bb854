"""Two clients and two companions, from the form to the first words or to the money back, beside the plain model
(order_model.py): who may order, pay, accept, decline, cancel and end when, and what becomes of it when nobody does.

What the clock does once it runs is told in test_state_machine.py.
"""

from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from bookings import services
from bookings.models import Booking
from payments.models import Payment
from tests.bookings.machines import Machine, refused, run, sent_back
from tests.bookings.order_model import MINUTE, Order, Orders
from tests.cast import a_listing, a_user
from tests.orders import pay, speak

SOON = st.integers(0, 100_000)
WAIT = st.one_of(st.just(0), SOON, SOON, st.integers(0, 5 * MINUTE), st.integers(0, 40 * MINUTE))
FEN_PER_HOUR = 1999
PAIRS = st.tuples(st.sampled_from(["lin", "zhao"]), st.sampled_from(["shanshan", "liubing"]))


class UntilTheClockRuns(Machine):
    placed = Bundle("placed")

    @initialize()
    def nobody_has_ordered(self):
        self.begin()
        self.clients = {name: a_user(f"c{uuid4().hex[:10]}") for name in ("lin", "zhao")}
        self.listings = {name: a_listing(f"h{uuid4().hex[:10]}", FEN_PER_HOUR) for name in ("shanshan", "liubing")}
        self.bookings: dict[Order, Booking] = {}
        minutes = {"to_pay": 30, "to_answer": 3, "to_speak": 3}
        limits = {name: limit * MINUTE for name, limit in minutes.items()}
        self.model = Orders(**limits, lag=45_000, fen_per_hour=FEN_PER_HOUR)

    def comes(self, wait: int) -> int:
        """Somebody does what a tick by now may forbid or allow: there is one each second."""
        now = self.goes_on(wait)
        self.tick()
        return now

    @rule(target=placed, wait=WAIT, pair=PAIRS, minutes=st.sampled_from([30, 60]))
    def one_orders(self, wait, pair, minutes):
        now = self.comes(wait)
        client, companion = pair
        asked = {"by": self.clients[client], "listing": self.listings[companion], "minutes": minutes}
        asked["request_key"] = uuid4()
        why = self.model.why_not(client, companion, now)
        assert name_of(refused(services.order, **asked)) == why
        if why:
            return multiple()
        order = self.model.order(client, companion, minutes, now)
        # The same click again.
        self.bookings[order] = services.order(**asked)
        return order

    @rule(wait=WAIT, order=placed)
    def the_money_comes(self, wait, order):
        now = self.goes_on(wait)
        self.model.pay(order, now)
        for _twice in range(2):
            pay(self.bookings[order])
            services.paid(ref=self.bookings[order].pk)

    @rule(wait=WAIT, order=placed, how=st.sampled_from(["accept", "accept", "decline"]))
    def she_answers(self, wait, order, how):
        """Twice is refused: it does not wait for an answer any more."""
        now = self.comes(wait)
        for _twice in range(2):
            why = getattr(self.model, how)(order, now)
            assert self.refusal(order, how, by_client=False) == why

    @rule(wait=WAIT, order=placed, by_client=st.booleans())
    def one_cancels(self, wait, order, by_client):
        now = self.comes(wait)
        for _twice in range(2):
            why = self.model.cancel(order, by_client, now)
            assert self.refusal(order, "cancel", by_client=by_client) == why

    @rule(wait=WAIT, order=placed)
    def she_speaks(self, wait, order):
        now = self.goes_on(wait)
        self.model.speaks(order, now)
        for _twice in range(2):
            speak(self.bookings[order].pk, companion=True, now_ms=now)

    @rule(wait=WAIT, order=placed, by_client=st.booleans())
    def one_ends_it(self, wait, order, by_client):
        now = self.goes_on(wait)
        for _twice in range(2):
            why = self.model.end(order, now)
            assert self.refusal(order, "end", by_client=by_client) == why

    @rule(wait=WAIT, late=st.integers(0, 40 * MINUTE), times=st.integers(1, 3))
    def ticks(self, wait, late, times):
        self.goes_on(wait)
        for _ in range(times):
            self.tick(late)

    def refusal(self, order: Order, what: str, *, by_client: bool) -> str | None:
        booking = self.bookings[order]
        by = booking.client if by_client else booking.companion
        return name_of(refused(getattr(services, what), booking=booking, by=by))

    @invariant()
    def each_order_is_where_the_model_is(self):
        self.model.advance(self.now)
        with self.all_ticked():
            found = {order: self.seen(booking) for order, booking in self.bookings.items()}
        told = {order: (order.state, order.ended, order.paid, self.model.back(order)) for order in self.model.all}
        assert found == told
        assert Booking.objects.filter(client__in=self.clients.values()).count() == len(told)

    def seen(self, booking: Booking) -> tuple:
        row = Booking.objects.get(pk=booking.pk)
        paid = Payment.objects.filter(ref=row.pk, status="succeeded").values_list("amount", flat=True)
        return row.state, row.ended_ms, sum(paid), sent_back(row.pk)


def name_of(refusal: type | None) -> str | None:
    return refusal and refusal.__name__


def test_orders_are_where_the_model_is(db):
    run(UntilTheClockRuns, examples=20, steps=25)
