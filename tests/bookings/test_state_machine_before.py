"""Two clients and two companions, from the form to the first words or to the money back, beside the plain model
(order_model.py): who may order, pay, accept, decline, cancel and end when, and what becomes of it when nobody does.

What the clock does once it runs is told in test_state_machine.py.
"""

from itertools import compress
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bookings import services
from bookings.models import Booking
from payments.models import Payment
from tests.bookings.machines import Machine, refused, run, sent_back
from tests.bookings.order_model import MINUTE, Order, Orders
from tests.cast import a_listing, a_user
from tests.orders import pay, speak

# Mostly in time: three minutes to accept, three to speak, half an hour to pay.
SOON = st.integers(0, 20_000)
WAIT = st.one_of(*[SOON] * 8, st.integers(0, 4 * MINUTE), st.integers(0, 70 * MINUTE))
WHICH = st.integers(0, 5)
FEN_PER_HOUR = 1999
MOST_ORDERS = 8
# Which side may ask for what; None: both. Who may not is another story (test_lifecycle).
SIDES = {"accept": False, "decline": False, "cancel": None, "end": None}
FIRST = [("lin", "shanshan"), ("zhao", "shanshan"), ("lin", "liubing")]
PAIRS = st.tuples(st.sampled_from(["lin", "zhao"]), st.sampled_from(["shanshan", "liubing"]))


class UntilTheClockRuns(Machine):
    @initialize(paid=st.lists(st.booleans(), min_size=len(FIRST), max_size=len(FIRST)))
    def both_want_her_and_one_wants_two(self, paid):
        self.begin()
        self.clients = {name: a_user(f"c{uuid4().hex[:10]}") for name in ("lin", "zhao")}
        self.listings = {name: a_listing(f"h{uuid4().hex[:10]}", FEN_PER_HOUR) for name in ("shanshan", "liubing")}
        self.bookings: dict[Order, Booking] = {}
        minutes = {"to_pay": 30, "to_answer": 3, "to_speak": 3}
        limits = {name: limit * MINUTE for name, limit in minutes.items()}
        self.model = Orders(**limits, lag=45_000, fen_per_hour=FEN_PER_HOUR)
        orders = [self.orders(pair, 30) for pair in FIRST]
        for order in compress(orders, paid):
            self.pays(order)

    def comes(self, wait: int) -> int:
        """Somebody does what a tick by now may forbid or allow: there is one each second."""
        now = self.goes_on(wait)
        self.tick()
        return now

    @property
    def unpaid(self) -> list[Order]:
        return [order for order in self.model.all if not order.paid]

    def some(self, state: str) -> list[Order]:
        return [order for order in self.model.all if order.state == state]

    @rule(wait=WAIT, pair=PAIRS, minutes=st.sampled_from([30, 60]))
    @precondition(lambda self: len(self.model.all) < MOST_ORDERS)
    def one_orders(self, wait, pair, minutes):
        self.comes(wait)
        self.orders(pair, minutes)

    @rule(wait=WAIT, which=WHICH)
    @precondition(lambda self: self.unpaid)
    def the_money_comes(self, wait, which):
        """It may be over by then."""
        self.goes_on(wait)
        self.pays(taken(self.unpaid, which))

    @rule(wait=WAIT, which=WHICH, how=st.sampled_from(["accept", "accept", "accept", "decline", "cancel"]))
    @precondition(lambda self: self.some("requested"))
    def one_answers(self, wait, which, how):
        self.comes(wait)
        self.asks(taken(self.some("requested"), which), how, by_client=how == "cancel")

    @rule(
        wait=WAIT,
        which=WHICH,
        how=st.sampled_from(["speak", "speak", "speak", "cancel", "decline"]),
        side=st.booleans(),
    )
    @precondition(lambda self: self.some("accepted"))
    def one_begins_or_leaves(self, wait, which, how, side):
        self.comes(wait)
        order = taken(self.some("accepted"), which)
        if how == "speak":
            self.speaks(order)
        else:
            self.asks(order, how, by_client=side)

    @rule(wait=WAIT, which=WHICH, by_client=st.booleans())
    @precondition(lambda self: self.some("live"))
    def one_ends_it(self, wait, which, by_client):
        self.goes_on(wait)
        self.asks(taken(self.some("live"), which), "end", by_client=by_client)

    @rule(wait=WAIT, which=WHICH, what=st.sampled_from(["pay", "speak", *SIDES]), by_client=st.booleans())
    @precondition(lambda self: self.model.all)
    def one_acts_out_of_turn(self, wait, which, what, by_client):
        self.comes(wait)
        order = taken(self.model.all, which)
        if what in SIDES:
            self.asks(order, what, by_client=by_client if SIDES[what] is None else SIDES[what])
        elif what == "pay":
            self.pays(order)
        else:
            self.speaks(order)

    def orders(self, pair: tuple[str, str], minutes: int) -> Order | None:
        client, companion = pair
        asked = {"by": self.clients[client], "listing": self.listings[companion], "minutes": minutes}
        asked["request_key"] = uuid4()
        why = self.model.why_not(client, companion, self.now)
        assert name_of(refused(services.order, **asked)) == why
        if why:
            return None
        order = self.model.order(client, companion, minutes, self.now)
        # The same click again.
        self.bookings[order] = services.order(**asked)
        return order

    def pays(self, order: Order) -> None:
        self.model.pay(order, self.now)
        for _twice in range(2):
            pay(self.bookings[order])
            services.paid(ref=self.bookings[order].pk)

    def speaks(self, order: Order) -> None:
        self.model.speaks(order, self.now)
        for _twice in range(2):
            speak(self.bookings[order].pk, companion=True, now_ms=self.now)

    def asks(self, order: Order, what: str, *, by_client: bool) -> None:
        """Twice: done once, and the second time as the model says."""
        booking = self.bookings[order]
        by = booking.client if by_client else booking.companion
        for _twice in range(2):
            why = getattr(self.model, what)(order, self.now, by_client)
            assert name_of(refused(getattr(services, what), booking=booking, by=by)) == why

    @rule(wait=WAIT, late=st.integers(0, 40 * MINUTE), times=st.integers(1, 3))
    def ticks(self, wait, late, times):
        self.goes_on(wait)
        for _ in range(times):
            self.tick(late)

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


def taken(orders: list[Order], which: int) -> Order:
    return orders[which % len(orders)]


def name_of(refusal: type | None) -> str | None:
    return refusal and refusal.__name__


def test_orders_are_where_the_model_is(db):
    run(UntilTheClockRuns, examples=25, steps=30)
