"""Another start of an order that several pay: whoever has paid a part of it agrees too."""

from functools import partial

import pytest
from django.urls import reverse
from django.utils.timezone import localtime

from accounts.models import Letter, User
from bookings import services as bookings
from bookings.errors import AppointmentThen, MoveGone, NewTimeTaken, NoTimeToAnswer, NotPossibleNow
from bookings.models import Booking, Move, State
from bookings.services.cancelling import DAY_MS
from bookings.services.moving import lapse_moves, other_starts
from bookings.signals import booking_touched
from common.clock import moment
from listings.models import Listing
from parties import services
from parties.pages import seat_page
from payments.models import Refund
from payments.services.books import check_books
from tests.meals.plans import ordered
from tests.moves import later, proposed
from tests.orders import on_the_half_hour, pay
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.rivals import rival
from tests.visits import a_place, due_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def guests(db) -> list[User]:
    return [a_guest("guest-one"), a_guest("guest-two")]


@pytest.fixture
def jade(db) -> Listing:
    """Of another companion."""
    return a_place("jade", kind="dining")


@pytest.fixture
def table(client_user, guests) -> Booking:
    """Three share it, all is paid, and she comes."""
    table = paid_by_all(seated(a_table(client_user, a_place("ruby", kind="dining"), 3), *guests))
    return bookings.accept(booking=table, by=table.companion)


def start_of(table: Booking) -> int | None:
    return Booking.objects.get(pk=table.pk).starts_ms


def moved_by_all(move: Move) -> None:
    for user in User.objects.filter(pk__in=move.asked):
        bookings.agree_to_move(move=move, by=user)


def letters_to(user: User) -> list[str]:
    mine = Letter.objects.filter(to=user, key__startswith="parties:").order_by("pk")
    return list(mine.values_list("subject", flat=True))


class TestAgreeing:
    @pytest.mark.parametrize("by", ["client", "companion"])
    def test_with_the_last_of_them_it_is_the_start_whoever_that_is(self, table, guests, by):
        move = proposed(table, getattr(table, by))
        asked = [table.other(move.proposed_by), *guests]
        for user in asked[1:] + asked[:1]:
            assert start_of(table) == move.from_ms
            bookings.agree_to_move(move=move, by=user)
        move.refresh_from_db()
        assert (start_of(table), move.state) == (move.to_ms, Move.State.AGREED)
        assert check_books(with_stripe=False) == []

    def test_twice_is_once(self, table, guests):
        move = proposed(table, table.client)
        for _ in range(2):
            bookings.agree_to_move(move=move, by=guests[0])
        assert move.agreed == {guests[0].pk}

    def test_one_who_cannot_keeps_it_where_it_is(self, table, guests):
        move = proposed(table, table.client)
        bookings.agree_to_move(move=move, by=table.companion)
        bookings.decline_move(move=move, by=guests[1])
        with pytest.raises(MoveGone):
            bookings.agree_to_move(move=move, by=guests[0])
        assert start_of(table) == move.from_ms
        assert table.steps.order_by("-pk").first().state == "not_for_all"

    def test_whoever_does_not_answer_keeps_it_where_it_is(self, table, guests):
        move = proposed(table, table.client)
        for user in (table.companion, guests[0]):
            bookings.agree_to_move(move=move, by=user)
        assert lapse_moves(move.expires_ms) == 1
        assert start_of(table) == move.from_ms

    def test_who_has_something_else_then_cannot(self, table, guests):
        move = proposed(table, table.client)
        pay(ordered(guests[0], a_place("jade", kind="dining"), starts_at=later(table)))
        with pytest.raises(AppointmentThen):
            bookings.agree_to_move(move=move, by=guests[0])

    def test_who_orders_something_else_after_agreeing_is_not_moved_into_it(self, table, guests):
        move = proposed(table, table.client)
        bookings.agree_to_move(move=move, by=guests[0])
        pay(ordered(guests[0], a_place("jade", kind="dining"), starts_at=later(table)))
        bookings.agree_to_move(move=move, by=guests[0])
        bookings.agree_to_move(move=move, by=guests[1])
        with pytest.raises(NewTimeTaken):
            bookings.agree_to_move(move=move, by=table.companion)
        move.refresh_from_db()
        assert (start_of(table), move.state) == (move.from_ms, Move.State.LAPSED)

    def test_who_has_paid_for_a_seat_elsewhere_then_cannot(self, table, guests):
        move = proposed(table, table.client)
        other = a_table(a_guest("host-two"), a_place("jade", kind="dining"), 2, starts_at=later(table))
        paid_by_all(seated(other, guests[0]))
        with pytest.raises(AppointmentThen):
            bookings.agree_to_move(move=move, by=guests[0])

    def test_nor_is_who_ordered_moved_into_a_seat_that_he_has_paid_for_elsewhere(self, table, client_user, jade):
        move = proposed(table, table.companion)
        paid_by_all(seated(a_table(a_guest("host-two"), jade, 2, starts_at=later(table)), client_user))
        with pytest.raises(NewTimeTaken):
            bookings.agree_to_move(move=move, by=client_user)
        move.refresh_from_db()
        assert (start_of(table), move.state) == (move.from_ms, Move.State.LAPSED)

    def test_nor_when_he_has_asked_for_that_time_himself(self, table, client_user, guests, jade):
        move = proposed(table, client_user)
        for user in guests:
            bookings.agree_to_move(move=move, by=user)
        paid_by_all(seated(a_table(a_guest("host-two"), jade, 2, starts_at=later(table)), client_user))
        with pytest.raises(NewTimeTaken):
            bookings.agree_to_move(move=move, by=table.companion)

    def test_nor_is_it_offered_to_him(self, table, client_user, jade):
        paid_by_all(seated(a_table(a_guest("host-two"), jade, 2, starts_at=later(table)), client_user))
        assert later(table) not in other_starts(table)

    @pytest.mark.parametrize("who", ["client", "guest"])
    def test_what_is_paid_when_the_meeting_has_moved_there_comes_back_whole(self, table, guests, jade, who):
        payer = guests[0] if who == "guest" else table.client
        other = ordered(payer, jade, starts_at=later(table))
        moved_by_all(proposed(table, table.companion))
        assert pay(other).state == State.EXPIRED
        assert [refund.amount for refund in Refund.objects.filter(ref=other.pk)] == [other.terms.prepaid_fen]
        assert check_books(with_stripe=False) == []

    def test_a_table_is_not_asked_for_while_one_who_pays_it_is_elsewhere(self, client, table, guests, jade):
        other = seated(a_table(a_guest("host-two"), jade, 2, starts_at=later(table)), guests[0])
        pay(other, seq=2)
        moved_by_all(proposed(table, table.companion))
        assert pay(other).state == State.EXPIRED
        assert sum(refund.amount for refund in Refund.objects.filter(ref=other.pk)) == other.terms.prepaid_fen
        client.force_login(other.client)
        page = client.get(reverse("bookings:detail", args=[other.pk]), headers={"accept-language": "en"})
        assert "Paid too late" in page.content.decode()

    def test_who_cannot_answer_any_more_is_not_waited_for(self, table, guests):
        move = proposed(table, table.client)
        User.objects.filter(pk=guests[0].pk).update(is_active=False)
        for user in (guests[1], table.companion):
            bookings.agree_to_move(move=move, by=user)
        assert start_of(table) == move.to_ms

    def test_who_pays_no_part_after_all_is_not_waited_for(self, client_user, guests):
        table = seated(a_table(client_user, a_place("ruby", kind="dining"), 3), *guests)
        services.leave(booking=table, by=guests[1])
        bookings.pay_rest(booking=pay(pay(table), seq=2), by=client_user)
        bookings.accept(booking=pay(table, seq=4), by=table.companion)
        move = proposed(table, table.client)
        assert move.asked == {guests[0].pk, table.companion_id}

    def test_what_the_client_asks_for_in_time_is_over_before_cancelling_costs_something(self, table):
        move = proposed(table, table.client)
        assert move.late_start_ms is None
        near = due_in(table, 30 * 60)
        move = proposed(near, near.client, on_the_half_hour(54))
        assert move.expires_ms == near.starts_ms - DAY_MS
        hers = proposed(near, near.companion, on_the_half_hour(56))
        assert hers.expires_ms > near.starts_ms - DAY_MS

    def test_what_nobody_could_answer_in_time_is_not_asked(self, table):
        near = due_in(table, 24 * 60 + 14)
        with pytest.raises(NoTimeToAnswer):
            proposed(near, near.client, on_the_half_hour(54))
        assert not near.moves.exists()
        assert proposed(near, near.companion, on_the_half_hour(54)).state == Move.State.OPEN
        nearer = due_in(table, 24 * 60 - 1)
        assert proposed(nearer, nearer.client, on_the_half_hour(54)).state == Move.State.OPEN

    def test_who_has_agreed_may_still_say_no(self, table, guests):
        move = proposed(table, table.client)
        for act in (bookings.agree_to_move, bookings.decline_move):
            act(move=move, by=table.companion)
        move.refresh_from_db()
        assert move.state == Move.State.DECLINED

    def test_nobody_else_is_asked(self, table):
        move = proposed(table, table.client)
        for nobody in (table.client, a_guest("somebody")):
            for act in (bookings.agree_to_move, bookings.decline_move):
                with pytest.raises(NotPossibleNow):
                    act(move=move, by=nobody)

    def test_who_has_paid_nothing_is_not_asked(self, client_user, guests):
        table = pay(seated(a_table(client_user, a_place("ruby", kind="dining"), 3, shares=False), *guests))
        bookings.accept(booking=table, by=table.companion)
        move = proposed(table, table.client)
        bookings.agree_to_move(move=move, by=table.companion)
        assert start_of(table) == move.to_ms


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Each reads who is missing while the other's word is not committed."""

    def test_the_last_two_move_it(self, table, guests):
        move = self.wanted_by_two(table, guests)
        assert (start_of(table), move.state) == (move.to_ms, Move.State.AGREED)

    def test_control_without_locks_neither_is_the_last(self, table, guests, monkeypatch):
        monkeypatch.setattr("bookings.services.agreeing.all_at_a_time", lambda ids: None)
        monkeypatch.setattr("bookings.services.agreeing.locked", lambda booking: Booking.objects.get(pk=booking.pk))
        move = self.wanted_by_two(table, guests)
        assert (start_of(table), move.state) == (move.from_ms, Move.State.OPEN)

    @staticmethod
    def wanted_by_two(table: Booking, guests: list[User]) -> Move:
        move = proposed(table, table.client)
        bookings.agree_to_move(move=move, by=table.companion)
        one, other = (partial(bookings.agree_to_move, move=Move.objects.get(pk=move.pk), by=guest) for guest in guests)
        with rival(one) as meanwhile:
            result = meanwhile(other)
        result()
        move.refresh_from_db()
        return move


@pytest.mark.django_db(transaction=True)
class TestAMoveAndAPayment:
    """Of an order for the time to which a table moves, by one who has paid a part of that table."""

    @pytest.fixture
    def last_word(self, table, guests) -> partial:
        move = proposed(table, table.companion)
        for user in (table.client, guests[1]):
            bookings.agree_to_move(move=move, by=user)
        return partial(bookings.agree_to_move, move=Move.objects.get(pk=move.pk), by=guests[0])

    @pytest.fixture
    def other(self, table, guests, jade) -> Booking:
        """Of the second of them, who has given his word."""
        return ordered(guests[1], jade, starts_at=later(table))

    def test_what_is_paid_while_it_moves_comes_back(self, table, last_word, other):
        assert self.paid_while_moved(last_word, other) == State.EXPIRED
        assert start_of(table) == last_word.keywords["move"].to_ms

    def test_control_without_the_lock_on_all_of_them_he_is_in_two_places(self, table, last_word, other, monkeypatch):
        monkeypatch.setattr("bookings.services.agreeing.all_at_a_time", lambda ids: None)
        assert self.paid_while_moved(last_word, other) == State.REQUESTED
        assert start_of(table) == last_word.keywords["move"].to_ms

    def test_it_does_not_move_while_that_is_paid(self, table, last_word, other):
        with pytest.raises(NewTimeTaken):
            self.moved_while_paid(last_word, other)
        assert start_of(table) == last_word.keywords["move"].from_ms

    def test_control_without_the_lock_of_who_pays_he_is_in_two_places(self, table, last_word, other, monkeypatch):
        monkeypatch.setattr("bookings.services.locking.all_at_a_time", lambda ids: None)
        self.moved_while_paid(last_word, other)
        assert start_of(table) == last_word.keywords["move"].to_ms
        other.refresh_from_db()
        assert other.state == State.REQUESTED

    @staticmethod
    def paid_while_moved(last_word: partial, other: Booking) -> str:
        with rival(last_word) as meanwhile:
            result = meanwhile(partial(pay, other))
        return result().state

    @staticmethod
    def moved_while_paid(last_word: partial, other: Booking) -> None:
        with rival(partial(pay, other)) as meanwhile:
            result = meanwhile(last_word)
        result()


class TestTelling:
    def test_who_has_paid_is_asked_and_hears_what_becomes_of_it(self, table, guests):
        move = proposed(table, table.client)
        asked = Letter.objects.get(to=guests[0], subject="想换个时间，等你同意")
        assert f"/parties/{table.pk}/" in asked.body and "%" not in asked.body
        bookings.decline_move(move=move, by=table.companion)
        assert letters_to(guests[1])[-2:] == ["想换个时间，等你同意", "时间不变"]

    @pytest.mark.parametrize("what", ["a guest declines", "taken back", "lapsed"])
    def test_who_is_asked_hears_that_the_time_stays(self, table, guests, what):
        move = proposed(table, table.client)
        {
            "a guest declines": partial(bookings.decline_move, move=move, by=guests[0]),
            "taken back": partial(bookings.take_back_move, move=move, by=table.client),
            "lapsed": partial(lapse_moves, move.expires_ms),
        }[what]()
        assert letters_to(guests[1])[-1] == "时间不变"

    def test_who_would_rather_not_himself_hears_that_he_kept_it_and_the_others_that_it_stays(self, table, guests):
        move = proposed(table, table.client)
        bookings.decline_move(move=move, by=guests[0])
        assert [letters_to(guest)[-1] for guest in guests] == ["你没有同意，时间不变", "时间不变"]
        assert "外婆家" in Letter.objects.get(to=guests[0], subject="你没有同意，时间不变").body

    def test_what_he_hears_late_of_the_asking_says_what_was_asked(self, table, guests):
        move = proposed(table, table.client)
        bookings.decline_move(move=move, by=guests[0])
        Letter.objects.all().delete()
        services.tell_guests(booking=table, step=table.steps.get(state="move_asked"))
        assert letters_to(guests[0]) == ["想换个时间，等你同意"]

    @pytest.mark.parametrize(("reader", "said"), [("client", "declined"), ("companion", "You kept the time")])
    def test_the_story_says_of_the_two_whose_word_it_was(self, client, table, reader, said):
        bookings.decline_move(move=proposed(table, table.client), by=table.companion)
        client.force_login(getattr(table, reader))
        page = client.get(reverse("bookings:detail", args=[table.pk]), headers={"accept-language": "en"})
        assert said in page.content.decode()

    def test_what_is_told_late_says_what_was_asked_then(self, table, guests):
        move = proposed(table, table.client)
        for user in (table.companion, *guests):
            bookings.agree_to_move(move=move, by=user)
        Letter.objects.all().delete()
        services.tell_guests(booking=Booking.objects.get(pk=table.pk), step=table.steps.get(state="move_asked"))
        asked = Letter.objects.get(to=guests[0]).body
        before, after = (localtime(moment(ms)).strftime("%-d日") for ms in (move.from_ms, move.to_ms))
        assert asked.index(before) < asked.index(after)

    def test_who_pays_nothing_hears_only_of_the_new_time(self, client_user, guests):
        table = pay(seated(a_table(client_user, a_place("ruby", kind="dining"), 3, shares=False), *guests))
        bookings.accept(booking=table, by=table.companion)
        move = proposed(table, table.companion)
        assert "想换个时间，等你同意" not in letters_to(guests[0])
        bookings.agree_to_move(move=move, by=table.client)
        assert letters_to(guests[0])[-1] == "时间改了"


class TestPages:
    def test_a_guest_answers_on_the_page_of_his_seat(self, client, table, guests):
        move = proposed(table, table.companion)
        client.force_login(guests[0])
        page = client.get(reverse("parties:seat", args=[table.pk])).content.decode()
        agree = reverse("parties:agree_to_move", args=[table.pk, move.pk])
        assert agree in page and "ruby 想改个时间" in page
        said = client.post(agree, follow=True).content.decode()
        assert "还要等另外 2 个人同意" in said and agree not in said

    def test_who_is_not_asked_reads_nothing_of_it(self, client, client_user, guests):
        table = pay(seated(a_table(client_user, a_place("ruby", kind="dining"), 3, shares=False), *guests))
        bookings.accept(booking=table, by=table.companion)
        proposed(table, table.companion)
        client.force_login(guests[0])
        assert "想改个时间" not in client.get(reverse("parties:seat", args=[table.pk])).content.decode()

    def test_each_answer_is_news_to_all(self, table, guests):
        move = proposed(table, table.client)
        versions, touched = [seat_page(table, guests[0])["moving"]], []

        def hear(booking: Booking, **_: object) -> None:
            touched.append(booking.pk)

        booking_touched.connect(hear)
        for user in guests:
            bookings.agree_to_move(move=move, by=user)
            versions.append(seat_page(table, guests[0])["moving"])
        assert touched == [table.pk] * 2
        assert len({*versions}) == len(versions)

    def test_his_list_says_that_an_answer_is_waited_for(self, client, table, guests):
        move = proposed(table, table.client)
        client.force_login(guests[0])
        assert "想改时间，等你答复" in client.get(reverse("bookings:list")).content.decode()
        bookings.agree_to_move(move=move, by=guests[0])
        assert "想改时间，等你答复" not in client.get(reverse("bookings:list")).content.decode()

    def test_of_what_one_has_paid_nobody_else_is_spoken_of(self, client, client_user):
        table = a_table(client_user, a_place("ruby", kind="dining"), 2)
        bookings.pay_rest(booking=pay(table), by=client_user)
        bookings.accept(booking=pay(table, seq=2), by=table.companion)
        move = proposed(table, table.companion)
        client.force_login(client_user)
        assert "付了一份的人也都要同意" not in client.get(reverse("bookings:detail", args=[table.pk])).content.decode()
        bookings.decline_move(move=move, by=client_user)
        client.force_login(table.companion)
        assert "分摊的人" not in client.get(reverse("bookings:workbench")).content.decode()

    def test_a_guest_declines(self, client, table, guests):
        move = proposed(table, table.companion)
        client.force_login(guests[0])
        client.post(reverse("parties:decline_move", args=[table.pk, move.pk]))
        move.refresh_from_db()
        assert move.state == Move.State.DECLINED

    @pytest.mark.parametrize("name", ["agree_to_move", "decline_move"])
    def test_of_strangers_and_of_other_tables_nothing_is_found(self, client, client_user, table, guests, name):
        move = proposed(table, table.companion)
        client.force_login(a_guest("somebody"))
        assert client.post(reverse(f"parties:{name}", args=[table.pk, move.pk])).status_code == 404
        client.force_login(guests[0])
        assert client.post(reverse(f"parties:{name}", args=[table.pk, move.pk + 1])).status_code == 404
        move.refresh_from_db()
        assert move.state == Move.State.OPEN

    def test_the_two_read_for_how_many_they_still_wait(self, client, table, guests):
        move = proposed(table, table.client)
        bookings.agree_to_move(move=move, by=table.companion)
        page = reverse("bookings:detail", args=[table.pk])
        client.force_login(table.companion)
        seen = client.get(page).content.decode()
        assert "你同意换时间" in seen and "还要等另外 2 个人同意" in seen
        client.force_login(table.client)
        seen = client.get(page).content.decode()
        assert "还要等另外 2 个人同意" in seen
        workbench = client.force_login(table.companion) or client.get(reverse("bookings:workbench"))
        assert reverse("bookings:agree_to_move", args=[table.pk, move.pk]) not in workbench.content.decode()
