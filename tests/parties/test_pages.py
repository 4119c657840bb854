"""What who ordered, guests and the companion see of a table, and what they may do there."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from accounts import services as accounts
from accounts.models import Block, Letter, User
from bookings import services as bookings
from bookings.models import Booking, State
from common.clock import moment
from listings.models import Companion
from parties import services
from parties.services import invitation
from payments.models import Payment
from tests.cast import a_user
from tests.orders import on_the_half_hour, past_the_triggers, pay
from tests.papers import an_identity, identify
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.stand_in import StandIn
from tests.visits import a_place, due_in
from vetting import services as vetting

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


@pytest.fixture
def guest(db) -> User:
    return a_guest("guest-one")


@pytest.fixture
def table(client_user, dining):
    """For two, who share ¥60."""
    return a_table(client_user, dining, 2)


@pytest.fixture
def look(client):
    """`look(user, address)` is what that person reads there."""

    def text(user: User, address: str, **options) -> str:
        client.force_login(user)
        answer = client.get(address, headers=ENGLISH, **options)
        assert answer.status_code == 200, answer
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))

    return text


def page(name: str, booking) -> str:
    return reverse(name, args=[booking.pk])


def path(booking) -> str:
    """The invitation's address on this site."""
    return invitation(booking).removeprefix(settings.SITE_URL)


def send(client, user: User, where: str, **form):
    client.force_login(user)
    return client.post(where, form, headers=ENGLISH)


class TestWhoOrdered:
    def test_sees_who_has_paid_and_what_is_missing(self, table, guest, client_user, look):
        seated(table, guest)
        words = look(client_user, page("bookings:detail", table))
        assert "2 at the table" in words and "Pay my part ¥30" in words and "Pay the rest for all: ¥60" in words
        pay(table)
        words = look(client_user, page("bookings:detail", table))
        assert "Your part is paid; the others' is missing" in words
        assert "Pay my part" not in words and "Pay the rest for all: ¥30" in words

    def test_hands_the_invitation_out_while_a_seat_is_free(self, client, table, guest, client_user, look):
        assert invitation(table) in client_page(client, client_user, page("parties:invite", table))
        seated(table, guest)
        client.force_login(client_user)
        assert client.get(page("parties:invite", table)).status_code == 302
        for other in (guest, table.companion):
            client.force_login(other)
            assert client.get(page("parties:invite", table)).status_code == 404

    @pytest.mark.parametrize("shares", [True, False])
    def test_once_he_has_paid_the_invitation_is_the_next_step_right_under_the_state(
        self, client, client_user, dining, guest, shares
    ):
        table = a_table(client_user, dining, 3, shares=shares)
        assert self.invites(client, table) == ("btn wide", 1)
        pay(table)
        assert self.invites(client, table) == ("btn go wide", 1)
        bookings.accept(booking=paid_by_all(seated(table, guest, a_guest("guest-two"))), by=table.companion)
        assert self.invites(client, table) is None

    def test_where_the_two_meet_soon_that_comes_first(self, client, client_user, dining):
        table = pay(a_table(client_user, dining, 2, shares=False))
        bookings.accept(booking=table, by=table.companion)
        assert self.invites(client, table) == ("btn go wide", 1)
        due_in(table, 20)
        assert self.invites(client, table) == ("btn wide", 1)

    @staticmethod
    def invites(client, table) -> tuple[str, int] | None:
        """How the link to the invitation looks, and under how many cards it stands."""
        text = client_page(client, table.client, page("bookings:detail", table))
        before, _, after = text.partition(f'href="{page("parties:invite", table)}"')
        return (before.rpartition('class="')[2].partition('"')[0], before.count("<section")) if after else None

    def test_is_told_in_time_who_can_pay_and_what_he_can_do_himself(self, table, client_user, look):
        pay(table)
        words = look(client_user, page("bookings:detail", table))
        assert "can pay only with a confirmed identity" in words and "pay the rest for all below (¥30)" in words
        due = localtime(moment(table.due_ms))
        assert re.search(rf"paid until [^.]+ {due:%H:%M}\.", look(client_user, page("parties:invite", table)))
        pay(table, seq=bookings.pay_rest(booking=table, by=client_user).payment_seq)
        assert "pay the rest" not in look(client_user, page("bookings:detail", table))
        words = look(client_user, page("parties:invite", table))
        assert "paid until" not in words and "when, and that you pay" in words

    def test_cancels_before_all_is_paid_and_is_told_what_comes_back(self, client, table, client_user, look):
        pay(table)
        words = look(client_user, page("bookings:detail", table))
        assert "Comes back to all of you ¥30" in words
        send(client, client_user, page("bookings:cancel", table), expected_fen=3000)
        table.refresh_from_db()
        assert table.state == State.CANCELLED

    def test_his_list_has_his_own_money(self, table, guest, client_user, look):
        before = look(client_user, reverse("bookings:list"))
        assert "¥60" in before
        pay(table)
        assert "¥30" in look(client_user, reverse("bookings:list"))
        paid_by_all(seated(table, guest))
        bookings.accept(booking=table, by=table.companion)
        bookings.cancel(booking=due_in(table, 60), by=client_user)
        assert "¥6 · ¥24 back" in look(client_user, reverse("bookings:list"))

    def test_pays_the_rest_at_stripe(self, client, stand_in: StandIn, table, client_user):
        answer = send(client, client_user, page("parties:rest", table))
        stand_in.pay(answer.url)
        client.get(page("bookings:returned", table))
        table.refresh_from_db()
        assert table.state == State.REQUESTED

    def test_pays_his_part_after_a_guest_has_taken_what_he_was_about_to_pay_for_all(
        self, client, stand_in: StandIn, client_user, dining, guest, look
    ):
        table = seated(a_table(client_user, dining, 3), guest, a_guest("guest-two"))
        send(client, client_user, page("parties:rest", table))
        services.take_part(booking=table, by=guest)
        words = look(client_user, page("bookings:detail", table))
        assert "Pay my part" in words and "One step left" in words and "Your part is paid" not in words
        stand_in.pay(send(client, client_user, page("bookings:pay", table)).url)
        client.get(page("bookings:returned", table))
        assert table.shares.get(payer=client_user, state="paid").amount_fen == 2000

    def test_reads_after_a_cancelling_what_is_his(self, table, guest, client_user, look):
        bookings.accept(booking=paid_by_all(seated(table, guest)), by=table.companion)
        bookings.cancel(booking=table, by=client_user)
        words = look(client_user, page("bookings:detail", table))
        assert "Comes back¥30" in words and "Comes back¥60" not in words

    def test_of_a_late_cancelling_he_reads_his_own_sums_and_not_what_came_for_nothing(
        self, client_user, dining, guest, look
    ):
        table = a_table(client_user, dining, 2, starts_at=on_the_half_hour(12))
        rest = bookings.pay_rest(booking=table, by=client_user)
        seated(table, guest)
        for one in (guest, client_user):
            bookings.take_share(booking=table, by=one)
        pay(table, seq=rest.payment_seq)
        bookings.accept(booking=paid_by_all(table), by=table.companion)
        bookings.cancel(booking=table, by=client_user)
        words = look(client_user, page("bookings:detail", table))
        assert "¥24 comes back to you, ¥6 stays with ruby" in words
        assert "¥48 goes back to all of you" in words


class TestWhoeverHasTheAddress:
    """Nobody is signed in."""

    @pytest.fixture
    def read(self, client):
        """`read(booking)` is what stands there, without the words of its mark-up."""

        def text(booking) -> str:
            answer = client.get(path(booking), headers=ENGLISH)
            assert answer.status_code == 200
            return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))

        return text

    def test_reads_what_he_is_invited_to(self, table, guest, client_user, dining, read):
        table = seated(a_table(a_guest("host-two"), dining, 3, starts_at=on_the_half_hour(72)), guest)
        words, begins, due = read(table), localtime(table.starts_at), localtime(moment(table.due_ms))
        whom = ["host-two invites you", "ruby", "Meal companion", "上海 徐汇区", "3 people, you among them"]
        what = [f"{begins:%H:%M}", "Confirm your identity", "up to a day", f"by {due:%H:%M}"]
        assert [said for said in (*whom, *what) if said not in words] == []
        assert re.search(rf"Your part, about ¥20, until [^¥]+ {due:%H:%M} ", words)
        assert not any(secret in words for secret in ("外婆家", "淮海中路", "guest-one"))

    def test_reads_that_who_ordered_pays(self, client_user, dining, read):
        words = read(pay(a_table(client_user, dining, 2, shares=False)))
        assert "Nothing for your companion: lin pays" in words and "until" not in words

    def test_signs_in_or_up_and_comes_back(self, client, table):
        page = client.get(path(table)).content.decode()
        for door in ("account_login", "account_signup"):
            assert f'href="{reverse(door)}?next={path(table).replace("/", "%2F")}"' in page

    def test_comes_back_from_the_mail_too(self, client, settings, table):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        told = {"email": "ming@example.com", "password1": "yi-ge-hao-mima", "display_name": "阿明"}
        client.post(reverse("account_signup"), {**told, "birth_date": "1995-06-01", "next": path(table)})
        link = re.search(r"http://\S+/confirm-email/\S+", mail.outbox[-1].body)[0]
        answer = Client().post(link.removeprefix("http://testserver"), follow=True, headers=ENGLISH)
        assert answer.request["PATH_INFO"] == path(table) and "lin invites you" in answer.content.decode()

    def test_nobody_on_the_way_learns_the_address(self, client, table, guest):
        for user in (None, guest, table.client):
            if user:
                client.force_login(user)
            for address in (path(table), path(table)[:-2] + "x/"):
                answer = client.get(address)
                assert answer["Referrer-Policy"] == "strict-origin" and "noindex" in answer["X-Robots-Tag"]
                assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize("end", ["full", "cancelled", "begun"])
    def test_reads_nothing_of_what_is_over_but_finds_his_own_seat(self, client, table, guest, client_user, end, read):
        {
            "full": lambda: seated(table, guest),
            "cancelled": lambda: bookings.cancel(booking=table, by=client_user),
            "begun": lambda: due_in(table, -1),
        }[end]()
        words = read(table)
        assert "no free seat" in words and not any(name in words for name in ("lin", "ruby", "徐汇"))
        assert f"{reverse('account_login')}?next=" in client.get(path(table)).content.decode()

    def test_a_guessed_address_is_not_there(self, client, table):
        for address in (path(table)[:-2] + "x/", f"/parties/with/{table.pk.hex}/", "/parties/with/x~y/"):
            assert client.get(address).status_code == 404

    def test_whose_session_has_ended_is_led_back_to_the_invitation(self, client, table):
        assert client.post(f"{path(table)}join/")["Location"] == path(table)
        assert not table.party.guests.exists()


class TestGuests:
    def test_an_invitation_says_where_when_and_how_much(self, table, guest, look):
        words = look(guest, path(table))
        due = localtime(moment(table.due_ms))
        for said in ("lin invites you", "外婆家", "Your part, about ¥30", f"{due:%H:%M}", "Join and pay my part"):
            assert said in words

    def test_who_is_not_identified_is_led_there_and_comes_back(self, client, table):
        nobody = a_user("nobody-knows")
        there = f"{reverse('vetting:identity')}?next={path(table).replace('/', '%2F')}"
        assert there in client_page(client, nobody, path(table))
        send(client, nobody, f"{path(table)}join/")
        assert not table.party.guests.exists()

    def test_joins_and_pays_at_stripe(self, client, stand_in: StandIn, table, guest, look):
        answer = send(client, guest, f"{path(table)}join/")
        stand_in.pay(answer.url)
        client.get(page("parties:returned", table))
        words = look(guest, page("parties:seat", table))
        assert "Your part is paid" in words and "Visa ending in 4242" in words
        assert table.shares.get(payer=guest).state == "paid"

    def test_who_turned_back_from_the_payment_page_pays_from_his_seat(self, client, stand_in, table, guest, look):
        send(client, guest, f"{path(table)}join/")
        assert "Pay my part ¥30" in look(guest, page("parties:seat", table))
        assert send(client, guest, page("parties:pay", table)).url.startswith(stand_in.url)

    def test_his_seat_follows_as_the_page_of_who_ordered_does(self, client, client_user, dining, guest):
        table = seated(a_table(client_user, dining, 3), guest, a_guest("guest-two"))
        text, versions = client_page(client, guest, page("parties:seat", table)), set()
        assert "every 4s" in text
        for seq in (1, 2, 3):
            versions.add(re.search(r'data-version="([^"]*)"', text)[1])
            pay(table, seq=seq)
            text = client_page(client, guest, page("parties:seat", table))
            assert "every 4s" in text
        assert len(versions) == 3
        bookings.accept(booking=table, by=table.companion)
        assert "every 30s" in client_page(client, guest, page("parties:seat", table))
        bookings.cancel(booking=table, by=client_user)
        assert "every" not in client_page(client, guest, page("parties:seat", table))

    def test_where_who_ordered_was_about_to_pay_for_him_he_may_still_pay_his_part(self, table, guest, look):
        bookings.pay_rest(booking=table, by=table.client)
        seated(table, guest)
        assert "Pay my part" in look(guest, page("parties:seat", table))

    def test_has_the_numbers_to_call_while_there_is_a_meeting(self, client, client_user, dining, guest):
        def seat() -> str:
            text = client_page(client, guest, page("parties:seat", table))
            return text.split("<main")[1].split("</main>")[0]

        table = paid_by_all(seated(a_table(client_user, dining, 2), guest))
        assert "tel:" not in seat()
        bookings.accept(booking=table, by=table.companion)
        assert 'href="tel:110"' in seat() and 'href="tel:120"' in seat()
        assert "are so far only with lin and ruby" in seat()
        bookings.cancel(booking=table, by=client_user)
        assert "tel:" not in seat()

    def test_gives_the_seat_back(self, client, table, guest):
        seated(table, guest)
        send(client, guest, page("parties:leave", table))
        assert not table.party.guests.exists()

    def test_finds_the_seat_among_his_bookings(self, table, guest, look):
        assert "You are invited" not in look(guest, reverse("bookings:list"))
        seated(table, guest)
        assert "You are invited" in look(guest, reverse("bookings:list"))

    def test_sees_nothing_of_what_others_paid_with(self, table, guest, look):
        seated(table, guest)
        pay(table)
        assert "4242" not in look(guest, page("parties:seat", table))

    def test_a_strangers_table_is_not_there(self, client, table, guest, stranger):
        seated(table, guest)
        client.force_login(stranger)
        for name in ("seat", "invite"):
            assert client.get(page(f"parties:{name}", table)).status_code == 404
        for name in ("pay", "leave", "rest"):
            assert client.post(page(f"parties:{name}", table)).status_code == 404
        assert client.get(path(table)[:-2] + "x/").status_code == 404
        # A guest is none of the two: their pages are not his.
        client.force_login(guest)
        assert client.get(page("bookings:detail", table)).status_code == 404
        assert client.post(page("bookings:cancel", table)).status_code == 404

    def test_whom_a_block_keeps_apart_it_is_not_there(self, client, table, guest):
        accounts.block(by=table.companion, other=guest, known_as="x")
        client.force_login(guest)
        assert client.get(path(table)).status_code == 404
        assert client.post(f"{path(table)}join/").status_code == 404

    def test_who_gave_his_seat_back_and_paid_all_the_same_finds_his_money(self, client, table, guest, look):
        seated(table, guest)
        send(client, guest, page("parties:leave", table))
        pay(table, seq=2)
        words = look(guest, page("parties:seat", table))
        assert "Comes back¥30" in words and "Give my seat back" not in words

    def test_who_is_not_identified_reads_what_it_is_and_that_it_may_come_too_late(self, table, guest, look):
        nobody = a_user("nobody-knows")
        words = look(nobody, path(table))
        assert "lin invites you" in words and "徐汇区" in words and "you cannot pay your part in time" in words
        assert "sign up" not in words
        an_identity(nobody)
        vetting.prove_identity(by=nobody)
        assert "A moderator looks at it within a day" in look(nobody, path(table))

    def test_where_and_when_are_for_who_can_come(self, client, table, guest, look):
        nobody = a_user("nobody-knows")
        assert "外婆家" in look(guest, path(table)) and "外婆家" not in look(nobody, path(table))
        bookings.cancel(booking=table, by=table.client)
        words = look(guest, path(table))
        assert "外婆家" not in words and "ruby" not in words

    @pytest.mark.parametrize(("gender", "said"), [("male", "meets only women"), ("unsaid", "Fill in your gender")])
    def test_whom_she_does_not_meet_reads_what_anybody_reads_and_why_there_is_no_seat(
        self, client_user, dining, guest, look, gender, said
    ):
        User.objects.filter(pk=client_user.pk).update(gender="female")
        User.objects.filter(pk=guest.pk).update(gender=gender)
        client_user.refresh_from_db()
        Companion.objects.update(meets="female")
        words = look(guest, path(a_table(client_user, dining, 2)))
        assert said in words and "徐汇区" in words
        assert not any(secret in words for secret in ("外婆家", "淮海中路", "Join and pay", "once your identity"))

    def test_whom_a_block_keeps_from_a_guest_reads_that_no_seat_is_free(self, client_user, dining, guest, look):
        table, other = a_table(client_user, dining, 3), a_guest("guest-two")
        accounts.block(by=guest, other=other, known_as="x")
        words = look(other, path(seated(table, guest)))
        assert "no free seat" in words and not any(name in words for name in ("lin", "ruby", "外婆家", "徐汇"))

    def test_whose_seat_was_taken_back_reads_only_that_none_is_free(self, client, table, guest, client_user, look):
        services.remove(booking=seated(table, guest), by=client_user, guest=guest)
        words = look(guest, path(table))
        assert "no free seat" in words and not any(name in words for name in ("lin", "ruby", "外婆家", "徐汇"))
        send(client, guest, f"{path(table)}join/")
        assert not table.party.guests.exists()

    @pytest.mark.parametrize("end", ["leaves", "is removed", "is blocked"])
    def test_who_has_no_seat_any_more_reads_and_pays_nothing(self, client, table, guest, end):
        seated(table, guest)
        {
            "leaves": lambda: services.leave(booking=table, by=guest),
            "is removed": lambda: services.remove(booking=table, by=table.client, guest=guest),
            "is blocked": lambda: accounts.block(by=table.companion, other=guest, known_as="x"),
        }[end]()
        client.force_login(guest)
        assert client.get(page("parties:seat", table)).status_code == 404
        assert client.post(page("parties:pay", table)).status_code == 404

    def test_a_full_table_says_so(self, client, table, guest, look):
        seated(table, guest)
        late = a_guest("guest-late")
        assert "no free seat" in look(late, path(table))
        send(client, late, f"{path(table)}join/")
        assert table.party.guests.count() == 1


class TestGettingRidOfAGuest:
    def test_a_seat_is_taken_back(self, client, table, guest, client_user):
        seated(table, guest)
        where = reverse("parties:remove", args=[table.pk, guest.pk])
        for other in (table.companion, guest):
            assert send(client, other, where).status_code == 404
        send(client, client_user, where)
        assert not table.party.guests.exists()

    @pytest.mark.parametrize("who", ["client", "companion"])
    def test_both_of_the_two_may_block_one(self, client, table, guest, who, look):
        paid_by_all(seated(table, guest))
        by = getattr(table, who)
        assert "Block guest-one" in look(by, page("bookings:detail", table))
        send(client, by, reverse("parties:block", args=[table.pk, guest.pk]))
        assert Block.objects.filter(blocker=by, blocked=guest).exists()

    def test_a_guest_blocks_nobody_here(self, client, table, guest):
        other = a_guest("guest-two")
        seated(table, guest)
        for user_id in (guest.pk, other.pk):
            where = reverse("parties:block", args=[table.pk, user_id])
            assert send(client, other, where).status_code == 404


class TestTheCompanion:
    def test_hears_by_mail_who_joins_after_it_was_paid(self, client_user, dining, guest):
        seated(pay(a_table(client_user, dining, 2, shares=False)), guest)
        assert Letter.objects.get(to=dining.companion.user).subject == "guest-one也一起来"

    def test_reads_who_took_a_seat_after_she_had_accepted(self, client_user, dining, guest, look):
        table = pay(seated(a_table(client_user, dining, 3, shares=False), guest))
        bookings.accept(booking=table, by=table.companion)
        desk, own, said = reverse("bookings:workbench"), page("bookings:detail", table), "a seat at the table of lin"
        assert said not in look(table.companion, desk) and "after you had accepted" not in look(table.companion, own)
        seated(table, a_guest("guest-two"))
        assert f"guest-two took {said}" in look(table.companion, desk)
        words = look(table.companion, own)
        assert words.count("after you had accepted") == 1 and words.index("guest-two") < words.index("after you had")
        assert "after you had accepted" not in look(client_user, own)
        with past_the_triggers():
            table.party.guests.update(joined_at=F("joined_at") - timedelta(hours=12))
        assert said not in look(table.companion, desk)

    def test_what_is_new_at_her_table_is_news_to_the_open_workbench(self, client, client_user, dining, guest):
        table = pay(a_table(client_user, dining, 3, shares=False))
        bookings.accept(booking=table, by=table.companion)
        versions = set()
        for _ in range(2):
            text = client_page(client, table.companion, reverse("bookings:workbench"))
            versions.add(re.search(r'data-version="([^"]*)"', text)[1])
            seated(table, guest)
        assert len(versions) == 2

    def test_reads_how_many_come_before_she_answers(self, table, guest, look):
        paid_by_all(seated(table, guest))
        words = look(table.companion, reverse("bookings:workbench"))
        assert "2 people come" in words and "guest-one" in words

    def test_the_workbench_asks_as_often_for_two_tables_as_for_one(self, client, dining):
        counts = []
        client.force_login(dining.companion.user)
        for number in (1, 2):
            host = a_guest(f"host-{number}")
            booking = a_table(host, dining, 2, starts_at=on_the_half_hour(48 + 8 * number))
            paid_by_all(seated(booking, a_guest(f"with-{number}")))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(reverse("bookings:workbench"))
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestTheForm:
    @pytest.fixture
    def plan(self, client, client_user, dining):
        """`plan(size=…, shares=…)` sends the form of an order."""
        identify(client_user)
        told = {"venue": "外婆家", "district": "徐汇区", "address": "淮海中路 999 号", "paid_by": "each"}
        order = {"minutes": "60", "starts_at": on_the_half_hour().isoformat(), "later": "1", "request_key": uuid4()}
        form = {**told, **order, "open_to_all": "on", "seen_fen": dining.price_fen}
        return lambda **more: send(client, client_user, reverse("meals:plan", args=[dining.pk]), **form, **more)

    def test_asks_how_many_and_who_pays(self, client_user, plan):
        plan(size="3", shares="yes")
        first = Payment.objects.get()
        assert (first.amount, first.payer) == (2000, client_user)
        assert first.ref and client_user.bookings.get().party.size == 3

    def test_says_where_it_is_chosen_what_sharing_asks_of_guests(self, client_user, dining, look):
        identify(client_user)
        at = f"minutes=60&starts_at={on_the_half_hour():%Y-%m-%dT%H:%M:%SZ}"
        words = look(client_user, f"{reverse('meals:plan', args=[dining.pk])}?{at}")
        assert "within 30 minutes" in words and "a confirmed identity; a new check takes up to a day" in words

    def test_what_one_alone_would_share_is_refused_and_nothing_typed_is_lost(self, plan):
        answer = plan(size="1", shares="yes")
        text = answer.content.decode()
        assert answer.status_code == 200 and "A price is shared by at least two" in text
        assert 'value="外婆家"' in text and answer.context["form"]["shares"].value() == "yes"
        assert not Booking.objects.exists()

    def test_how_many_left_out_is_one_complaint(self, plan):
        assert len(plan(shares="yes").context["form"].errors["size"]) == 1


def client_page(client, user: User, address: str) -> str:
    client.force_login(user)
    return client.get(address, headers=ENGLISH).content.decode()
