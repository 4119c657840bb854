"""Two who meet in person, beside the plain model (meeting_model.py): codes in time, early and sent late, overtime asked
for, paid, dropped and paid too late, every way to end, to cancel and not to come; what each of it costs.
"""

from datetime import timedelta
from uuid import uuid4

from django.db.models import Max, Min, Sum
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bookings import services
from bookings.models import Booking, Extension, MeetingCode, Segment, State
from common.clock import moment
from payments.models import Transfer
from tests.bookings.machines import Machine, refused, run, sent_back
from tests.bookings.meeting_model import HOUR, LAST_DAY, LATE, MINUTE, Visit
from tests.cast import a_user
from tests.orders import pay_on_top
from tests.visits import a_place, agreed, another

LAG_MS = 45_000
# To a border to the millisecond, around it, or anywhere.
NEAR = st.one_of(st.integers(-1, 1), st.integers(-20 * MINUTE, 20 * MINUTE))
BORDERS = st.sampled_from(["a day before", "an hour before", "agreed", "no-show", "included", "deadline", "settled"])
WAIT = st.one_of(st.integers(0, 10_000), st.integers(0, 70 * MINUTE))
AGE = st.one_of(st.just(0), st.integers(0, 80 * MINUTE), st.integers(2 * HOUR - 1, 2 * HOUR + 1), st.just(10**12))
MORE = st.sampled_from([30, 60])
PRICES = {"clinic": {"price_fen": 29_999, "overtime_fen": 3_333}, "dining": {"price_fen": 5_999}}


class TwoWhoMeet(Machine):
    @initialize(kind=st.sampled_from(["clinic", "clinic", "dining"]), begun=st.booleans(), age=AGE)
    def they_have_agreed(self, kind, begun, age):
        self.begin()
        starts_at = (timezone.now() + timedelta(hours=52)).replace(minute=30, second=0, microsecond=0)
        place = a_place(f"h{uuid4().hex[:10]}", kind=kind, **PRICES[kind])
        self.booking = agreed(a_user(f"c{uuid4().hex[:10]}"), place, starts_at=starts_at)
        terms = self.booking.terms
        self.model = Visit(
            starts=self.booking.starts_ms,
            price=PRICES[kind]["price_fen"],
            included=240,
            overtime=PRICES[kind].get("overtime_fen"),
            granted=self.booking.granted_ms,
            paid=terms.prepaid_fen,
            lag=LAG_MS,
        )
        if begun:
            self.goes_on(self.model.starts - self.now)
            self.she_types_the_start_code(age)

    def of(self, who: str) -> dict:
        return {"booking": self.booking, "by": getattr(self.booking, who)}

    def twice(self, why: str | None, act, **asked) -> None:
        """Done once, and said the same again."""
        for _ in range(2):
            found = refused(act, **asked)
            assert (found and found.__name__) == why

    @rule(wait=WAIT)
    def time_passes(self, wait):
        self.goes_on(wait)

    @rule(border=BORDERS, near=NEAR)
    def it_is_nearly_time(self, border, near):
        began = self.model.since if self.model.since is not None else self.model.starts
        borders = {
            "a day before": self.model.starts - LAST_DAY,
            "an hour before": self.model.starts - HOUR,
            "agreed": self.model.starts,
            "no-show": self.model.starts + LATE,
            "included": began + 4 * HOUR,
            "deadline": began + self.model.granted,
            "settled": (self.model.settles or self.now),
        }
        self.goes_on(max(0, borders[border] + near - self.now))

    @rule(late=st.integers(0, 3 * HOUR), times=st.integers(1, 3))
    def ticks(self, late, times):
        for _ in range(times):
            self.tick(late)

    @rule(by_client=st.booleans())
    def one_is_there(self, by_client):
        why = self.model.comes(self.now, by_client)
        self.twice(why, services.arrive, **self.of("client" if by_client else "companion"))

    @rule()
    @precondition(lambda self: self.model.state in ("accepted", "live"))
    def he_looks_at_his_code(self):
        self.model.advance(self.now)
        purpose = {"accepted": "start", "live": "end"}.get(self.model.state)
        if purpose:
            self.look(purpose)

    def look(self, purpose: str) -> str:
        """His page shows it; what she types is what it shows, or anything where it shows nothing."""
        found = MeetingCode.objects.filter(booking=self.booking, purpose=purpose).order_by("-number").first()
        if found is None and self.model.state == {"start": "accepted", "end": "live"}[purpose]:
            self.tick()
            services.code_of(booking=self.row, by=self.booking.client, purpose=purpose)
            found = MeetingCode.objects.get(booking=self.booking, purpose=purpose)
            MeetingCode.objects.filter(pk=found.pk).update(created_at=moment(self.now))
            self.model.shown[purpose] = self.now
        return found.digits if found else "000000"

    @rule(age=AGE)
    def she_types_the_start_code(self, age):
        self.model.advance(self.now)
        sent = {"digits": self.look("start"), "age_ms": age, "request_key": uuid4()}
        why = self.model.start(self.now, age)
        self.twice(why, services.enter_code, **self.of("companion"), purpose="start", **sent)

    @rule(age=AGE)
    @precondition(lambda self: self.model.since is not None)
    def she_types_the_end_code(self, age):
        self.model.advance(self.now)
        sent = {"digits": self.look("end"), "age_ms": age, "request_key": uuid4()}
        why = self.model.end_by_code(self.now, age)
        self.twice(why, services.enter_code, **self.of("companion"), purpose="end", **sent)

    @rule(age=AGE)
    @precondition(lambda self: self.model.state == "accepted" and self.model.shown)
    def she_mistypes_it(self, age):
        self.model.advance(self.now)
        newest = MeetingCode.objects.filter(booking=self.booking, purpose="start").latest("number")
        if self.model.state != "accepted" or self.now < self.model.starts - HOUR or newest.tries > 2:
            return
        sent = {"digits": another(newest.digits), "age_ms": age, "request_key": uuid4()}
        self.twice("WrongCode", services.enter_code, **self.of("companion"), purpose="start", **sent)
        assert MeetingCode.objects.get(pk=newest.pk).tries == newest.tries + 1

    @rule()
    @precondition(lambda self: self.model.since is not None)
    def he_ends_it(self):
        self.twice(self.model.end_by_client(self.now), services.end, **self.of("client"))

    @rule(by_client=st.booleans())
    @precondition(lambda self: self.model.state != "accepted" or self.now > self.model.starts - 25 * HOUR)
    def one_cancels(self, by_client):
        # Cancelled before a sweep has come by, a missed one is closed as by the sweep, and no error.
        self.tick()
        why = self.model.cancel(self.now, by_client)
        self.twice(why, services.cancel, **self.of("client" if by_client else "companion"))

    @rule(minutes=MORE)
    @precondition(lambda self: self.model.since is not None)
    def she_asks_for_more(self, minutes):
        why = self.model.asks_for_more(self.now)
        self.twice(why, services.ask_for_more, **self.of("companion"), minutes=minutes, request_key=uuid4())

    @rule(minutes=MORE)
    @precondition(lambda self: self.model.since is not None)
    def he_wants_more(self, minutes):
        why = self.model.wants_more(self.now)
        self.twice(why, services.extend, **self.of("client"), minutes=minutes, request_key=uuid4())
        if why is None:
            newest = self.extensions().latest("pk")
            assert newest.amount_fen == self.model.price_of_more(minutes)

    @rule(minutes=MORE)
    @precondition(lambda self: self.model.since is not None)
    def he_wants_more_and_pays(self, minutes):
        self.he_wants_more(minutes)
        if self.model.waits == "open":
            self.money_for_more_comes(0)

    def extensions(self):
        return Extension.objects.filter(booking=self.booking)

    @rule()
    @precondition(lambda self: self.model.waits)
    def he_does_not_want_it(self):
        self.model.drops(self.now)
        for _twice in range(2):
            services.drop_extension(extension=self.extensions().latest("pk"), by=self.booking.client)

    @rule(which=st.integers(0, 3))
    @precondition(lambda self: self.extensions().filter(payment_seq__isnull=False).exists())
    def money_for_more_comes(self, which):
        """Of the newest mostly, or of one that has been dropped since; never twice."""
        paid = Transfer.objects.filter(ref=self.booking.pk, kind="payment").values("seq")
        of = self.extensions().filter(payment_seq__isnull=False).exclude(payment_seq__in=paid).order_by("-pk")
        if not of:
            return
        extension = of[which if which < len(of) else 0]
        self.model.advance(self.now)
        waits = self.model.waits == "open" and extension == self.extensions().latest("pk")
        granted = self.model.pays(self.now, extension.minutes, extension.amount_fen, waits)
        for _twice in range(2):
            pay_on_top(extension)
        assert (extension.state == Extension.State.GRANTED) == granted

    @rule(how=st.sampled_from(["once", "slowly", "backwards"]))
    @precondition(lambda self: self.model.since is not None)
    def time_passes_and_it_is_settled(self, how):
        """One tick at the very end, one each quarter of an hour, or the late ones first: the ledger is the same."""
        end = self.now + 30 * HOUR
        moments = [] if how == "once" else list(range(self.now, end, 15 * MINUTE))
        self.goes_on(30 * HOUR)
        for at in moments if how == "slowly" else sorted(moments[:9], reverse=True):
            self.tick(self.now - at)
        self.tick()
        self.model.advance(self.now)
        row = self.row
        assert (row.state, self.model.state) == (State.SETTLED, "settled")
        assert (row.hold_account.balance, row.earned_account.balance) == (0, 0)

    @property
    def row(self) -> Booking:
        return Booking.objects.select_related("terms").get(pk=self.booking.pk)

    @invariant()
    def it_is_where_the_model_is(self):
        if not hasattr(self, "model"):
            return
        self.model.advance(self.now)
        with self.all_ticked():
            row = self.row
            found = (row.state, row.ended_ms, row.granted_ms, sent_back(row.pk), hers(row), billed(row, self.now))
            lived = Segment.objects.filter(booking=row).aggregate(began=Min("start_ms"), stopped=Max("end_ms"))
        model = self.model
        over = model.state in ("settled", "cancelled", "no_show")
        earned, cost = (model.bill(self.now) if over else 0), model.bill(self.now)
        assert found == (model.state, model.ended, model.granted, model.back, earned, cost)
        if model.ended is not None:
            assert lived == {"began": model.since, "stopped": model.ended}

    @invariant()
    def nothing_is_posted_that_was_not_served(self):
        if hasattr(self, "model") and self.model.since is not None:
            self.model.advance(self.now)
            assert moved(self.booking, "minute") <= self.model.bill(self.now)


def billed(row: Booking, now_ms: int) -> int:
    """As people see it: of the time together, or what was kept."""
    bill = services.bill_of(row, now_ms=now_ms)
    return bill.cost + bill.kept


def hers(row: Booking) -> int:
    """Fen that the companion and the platform have got for it."""
    return moved(row, "settle_companion", "settle_fee")


def moved(booking: Booking, *kinds: str) -> int:
    return Transfer.objects.filter(ref=booking.pk, kind__in=kinds).aggregate(sum=Sum("amount"))["sum"] or 0


def test_who_meet_are_where_the_model_is(db):
    run(TwoWhoMeet, examples=15, steps=20)
