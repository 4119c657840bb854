"""Who may sit at a table, whoever writes, and what becomes of his part."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accounts import services as accounts
from accounts.errors import GenderKept
from accounts.models import Letter, User
from bookings import services as bookings
from bookings.errors import AppointmentThen, NotIdentified, NotMet, NotPossibleNow
from bookings.models import Booking, Share, State
from bookings.services import locking, ordering
from listings.models import Companion, Listing
from parties import services
from parties.errors import MoreHaveJoined, NoSeat, NothingToShare, SeatPaid
from parties.models import MOST_JOINS, Guest, Invitee, Party
from parties.services import seating
from payments.models import Refund
from payments.services import settling
from tests.cast import a_user
from tests.meals.plans import ordered
from tests.orders import on_the_half_hour, pay
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.rivals import rival
from tests.rules import trigger_off
from tests.visits import a_place, due_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


@pytest.fixture
def guests(db):
    return [a_guest("guest-one"), a_guest("guest-two")]


@pytest.fixture
def table(client_user, dining):
    """For three, who share it."""
    return a_table(client_user, dining)


class TestOrdering:
    def test_for_one_there_is_no_party(self, client_user, dining):
        booking = a_table(client_user, dining, 1, shares=False)
        assert not Party.objects.exists() and booking.terms.shared_by == 1

    def test_shared_or_paid_by_one(self, client_user, dining, other_client):
        assert a_table(client_user, dining, 3).terms.shared_by == 3
        alone = a_table(other_client, dining, 4, shares=False, starts_at=on_the_half_hour(60))
        assert (alone.terms.shared_by, alone.party.size) == (1, 4)

    def test_nobody_shares_it_with_himself(self, client_user, dining):
        with pytest.raises(NothingToShare):
            a_table(client_user, dining, 1)
        assert not Booking.objects.exists()

    def test_the_same_form_with_other_people_changes_them_until_it_is_paid(self, client_user, dining):
        again = {"request_key": uuid4(), "starts_at": on_the_half_hour(), "shares": False}
        booking = a_table(client_user, dining, 3, **again)
        assert a_table(client_user, dining, 2, **again) == booking
        assert Party.objects.get().size == 2
        assert a_table(client_user, dining, 1, **again) == booking
        assert not Party.objects.exists()
        a_table(client_user, dining, 4, **again)
        pay(booking)
        a_table(client_user, dining, 2, **again)
        assert Party.objects.get().size == 4

    def test_not_fewer_than_have_joined(self, client_user, dining, guests):
        again = {"request_key": uuid4(), "starts_at": on_the_half_hour(), "shares": False}
        seated(a_table(client_user, dining, 3, **again), *guests)
        with pytest.raises(MoreHaveJoined):
            a_table(client_user, dining, 2, **again)


class TestJoining:
    def test_a_seat_comes_with_a_part_to_pay(self, table, guests):
        seated(table, *guests)
        assert [share.payer for share in table.shares.wanted()] == [table.client, *guests]
        assert paid_by_all(table).state == State.REQUESTED

    def test_twice_is_once(self, table, guests):
        seated(table, guests[0], guests[0])
        assert (Guest.objects.count(), Share.objects.count()) == (1, 2)

    def test_where_one_pays_there_is_nothing_to_pay(self, client_user, dining, guests):
        booking = pay(seated(a_table(client_user, dining, shares=False), guests[0]))
        assert booking.state == State.REQUESTED and not Share.objects.exists()
        seated(booking, guests[1])
        assert Guest.objects.count() == 2

    def test_after_who_ordered_paid_the_rest_the_seat_is_free(self, table, client_user, guests):
        pay(table, seq=bookings.pay_rest(booking=table, by=client_user).payment_seq)
        seated(table, guests[0])
        assert not table.shares.filter(payer=guests[0]).exists()

    def test_no_more_than_there_are_seats(self, table, guests):
        seated(table, *guests)
        with pytest.raises(NoSeat):
            seated(table, a_guest("guest-three"))

    @pytest.mark.parametrize("who", ["client", "companion"])
    def test_neither_of_the_two(self, table, who):
        with pytest.raises(NoSeat):
            services.join(booking=table, by=getattr(table, who))

    def test_nobody_who_is_not_identified(self, table):
        with pytest.raises(NotIdentified):
            services.join(booking=table, by=a_user("nobody-knows"))

    def test_nobody_she_does_not_meet(self, client_user, dining, guests):
        client_user.gender = guests[0].gender = "female"
        for user in (client_user, guests[0]):
            user.save(update_fields=["gender"])
        Companion.objects.update(meets="female")
        table = a_table(client_user, dining)
        seated(table, guests[0])
        with pytest.raises(NotMet):
            services.join(booking=table, by=guests[1])
        with pytest.raises(GenderKept):
            accounts.update_profile(by=guests[0], display_name="x", language="zh-hans", gender="male")

    def test_nobody_beside_whom_he_blocked(self, table, guests):
        seated(table, guests[0])
        accounts.block(by=guests[0], other=guests[1], known_as="x")
        with pytest.raises(NoSeat):
            seated(table, guests[1])

    def test_not_where_he_has_something_else_then(self, table, guests, client_user):
        ordered(guests[0], a_place("mei", kind="dining"))
        Booking.objects.filter(client=guests[0]).update(state=State.REQUESTED)
        with pytest.raises(AppointmentThen):
            seated(table, guests[0])

    def test_not_once_it_has_begun(self, client_user, dining, guests):
        booking = pay(a_table(client_user, dining, shares=False))
        bookings.accept(booking=booking, by=booking.companion)
        due_in(booking, -1)
        with pytest.raises(NoSeat):
            seated(booking, guests[0])

    @pytest.mark.parametrize("rule", ["another", "seat", "met", "unblocked", "time"])
    def test_the_database_says_so_too(self, table, guests, client_user, rule):
        user = a_guest("guest-three")
        if rule == "another":
            user = client_user
        elif rule == "seat":
            seated(table, *guests)
        elif rule == "time":
            bookings.cancel(booking=table, by=client_user)
        elif rule == "met":
            Companion.objects.update(meets="male")
        else:
            accounts.block(by=user, other=client_user, known_as="x")
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            Guest.objects.create(party=table.party, user=user)
        assert refused.value.__cause__.diag.constraint_name.endswith(rule)


class TestLeaving:
    def test_gives_seat_and_part_to_somebody_else(self, table, guests):
        seated(table, *guests)
        services.leave(booking=table, by=guests[0])
        services.leave(booking=table, by=guests[0])
        seated(table, a_guest("guest-three"))
        assert paid_by_all(table).state == State.REQUESTED

    def test_not_again_and_again(self, client_user, dining, guests):
        table = pay(a_table(client_user, dining, 3, shares=False))
        for _ in range(MOST_JOINS):
            services.leave(booking=seated(table, guests[0]), by=guests[0])
        with pytest.raises(NoSeat):
            seated(table, guests[0])
        with pytest.raises(DatabaseError, match="guest_joins_bounded"), transaction.atomic():
            Guest.objects.create(party=table.party, user=guests[0])
        assert Letter.objects.filter(to=table.companion, key__startswith="parties:joined").count() == 1

    def test_not_once_the_part_is_paid(self, table, guests):
        seated(table, *guests)
        pay(table, seq=2)
        with pytest.raises(SeatPaid):
            services.leave(booking=table, by=guests[0])


class TestTakingASeatBack:
    def test_who_ordered_may_while_it_is_not_paid(self, table, guests, client_user):
        seated(table, *guests)
        services.remove(booking=table, by=client_user, guest=guests[0])
        assert [guest.user for guest in Guest.objects.all()] == [guests[1]]
        pay(table, seq=3)
        with pytest.raises(SeatPaid):
            services.remove(booking=table, by=client_user, guest=guests[1])

    def test_it_is_for_good(self, table, guests, client_user):
        services.remove(booking=seated(table, guests[0]), by=client_user, guest=guests[0])
        with pytest.raises(NoSeat):
            seated(table, guests[0])
        assert not Guest.objects.exists() and not table.shares.wanted().filter(payer=guests[0]).exists()

    def test_whoever_writes(self, table, guests, client_user):
        services.remove(booking=seated(table, guests[0]), by=client_user, guest=guests[0])
        gone = Invitee.objects.filter(user=guests[0])
        acts = [partial(gone.update, removed=False), gone.delete]
        acts.append(partial(Guest.objects.create, party=table.party, user=guests[0]))
        for act in acts:
            with pytest.raises(DatabaseError, match="is kept"), transaction.atomic():
                act()

    def test_nobody_else_may(self, table, guests):
        seated(table, *guests)
        for other in (guests[0], table.companion):
            with pytest.raises(NotPossibleNow):
                services.remove(booking=table, by=other, guest=guests[1])


class TestBlocks:
    def test_who_has_paid_nothing_loses_the_seat(self, table, guests, client_user):
        seated(table, *guests)
        accounts.block(by=guests[0], other=client_user, known_as="x")
        accounts.block(by=table.companion, other=guests[1], known_as="x")
        assert not Guest.objects.exists()
        assert [share.payer for share in table.shares.wanted()] == [client_user]

    def test_guests_of_each_other_stay(self, table, guests):
        seated(table, *guests)
        accounts.block(by=guests[0], other=guests[1], known_as="x")
        assert Guest.objects.count() == 2

    @pytest.mark.parametrize("accepted", [False, True])
    def test_a_companion_serves_nobody_she_blocked_and_all_of_it_goes_back(self, table, guests, accepted):
        seated(table, *guests)
        paid_by_all(table)
        if accepted:
            bookings.accept(booking=table, by=table.companion)
        accounts.block(by=table.companion, other=guests[0], known_as="x")
        table.refresh_from_db()
        assert (table.state, table.cancelled_by) == (State.CANCELLED, table.companion)
        assert sum(Refund.objects.values_list("amount", flat=True)) == table.terms.prepaid_fen

    def test_also_before_all_is_paid(self, table, guests):
        seated(table, *guests)
        pay(table, seq=2)
        accounts.block(by=table.companion, other=guests[0], known_as="x")
        table.refresh_from_db()
        assert table.state == State.CANCELLED and Refund.objects.get().payment.payer == guests[0]

    def test_a_guest_who_paid_and_blocks_closes_nothing(self, table, guests):
        seated(table, *guests)
        paid_by_all(table)
        accounts.block(by=guests[0], other=table.companion, known_as="x")
        table.refresh_from_db()
        assert table.state == State.REQUESTED


class TestWhatIsKept:
    """Whatever writes."""

    def refused(self, act, words: str) -> None:
        with pytest.raises(DatabaseError, match=words), transaction.atomic():
            act()

    def test_the_seat_of_who_has_paid(self, table, guests):
        seated(table, *guests)
        pay(table, seq=2)
        payer = Share.objects.get(booking=table, payment_seq=2).payer
        self.refused(table.party.guests.filter(user=payer).delete, "is kept")
        assert table.party.guests.exclude(user=payer).delete()[0] == 1

    def test_whose_it_is(self, table, guests):
        seated(table, guests[0])
        self.refused(lambda: table.party.guests.update(user=guests[1]), "is kept")

    def test_nobody_pays_for_no_seat(self, table, guests):
        seated(table, guests[0])
        services.leave(booking=table, by=guests[0])
        with pytest.raises(NoSeat), transaction.atomic():
            services.take_part(booking=table, by=guests[0])
        assert not table.shares.wanted().filter(payer=guests[0]).exists()

    def test_who_sat_there_when_it_began(self, client_user, dining, guests):
        table = pay(seated(a_table(client_user, dining, 3, shares=False), *guests))
        bookings.decline(booking=table, by=table.companion)
        self.refused(table.party.guests.all().delete, "is kept")

    @pytest.mark.parametrize("act", ["update", "delete"])
    def test_how_many_come_once_it_is_paid(self, client_user, dining, act):
        table = a_table(client_user, dining, 3, shares=False)
        party = Party.objects.filter(booking=table)
        assert party.update(size=4) == 1
        pay(table)
        self.refused(party.delete if act == "delete" else lambda: party.update(size=3), "has read")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """One of the two has written and not committed yet when the other comes."""

    def test_the_last_seat_is_one_persons(self, client_user, dining, guests):
        with pytest.raises(NoSeat):
            self.both_join(a_table(client_user, dining, 2, shares=False), guests)
        assert Guest.objects.count() == 1

    def test_control_without_the_row_held_two_sit_on_it(self, client_user, dining, guests, monkeypatch):
        monkeypatch.setattr(seating, "locked", fresh)
        with trigger_off("parties_guest", "parties_seated"):
            self.both_join(a_table(client_user, dining, 2, shares=False), guests)
        assert Guest.objects.count() == 2

    def test_a_seat_and_a_block_of_the_two_never_stand_together(self, client_user, dining, guests):
        self.join_and_block(client_user, dining, guests[0])
        assert not Guest.objects.exists()

    def test_control_without_the_lock_on_the_two_they_do(self, client_user, dining, guests, monkeypatch):
        monkeypatch.setattr(seating, "lock_pair", lambda one, other: None)
        self.join_and_block(client_user, dining, guests[0])
        assert Guest.objects.exists()

    def test_the_last_two_parts_paid_at_once_are_all_of_it(self, client_user, dining, guests):
        assert self.both_pay(client_user, dining, guests).state == State.REQUESTED

    def test_control_without_the_order_held_neither_is_the_last(self, client_user, dining, guests, monkeypatch):
        for held in ("hold_payers", "hold_row"):
            monkeypatch.setattr(locking, held, lambda booking_id: True)
        for held in ("lock_payments", "lock_payers"):
            monkeypatch.setattr(settling, held, lambda ref: None)
        monkeypatch.setattr(ordering, "locked_for_money", fresh)
        with trigger_off("bookings_share", "bookings_share_bounded"):
            assert self.both_pay(client_user, dining, guests).state == State.AWAITING_PAYMENT

    @staticmethod
    def both_join(table: Booking, guests: list[User]) -> None:
        one, other = (partial(services.join, booking=table, by=guest) for guest in guests)
        with rival(one) as meanwhile:
            result = meanwhile(other)
        result()

    @staticmethod
    def join_and_block(client_user: User, dining: Listing, guest: User) -> None:
        table = a_table(client_user, dining, 3)
        with rival(partial(services.join, booking=table, by=guest)) as meanwhile:
            result = meanwhile(partial(accounts.block, by=dining.companion.user, other=guest, known_as="x"))
        result()

    @staticmethod
    def both_pay(client_user: User, dining: Listing, guests: list[User]) -> Booking:
        table = pay(seated(a_table(client_user, dining, 3), *guests))
        with rival(partial(pay, fresh(table), seq=2)) as meanwhile:
            result = meanwhile(partial(pay, fresh(table), seq=3))
        result()
        return fresh(table)


def fresh(booking: Booking) -> Booking:
    return Booking.objects.select_related("terms").get(pk=booking.pk)
