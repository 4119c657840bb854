"""An answer, the money and the clock at the same moment, over real connections; each guard shown to be needed."""

from collections.abc import Callable
from functools import partial
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from accounts import services as accounts
from bookings import services as bookings
from bookings.models import Booking
from bookings.services import locking, ordering, timers
from extras import services
from extras.errors import NotAskable, TooManyExtras
from extras.models import MOST_EXTRAS, OPEN_MS, Extra
from extras.services import asking, paying
from payments import services as payments
from payments.models import Payment, Transfer, TransferKind
from payments.services import settling
from payments.services.books import check_books
from tests.cast import a_user
from tests.extras.asking import FEN, asked, ended, money_comes, opened
from tests.extras.test_rules import row
from tests.orders import on_the_half_hour
from tests.rivals import rival, rows_unlocked
from tests.rules import empty, function_changed, rule_dropped
from tests.threads import at_once, failures
from tests.visits import a_place, agreed, together

NO_PAIR = ("PERFORM bookings_lock_pair(client_id, companion_id) FROM bookings_booking WHERE id = NEW.booking_id;", "")
NO_LOCK = ("pg_advisory_xact_lock(hashtextextended(", "pg_notify('nobody', concat(")
pytestmark = pytest.mark.django_db(transaction=True)


def decline(extra: Extra) -> None:
    services.decline(extra=extra, by=extra.booking.client)


def take_back(extra: Extra) -> None:
    services.take_back(extra=extra, by=extra.booking.companion)


def lapse(extra: Extra) -> None:
    services.lapse_due(now_ms=extra.asked_ms + OPEN_MS)


def outcome(extra: Extra) -> tuple[str, bool, bool]:
    """How it ended, whether money was passed on, and whether it went back."""
    extra.refresh_from_db()
    moved = set(Transfer.objects.filter(ref=extra.pk).values_list("kind", flat=True))
    return extra.state, TransferKind.EXTRA in moved, TransferKind.REFUND in moved


ENDS = [(decline, "declined"), (take_back, "withdrawn"), (lapse, "lapsed")]
each_end = pytest.mark.parametrize(("ends", "state"), ENDS, ids=[state for _, state in ENDS])


@each_end
class TestMoneyMeetsAnEnd:
    def test_whichever_is_first_no_fen_is_lost(self, extra, visit, ends, state):
        for _ in range(4):
            extra = asked(visit)
            payment = opened(extra)
            at_once(partial(money_comes, payment), partial(ends, extra))
            assert outcome(extra) in [("paid", True, False), (state, False, True)]
        lapse(extra)
        assert check_books(with_stripe=False) == []

    def test_money_that_waited_for_it_goes_back(self, extra, ends, state):
        payment = opened(extra)
        with rival(partial(ends, extra)) as meanwhile:
            coming = meanwhile(partial(money_comes, payment))
        coming()
        assert outcome(extra) == (state, False, True)

    def test_an_end_that_waited_for_the_money_comes_too_late(self, extra, ends, state):
        payment = opened(extra)
        with rival(partial(money_comes, payment)) as meanwhile:
            ending = meanwhile(partial(ends, extra))
        # The round passes by what is held; a person is told.
        assert isinstance(_tried(ending), Exception) == (ends is not lapse)
        assert outcome(extra) == ("paid", True, False)

    def test_control_without_the_lock_it_is_passed_on_although_it_ended(self, extra, ends, state):
        """The trigger is the last to keep it: the second answer breaks a rule instead of being told."""
        payment = opened(extra)
        # The payment's row would be one more to wait for.
        alone = patch.object(payments, "abandon")
        with alone, patch.object(paying, "hold", unlocked), rival(partial(ends, extra)) as meanwhile:
            coming = meanwhile(partial(money_comes, payment))
        assert "extras are kept" in str(_tried(coming))


def unlocked(extra_id) -> Extra:
    return Extra.objects.select_related("booking__terms").get(pk=extra_id)


def _tried(act: Callable) -> object:
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
        return error


class TestTwoTaps:
    def test_of_the_companion_are_one_extra(self, visit):
        results = at_once(*[partial(asked, visit, request_key=uuid4())] * 6)
        assert failures(results) == [] and len({extra.pk for extra in results}) == Extra.objects.count() == 1

    def test_control_without_lock_and_rule_they_are_two(self, visit):
        tap = partial(asked, visit, request_key=uuid4())
        with (
            patch.object(asking, "locked", booking_unlocked),
            patch.object(asking, "lock_pair", lambda one, other: None),
            rule_dropped("extras_extra", "extra_request_once"),
        ):
            with rival(tap) as meanwhile:
                second = meanwhile(tap)
            second()
            assert Extra.objects.count() == 2
            empty("extras_extra")

    def test_of_the_client_are_one_payment(self, extra):
        results = at_once(*[partial(opened, extra)] * 6)
        assert failures(results) == [] and Payment.objects.filter(ref=extra.pk).count() == 1

    def test_control_without_the_lock_they_stand_in_each_others_way(self, extra):
        with patch.object(paying, "hold", unlocked), rival(partial(opened, extra)) as meanwhile:
            second = meanwhile(partial(opened, extra))
        with pytest.raises(IntegrityError, match="payment_ref_seq"):
            second()

    @pytest.fixture
    def money_in(self, extra) -> Extra:
        """It is in the books, and nothing is made of it yet."""
        with patch.object(services, "paid"):
            money_comes(opened(extra))
        return extra

    def test_news_of_one_payment_at_once_pass_it_on_once(self, money_in):
        assert failures(at_once(*[partial(services.paid, ref=money_in.pk)] * 4)) == []
        assert Transfer.objects.filter(ref=money_in.pk, kind=TransferKind.EXTRA).count() == 1

    def test_control_without_the_lock_the_second_decides_it_once_more(self, money_in):
        news = partial(services.paid, ref=money_in.pk)
        with rows_unlocked(Extra), rival(news) as meanwhile:
            second = meanwhile(news)
        with pytest.raises(IntegrityError, match="extras are kept"):
            second()

    def test_the_tenth_is_the_last_however_many_ask_at_once(self, visit):
        for _ in range(MOST_EXTRAS - 2):
            asked(visit)
        results = at_once(*[lambda: asked(visit)] * 5)
        assert [type(error) for error in failures(results)] == [TooManyExtras] * 3

    def test_without_the_services_locks_the_database_counts_all_the_same(self, visit):
        for _ in range(MOST_EXTRAS - 2):
            asked(visit)
        with (
            patch.object(asking, "locked", booking_unlocked),
            patch.object(asking, "lock_pair", lambda one, other: None),
        ):
            results = at_once(*[lambda: asked(visit)] * 5)
        assert len(failures(results)) == 3 and Extra.objects.count() == MOST_EXTRAS

    def test_control_without_any_lock_there_is_an_eleventh(self, visit):
        for _ in range(MOST_EXTRAS - 1):
            asked(visit)
        with (
            patch.object(asking, "locked", booking_unlocked),
            patch.object(asking, "lock_pair", lambda one, other: None),
            function_changed("extras_asked", NO_PAIR, (" FOR NO KEY UPDATE", "")),
        ):
            with rival(partial(asked, visit)) as meanwhile:
                second = meanwhile(partial(asked, visit))
            second()
        assert Extra.objects.count() == MOST_EXTRAS + 1


def booking_unlocked(booking: Booking) -> Booking:
    return Booking.objects.select_related("terms").get(pk=booking.pk)


class TestABlock:
    def block(self, visit: Booking) -> None:
        accounts.block(by=visit.client, other=visit.companion)

    def written_meanwhile(self, visit: Booking) -> Callable:
        """By whom no service keeps from it."""
        over = ended(visit)
        with rival(partial(self.block, over)) as meanwhile:
            return meanwhile(row(over).save)

    def test_what_is_written_meanwhile_the_database_refuses(self, visit):
        with pytest.raises(IntegrityError, match="blocked the other"):
            self.written_meanwhile(visit)()

    def test_control_without_the_pairs_lock_it_takes_it(self, visit):
        with function_changed("extras_asked", NO_PAIR):
            self.written_meanwhile(visit)()
        assert Extra.objects.get().state == "asked"

    def test_what_is_asked_meanwhile_is_refused(self, visit):
        over = ended(visit)
        with rival(partial(self.block, over)) as meanwhile:
            asking_it = meanwhile(partial(asked, over))
        with pytest.raises(NotAskable):
            asking_it()

    def test_what_was_asked_a_moment_before_is_closed(self, visit):
        over = ended(visit)
        with rival(partial(asked, over)) as meanwhile:
            blocking = meanwhile(partial(self.block, over))
        blocking()
        assert Extra.objects.get().state == "declined"

    def test_control_without_the_pairs_lock_it_waits_between_two_who_parted(self, visit, without_the_lock):
        over = ended(visit)
        with rival(partial(asked, over)) as meanwhile:
            blocking = meanwhile(partial(self.block, over))
            blocking()
        assert Extra.objects.get().state == "asked"

    def paid_meanwhile(self, visit: Booking, extra: Extra) -> None:
        """The money comes when the block has moved that of another order, and not closed the extra yet."""
        other = agreed(visit.client, visit.listing)
        payment, coming = opened(extra), []
        part = services.part

        def then(**two) -> None:
            coming.append(meanwhile(partial(money_comes, payment)))
            part(**two)

        with rival(lambda: None) as meanwhile, patch.object(services, "part", then):
            self.block(visit)
        coming[0]()
        other.refresh_from_db()
        assert other.state == "cancelled"

    def test_money_waits_for_the_block_and_goes_back(self, visit, extra):
        self.paid_meanwhile(visit, extra)
        assert outcome(extra) == ("declined", False, True)
        assert check_books(with_stripe=False) == []

    def test_control_without_the_pairs_lock_the_two_wait_for_each_other(self, visit, extra, monkeypatch):
        monkeypatch.setattr(paying, "lock_pair", lambda one, other: None)
        with pytest.raises(OperationalError, match="deadlock"):
            self.paid_meanwhile(visit, extra)


class TestAnOrder:
    """Of the same two, once more with another place: the first gives way, and that moves what the client has."""

    def ordered_meanwhile(self, visit: Booking, extra: Extra) -> None:
        """The money comes when the first order is closed, and the second not written yet."""
        asked_for = {"starts_at": on_the_half_hour(), "request_key": uuid4(), "minutes": visit.listing.lengths[0]}
        order = partial(bookings.order, by=visit.client, listing=visit.listing, **asked_for)
        order(place="上海 华山医院")
        payment, coming, cancel = opened(extra), [], ordering.cancel

        def then(**asked) -> None:
            cancel(**asked)
            coming.append(meanwhile(partial(money_comes, payment)))

        with rival(lambda: None) as meanwhile, patch.object(ordering, "cancel", then):
            order(place="上海 六院")
        coming[0]()

    def test_money_waits_for_it_and_is_passed_on(self, visit, extra):
        self.ordered_meanwhile(visit, extra)
        assert outcome(extra) == ("paid", True, False)
        assert check_books(with_stripe=False) == []

    def test_control_without_the_pairs_lock_the_two_wait_for_each_other(self, visit, extra, monkeypatch):
        monkeypatch.setattr(ordering, "lock_pair", lambda one, other: None)
        with pytest.raises(OperationalError, match="deadlock"):
            self.ordered_meanwhile(visit, extra)


@pytest.fixture
def without_the_lock():
    """Who asks and who blocks look whether there is the other, and neither waits."""
    with function_changed("bookings_lock_pair", NO_LOCK):
        yield


class TestASettlement:
    """The visit is settled while its extra is paid: both move what both its people have, and hers has lower numbers."""

    @pytest.fixture
    def over(self, client_user) -> Extra:
        clinic = a_place("wen")
        # Her accounts are opened with this one, before those of the client whose visit it is about.
        before = agreed(a_user("zhou"), clinic)
        bookings.cancel(booking=before, by=before.client)
        extra = asked(together(client_user, clinic))
        ended(extra.booking)
        return extra

    def settled_amid(self, extra: Extra) -> None:
        """The settlement comes when the payer's accounts are locked for the money, and nothing is posted yet."""
        payment, settled, lock_payers = opened(extra), [], settling.lock_payers

        def then(ref: UUID) -> None:
            lock_payers(ref)
            settled.append(meanwhile(partial(settle, extra.booking)))

        with rival(lambda: None) as meanwhile, patch.object(settling, "lock_payers", then):
            money_comes(payment)
        settled[0]()

    def test_both_come_about(self, over):
        self.settled_amid(over)
        assert (Booking.objects.get(pk=over.booking_id).state, outcome(over)) == ("settled", ("paid", True, False))
        assert payments.passed_on_to(user=over.booking.companion) == FEN
        assert check_books(with_stripe=False) == []

    def test_control_her_account_after_his_would_be_a_deadlock(self, over, monkeypatch):
        monkeypatch.setattr(payments, "lock_passing", lambda **_: None)
        with pytest.raises(OperationalError, match="deadlock"):
            self.settled_amid(over)


@transaction.atomic
def settle(booking: Booking) -> None:
    timers.settle(locking.locked(booking), 0)
