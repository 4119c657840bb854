"""One order that several pay: asked for once all of it is in, and whatever goes back goes to each as he paid it."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accounts.models import User
from bookings import services
from bookings.errors import AppointmentThen, NotPossibleNow, TooManyPayers
from bookings.models import Booking, Share, State
from bookings.services.books import check_bookings
from bookings.services.sharing import MOST_PARTS
from common.money import divided
from listings.models import Listing
from payments import services as payments
from payments.errors import LedgerMismatch
from payments.gateway.values import RefundState
from payments.models import Payment, Refund
from payments.services.books import check_books
from payments.services.refunds import apply_refund
from tests.bookings.absence import age
from tests.cast import a_user, a_week
from tests.orders import MINUTE, appointed, on_the_half_hour, pay, pay_on_top, settle
from tests.papers import identify
from tests.visits import a_place, ask_for, code, due_in, enter

pytestmark = pytest.mark.django_db
THREE = 3


@pytest.fixture
def guests(db) -> list[User]:
    return [a_user("guest-one"), a_user("guest-two")]


@pytest.fixture
def dining(db) -> Listing:
    """A kind whose price may be shared: ¥20 for an hour."""
    return a_place("ruby", kind="dining", price_fen=2000)


@pytest.fixture
def shared(client_user, dining) -> Booking:
    """By three: 6.66, 6.67, 6.67."""
    return ask_for(client_user, dining, shared_by=THREE)


@pytest.fixture
def joined(shared, guests) -> Booking:
    for guest in guests:
        services.take_share(booking=shared, by=guest)
    return shared


@pytest.fixture
def asked(joined) -> Booking:
    return paid_by_all(joined)


def paid_by_all(booking: Booking) -> Booking:
    for seq in booking.shares.wanted().filter(state=Share.State.OPEN).values_list("payment_seq", flat=True):
        pay(booking, seq=seq)
    booking.refresh_from_db()
    return booking


def back(booking: Booking) -> dict[str, int]:
    """Fen that went back, by who had paid."""
    sums: dict[str, int] = {}
    for refund in Refund.objects.filter(ref=booking.pk).select_related("payment__payer"):
        name = refund.payment.payer.display_name
        sums[name] = sums.get(name, 0) + refund.amount
    return sums


def holds() -> bool:
    return check_books(with_stripe=False) == check_bookings() == []


class TestPaying:
    def test_each_pays_a_part_and_together_it_is_the_price(self, joined):
        assert [share.amount_fen for share in joined.shares.wanted()] == [666, 667, 667]

    def test_the_companion_is_asked_when_all_of_it_is_in(self, joined):
        for seq, state in ((2, State.AWAITING_PAYMENT), (1, State.AWAITING_PAYMENT), (3, State.REQUESTED)):
            pay(joined, seq=seq)
            assert joined.state == state
        assert holds()

    def test_nobody_is_asked_while_a_part_is_missing_whoever_writes(self, joined):
        pay(joined)
        with pytest.raises(DatabaseError, match="not all shares are paid"), transaction.atomic():
            Booking.objects.filter(pk=joined.pk).update(state=State.REQUESTED)

    def test_a_second_tap_is_the_same_part(self, shared, guests):
        assert services.take_share(booking=shared, by=guests[0]) == services.take_share(booking=shared, by=guests[0])
        assert Payment.objects.filter(ref=shared.pk).count() == 2

    def test_there_is_no_fourth_part_of_three(self, joined, stranger):
        with pytest.raises(NotPossibleNow):
            services.take_share(booking=joined, by=stranger)

    def test_of_an_order_that_one_pays_there_is_none(self, client_user, dining, stranger):
        with pytest.raises(NotPossibleNow):
            services.take_share(booking=ask_for(client_user, dining), by=stranger)

    @pytest.mark.parametrize(("kind", "most"), [("listener", 1), ("clinic", 1), ("dining", 4)])
    def test_no_more_than_may_come_to_an_order_of_its_kind(self, client_user, kind, most):
        place = a_place("mei", kind=kind)
        with pytest.raises(TooManyPayers):
            ask_for(client_user, place, shared_by=most + 1)
        assert not Booking.objects.exists()
        assert ask_for(client_user, place, shared_by=most).terms.is_shared == (most > 1)

    def test_a_dropped_part_is_free_for_somebody_else(self, joined, guests, stranger):
        services.drop_share(booking=joined, by=guests[0])
        services.drop_share(booking=joined, by=guests[0])
        assert services.take_share(booking=joined, by=stranger).amount_fen == 667

    def test_not_again_and_again(self, shared, guests):
        for _ in range(MOST_PARTS):
            services.take_share(booking=shared, by=guests[0])
            services.drop_share(booking=shared, by=guests[0])
        with pytest.raises(NotPossibleNow):
            services.take_share(booking=shared, by=guests[0])

    def test_a_paid_part_stays(self, joined, guests):
        pay(joined, seq=2)
        with pytest.raises(NotPossibleNow):
            services.drop_share(booking=joined, by=guests[0])

    def test_what_each_has_to_pay_is_his_own(self, joined, guests, client_user, stranger):
        assert services.payment_due(booking=joined, by=guests[1]).seq == 3
        assert services.payment_due(booking=joined, by=client_user).seq == 1
        pay(joined)
        for nobody in (client_user, stranger):
            with pytest.raises(NotPossibleNow):
                services.payment_due(booking=joined, by=nobody)

    def test_money_for_a_dropped_part_goes_back_and_pays_nothing(self, joined, guests):
        services.drop_share(booking=joined, by=guests[0])
        pay(joined, seq=2)
        assert back(joined) == {guests[0].display_name: 667}
        pay(joined, seq=1)
        pay(joined, seq=3)
        assert joined.state == State.AWAITING_PAYMENT and holds()

    def test_when_time_is_up_each_gets_his_own_back(self, joined, guests, client_user):
        pay(joined)
        pay(joined, seq=2)
        services.run_due(now_ms=joined.due_ms + 1)
        joined.refresh_from_db()
        assert joined.state == State.EXPIRED
        assert back(joined) == {client_user.display_name: 666, guests[0].display_name: 667}
        pay(joined, seq=3)
        assert back(joined)[guests[1].display_name] == 667
        assert holds()

    def test_the_same_form_for_fewer_is_another_order(self, client_user, dining):
        identify(client_user)
        form = {"by": client_user, "listing": dining, "minutes": 60, "request_key": uuid4()}
        form["starts_at"] = on_the_half_hour()
        three = services.order(**form, shared_by=THREE)
        assert services.order(**form, shared_by=THREE) == three
        alone = services.order(**form)
        pay(alone)
        with pytest.raises(AppointmentThen):
            services.order(**form, shared_by=2)
        three.refresh_from_db()
        assert three.state == State.CANCELLED
        assert alone.state == State.REQUESTED

    def test_another_number_is_too_late_once_a_part_is_paid(self, client_user, dining):
        identify(client_user)
        form = {"by": client_user, "listing": dining, "minutes": 60, "request_key": uuid4()}
        form["starts_at"] = on_the_half_hour()
        three = pay(services.order(**form, shared_by=THREE))
        with pytest.raises(AppointmentThen):
            services.order(**form, shared_by=2)
        three.refresh_from_db()
        assert three.state == State.AWAITING_PAYMENT


class TestPayingTheRest:
    def test_who_ordered_pays_what_nobody_has_paid(self, joined, client_user, guests):
        pay(joined, seq=2)
        share = services.pay_rest(booking=joined, by=client_user)
        assert share == services.pay_rest(booking=joined, by=client_user)
        assert share.amount_fen == 2000 - 667
        pay(joined, seq=share.payment_seq)
        assert joined.state == State.REQUESTED and holds()

    def test_after_his_own_part_only_the_others(self, joined, client_user):
        pay(joined)
        assert services.pay_rest(booking=joined, by=client_user).amount_fen == 1334

    def test_who_pays_meanwhile_gets_it_back(self, joined, client_user, guests):
        rest = services.pay_rest(booking=joined, by=client_user)
        pay(joined, seq=2)
        pay(joined, seq=rest.payment_seq)
        pay(joined, seq=3)
        assert joined.state == State.REQUESTED
        assert back(joined) == {guest.display_name: 667 for guest in guests}
        services.accept(booking=joined, by=joined.companion)
        assert holds()

    def test_whoever_pays_first_a_guest_takes_his_part_again(self, joined, client_user, guests):
        rest = services.pay_rest(booking=joined, by=client_user)
        for guest in guests:
            services.take_share(booking=joined, by=guest)
        services.take_share(booking=joined, by=client_user)
        assert sorted(share.amount_fen for share in joined.shares.wanted()) == [666, 667, 667]
        assert paid_by_all(joined).state == State.REQUESTED
        pay(joined, seq=rest.payment_seq)
        assert back(joined) == {client_user.display_name: 2000} and holds()

    def test_nobody_else_may(self, joined, guests):
        with pytest.raises(NotPossibleNow):
            services.pay_rest(booking=joined, by=guests[0])


class TestGoingBack:
    def test_a_decline_gives_each_his_own(self, asked, client_user, guests):
        services.decline(booking=asked, by=asked.companion)
        assert back(asked) == {client_user.display_name: 666} | {guest.display_name: 667 for guest in guests}
        assert holds()

    def test_unused_minutes_go_back_in_the_proportion_of_what_was_paid(self, asked, client_user, guests):
        begun(asked)
        age(asked, 20 * MINUTE + 500)
        services.end(booking=asked, by=client_user)
        settle(asked)
        assert asked.billed_min == 20
        # Of ¥13.34: 4.44, 4.45, 4.45.
        parts = divided(1334, [667, 667, 666])
        assert sorted(back(asked).values()) == sorted(parts) and sum(parts) == 1334
        assert holds()

    def test_time_on_top_goes_back_first_to_who_paid_it(self, asked, client_user, guests):
        begun(asked)
        more = services.extend(booking=asked, by=client_user, minutes=30, request_key=uuid4())
        pay_on_top(more)
        services.end(booking=Booking.objects.get(pk=asked.pk), by=client_user)
        settle(asked)
        assert back(asked)[client_user.display_name] == 666 + more.amount_fen
        assert holds()

    def test_a_late_cancellation_keeps_of_each_the_same_share(self, client_user, dining, guests):
        booking = ask_for(client_user, dining, on_the_half_hour(12), shared_by=THREE)
        for guest in guests:
            services.take_share(booking=booking, by=guest)
        services.accept(booking=paid_by_all(booking), by=booking.companion)
        services.cancel(booking=booking, by=client_user)
        assert sum(back(booking).values()) == 1600
        assert all(abs(fen - 1600 / 3) < 2 for fen in back(booking).values())
        assert holds()

    def test_a_refund_that_failed_is_asked_for_again_for_whom_it_is(self, asked, client_user, guests):
        services.decline(booking=asked, by=asked.companion)
        failed = Refund.objects.get(ref=asked.pk, payment__payer=guests[0])
        apply_refund(refund_id=failed.pk, state=RefundState("re_x", "failed", failed.amount, "expired"))
        [again] = payments.request_refund_again(ref=asked.pk)
        assert (again.payment.payer_id, again.amount) == (guests[0].pk, 667)


@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_support_finds_that_all_agrees_once_it_is_over(asked, client_user, end):
    if end == "decline":
        services.decline(booking=asked, by=asked.companion)
    else:
        services.accept(booking=asked, by=asked.companion)
        services.cancel(booking=asked, by=client_user)
    asked.refresh_from_db()
    assert services.explain(asked).agrees


class TestARefundThatFailed:
    """Somebody paid a part that was not wanted any more, and it could not be sent back."""

    @pytest.fixture
    def stuck(self, joined, guests, stranger) -> Booking:
        services.drop_share(booking=joined, by=guests[0])
        pay(joined, seq=2)
        services.take_share(booking=joined, by=stranger)
        refund = Refund.objects.get(ref=joined.pk)
        apply_refund(refund_id=refund.pk, state=RefundState("re_x", "failed", refund.amount, "expired"))
        return joined

    def test_is_named_and_sent_again_and_nothing_else_is(self, stuck, guests):
        paid_by_all(stuck)
        assert any("refund_again" in line for line in check_bookings())
        [again] = payments.request_refund_again(ref=stuck.pk)
        assert (again.payment.payer, again.amount) == (guests[0], 667)
        assert payments.request_refund_again(ref=stuck.pk) == []
        services.accept(booking=stuck, by=stuck.companion)
        assert holds()

    @pytest.mark.parametrize(("paid", "shown"), [(False, 0), (True, 2000)])
    def test_is_no_part_of_the_sum_that_cancelling_shows(self, stuck, client_user, paid, shown):
        if paid:
            paid_by_all(stuck)
        services.cancel(booking=stuck, by=client_user, expected_fen=shown)
        assert back(stuck)["guest-one"] == 2 * 667

    def test_a_share_whose_money_is_gone_holds_nobody_elses(self, asked):
        Payment.objects.filter(ref=asked.pk, seq=1).update(refunded=1)
        assert any("its money is not here" in line for line in check_bookings())
        with pytest.raises(LedgerMismatch):
            services.accept(booking=asked, by=asked.companion)


def begun(booking: Booking) -> None:
    """They have met."""
    services.accept(booking=booking, by=booking.companion)
    enter(booking, code(due_in(booking, 5)))
    booking.refresh_from_db()


def test_appointments_that_one_pays_are_as_before(client_user, listing):
    a_week(listing.companion)
    booking = appointed(client_user, listing)
    assert not booking.shares.exists()
    assert payments.used_payments(ref=booking.pk) == [services.payment_of(booking)]


@pytest.mark.parametrize("amount", [0, 1, 99, 100, 1999, 2000])
@pytest.mark.parametrize("parts", [[1], [666, 667, 667], [500, 500, 500, 500], [1, 1999]])
def test_divided_adds_up_and_is_nobodys_more_than_he_paid(amount, parts):
    amount = min(amount, sum(parts))
    got = divided(amount, parts)
    assert sum(got) == amount
    assert all(0 <= mine <= paid for mine, paid in zip(got, parts, strict=True))
    assert all(abs(mine - amount * paid / sum(parts)) < 1 for mine, paid in zip(got, parts, strict=True))


def test_support_reads_who_pays_what(joined, guests):
    services.drop_share(booking=joined, by=guests[0])
    pay(joined)
    explained = services.explain(joined)
    assert explained.agrees
    told = [line for line in explained.story if line.startswith("share")]
    assert [line.rpartition(": ")[2] for line in told] == ["¥6.66, paid", "¥6.67, dropped", "¥6.67, open"]
    assert guests[0].display_name in told[1]
