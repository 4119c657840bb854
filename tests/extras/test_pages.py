"""The pages of what was laid out: asked for with what was typed kept, answered by the client, read by the two."""

import re
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from bookings import services as bookings
from bookings.models import Booking
from extras import services, views
from extras.models import ASK_UNTIL_MS, OPEN_MS, Extra
from payments import services as payments
from payments.models import Payment, Refund, SavedCard
from tests.cast import a_user
from tests.extras.asking import asked, earlier, ended, money_comes, opened, paid
from tests.extras.pages import ENGLISH, as_, look_at_form, page_of, send, tap
from tests.lasting import lasting
from tests.orders import live, long_ago, settle
from tests.papers import an_upload
from tests.payments.paying import BAD_LATER
from tests.stand_in import GOOD_CARD
from tests.visits import a_place, agreed, ask_for, due_in, enter, together
from tests.visits import code as code_of

pytestmark = pytest.mark.django_db
ASKED_BY_ITS_BANK = "4000002760003184"


@pytest.fixture(scope="class")
def begun(django_db_setup, django_db_blocker) -> Iterator[UUID]:
    """A visit that runs, for a class of tests."""
    with lasting(django_db_blocker):
        yield together(a_user("lin"), a_place("shen")).pk


class TestAsking:
    @pytest.fixture
    def visit(self, db, begun) -> Booking:
        return Booking.objects.get(pk=begun)

    @pytest.mark.parametrize(
        ("typed", "fen"),
        [
            *(("23.5", 2350), ("¥23.50", 2350), ("￥1", 100), ("2000元", 200_000), (" 8.08 ", 808), ("12。5", 1250)),
            *(("1,500", 150_000), ("1，500.00", 150_000), ("２３．５", 2350), ("23.5 RMB", 2350), ("cny 5", 500)),
            *(("5圆", 500), ("¥ 5 块", 500), ("5.", 500)),
        ],
    )
    def test_yuan_become_fen(self, client, visit, typed, fen):
        answer = send(as_(client, visit.companion), visit, amount_fen=typed)
        assert answer.status_code == 302 and answer["Location"] == reverse("bookings:detail", args=[visit.pk])
        assert Extra.objects.get().amount_fen == fen

    @pytest.mark.parametrize(
        "typed",
        [
            *("", "0", "0.99", "-5", "2000.01", "1.005", "NaN", "Infinity", "1e309", "9223372036854775808", "十块"),
            *("1e3", "1_000", "+5", "23,50", "1,5000", ",500", "٣", "5 USD", "5" * 25),
            *("5²", "①", "5½", "㉚", "𝟓", "0,500", "00,500", "０，５００", "－5"),
        ],
    )
    def test_another_sum_is_refused_and_nothing_typed_is_lost(self, client, visit, typed):
        answer = send(as_(client, visit.companion), visit, amount_fen=typed)
        text = answer.content.decode()
        assert answer.status_code == 200 and 'id="id_amount_fen_error"' in text
        assert 'value="挂号费"' in text and not Extra.objects.exists()

    @pytest.mark.parametrize("between", [" ", "¥", "元", "1", ",", "1,", "。", "ﷺ"])
    def test_a_sum_without_end_is_read_in_no_time(self, client, visit, between):
        as_(client, visit.companion)
        started = time.process_time()
        assert 'id="id_amount_fen_error"' in send(client, visit, amount_fen=f"1{between * 40_000}x").content.decode()
        assert time.process_time() - started < 2

    @pytest.mark.parametrize(
        "wrong",
        [{"what": "x" * 41}, {"what": "\u200b"}, {"what": "a\x00b"}, {"photo": an_upload(b"<svg/>")}, {"photo": ""}],
    )
    def test_words_and_photo_are_looked_at(self, client, visit, wrong):
        text = send(as_(client, visit.companion), visit, **wrong).content.decode()
        assert f'id="id_{next(iter(wrong))}_error"' in text and 'value="23.5"' in text and not Extra.objects.exists()

    def test_the_form_goes_on_with_its_own_key(self, client, visit):
        key = str(uuid4())
        assert key in send(as_(client, visit.companion), visit, request_key=key, what="").content.decode()
        for _ in range(2):
            send(client, visit, request_key=key)
        assert Extra.objects.count() == 1

    def test_a_form_that_was_open_for_too_long_says_so(self, client, visit):
        over = long_ago(ended(visit), ASK_UNTIL_MS)
        as_(client, visit.companion)
        for look in (look_at_form, send):
            assert look(client, over).status_code == 302 and "until 24 hours after it" in page_of(client, over)

    def test_and_nothing_that_was_sent_is_looked_at(self, client, visit, monkeypatch):
        monkeypatch.setattr(views, "AskForm", lambda *sent: pytest.fail("looked at"))
        send(as_(client, visit.companion), long_ago(ended(visit), ASK_UNTIL_MS))

    def test_it_is_the_companions_and_of_visits_alone(self, client, visit, stranger, other_client, listing):
        meal = together(other_client, a_place("ruby", kind="dining"), minutes=60)
        for who, booking in ((visit.client, visit), (stranger, visit), (meal.companion, meal)):
            assert send(as_(client, who), booking).status_code == 404
        assert not Extra.objects.exists()


class TestTheReceiptPhoto:
    def address(self, extra: Extra) -> str:
        return reverse("extras:photo", args=[extra.booking_id, extra.pk])

    def test_the_two_see_it_and_nobody_keeps_it(self, client, extra, visit):
        for who in (visit.client, visit.companion):
            answer = as_(client, who).get(self.address(extra))
            assert answer.content.startswith(b"\xff\xd8") and answer["Content-Type"] == "image/jpeg"
            assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
            assert "sandbox" in answer["Content-Security-Policy"] and answer["X-Content-Type-Options"] == "nosniff"

    def test_for_everybody_else_it_is_not_there(self, client, extra, stranger, moderator):
        for who in (stranger, moderator):
            assert as_(client, who).get(self.address(extra)).status_code == 404
        client.logout()
        assert client.get(self.address(extra)).status_code == 302

    def test_nor_under_another_booking_of_the_same_reader(self, client, extra, client_user):
        other = agreed(client_user, a_place("wen"))
        address = reverse("extras:photo", args=[other.pk, extra.pk])
        assert as_(client, client_user).get(address).status_code == 404


class TestAnswering:
    @pytest.fixture
    def bought(self, client_user, stand_in):
        """`bought(card)`: a visit whose payment left its card with Stripe, with something that waits."""

        def running(card: str) -> Extra:
            booking = ask_for(client_user, a_place("shen"))
            payment = Payment.objects.get(ref=booking.pk)
            page = payments.checkout_url(payment=payment, success_url="http://test/", cancel_url="http://test/")
            answer = stand_in.pay(page, card)
            if card == ASKED_BY_ITS_BANK:
                stand_in.prove(answer.headers["location"])
            payments.sync_payment(payment=payment)
            booking = due_in(bookings.accept(booking=booking, by=booking.companion), 5)
            return asked(enter(booking, code_of(booking)))

        return running

    def test_a_saved_card_is_one_tap_and_two_taps_are_one(self, client, client_user, bought):
        extra = bought(GOOD_CARD)
        as_(client, client_user)
        back = reverse("extras:paid", args=[extra.booking_id, extra.pk])
        assert tap(client, extra, "pay", card=SavedCard.objects.get().pk)["Location"] == back
        client.get(back)
        assert tap(client, extra, "pay", card=SavedCard.objects.get().pk).status_code == 302
        extra.refresh_from_db()
        assert extra.state == "paid" and Payment.objects.filter(ref=extra.pk).count() == 1
        assert "All of it goes to your companion" in page_of(client, extra.booking)

    def test_without_a_card_it_is_the_payment_page_and_the_way_back_tells(self, client, client_user, bought, stand_in):
        extra = bought(GOOD_CARD)
        paying = tap(as_(client, client_user), extra, "pay")
        assert paying.status_code == 303 and paying["Location"].startswith(stand_in.url)
        back = stand_in.pay(paying["Location"]).headers["location"]
        assert reverse("extras:paid", args=[extra.booking_id, extra.pk]) in back
        for _ in range(2):
            client.get(reverse("extras:paid", args=[extra.booking_id, extra.pk]))
        extra.refresh_from_db()
        assert extra.state == "paid" and not Refund.objects.exists()

    def test_a_card_that_is_declined_leaves_it_waiting(self, client, client_user, bought):
        extra = bought(BAD_LATER)
        tap(as_(client, client_user), extra, "pay", card=SavedCard.objects.get().pk)
        text = page_of(client, extra.booking)
        assert "The card was declined" in text and "Another card, Alipay or WeChat" in text

    def test_a_bank_that_asks_is_a_link_and_the_way_back_tells(self, client, client_user, bought, stand_in):
        extra = bought(ASKED_BY_ITS_BANK)
        text = tap(as_(client, client_user), extra, "pay", card=SavedCard.objects.get().pk).content.decode()
        assert "Your bank has not confirmed it yet" in page_of(client, extra.booking)
        stand_in.prove(re.search(rf'href="({re.escape(stand_in.url)}[^"]+)"', text)[1])
        client.get(reverse("extras:paid", args=[extra.booking_id, extra.pk]))
        extra.refresh_from_db()
        assert extra.state == "paid"

    def test_nobody_pays_with_a_card_of_somebody_else(self, client, client_user, stranger, bought):
        extra = bought(GOOD_CARD)
        SavedCard.objects.update(user=stranger)
        as_(client, client_user)
        for card in (SavedCard.objects.get().pk, "4242", "x", "9" * 30):
            tap(client, extra, "pay", card=card)
            assert "This card is not saved any more. No money was taken" in page_of(client, extra.booking)
        assert not Payment.objects.filter(card=SavedCard.objects.get()).exists()

    def test_money_that_came_too_late_is_not_called_paid(self, client, extra, visit, client_user):
        payment = opened(extra)
        services.take_back(extra=extra, by=visit.companion)
        money_comes(payment)
        as_(client, client_user).get(reverse("extras:paid", args=[visit.pk, extra.pk]), headers=ENGLISH)
        assert "comes back to you whole" in page_of(client, visit)

    def test_declined_with_a_word_that_she_reads(self, client, extra, visit, client_user):
        tap(as_(client, client_user), extra, "decline", reply="<b>不是今天的</b>")
        assert "You did not agree" in page_of(client, visit)
        hers = page_of(as_(client, visit.companion), visit)
        assert "lin did not agree" in hers and "&lt;b&gt;不是今天的" in hers

    def test_a_word_that_is_too_long_is_kept_as_typed(self, client, extra, client_user):
        answer = tap(as_(client, client_user), extra, "decline", reply="长" * 101)
        assert answer.status_code == 200 and "长" * 101 in answer.content.decode()
        extra.refresh_from_db()
        assert extra.state == "asked"

    def test_what_ended_meanwhile_is_said(self, client, extra, visit, client_user):
        services.take_back(extra=extra, by=visit.companion)
        for doing in ("pay", "decline"):
            tap(as_(client, client_user), extra, doing)
            assert "answered or taken back meanwhile" in page_of(client, visit)

    def test_others_answer_nothing(self, client, extra, visit, stranger):
        for who, doings in (
            (stranger, ("pay", "decline", "take_back")),
            (visit.companion, ("pay", "decline")),
            (visit.client, ("take_back",)),
        ):
            as_(client, who)
            assert {tap(client, extra, doing).status_code for doing in doings} == {404}
        extra.refresh_from_db()
        assert extra.state == "asked"


class TestTheBookingsPage:
    def version(self, client, booking: Booking) -> str:
        return re.search(r'data-version="([^"]*)"', page_of(client, booking))[1]

    def test_each_step_is_news_for_both(self, client, visit):
        seen: dict[str, list[str]] = {"client": [], "companion": []}

        def look() -> None:
            for side, versions in seen.items():
                versions.append(self.version(as_(client, getattr(visit, side)), visit))

        look()
        first = asked(visit)
        look()
        paid(first)
        look()
        services.decline(extra=asked(visit), by=visit.client)
        look()
        assert [len(set(versions)) for versions in seen.values()] == [4, 4]

    def test_only_who_may_is_offered_anything(self, client, extra, visit):
        his, hers = page_of(as_(client, visit.client), visit), page_of(as_(client, visit.companion), visit)
        for name, on_his, on_hers in (("pay", 1, 0), ("decline", 1, 0), ("take_back", 0, 1)):
            address = reverse(f"extras:{name}", args=[visit.pk, extra.pk])
            assert (his.count(address), hers.count(address)) == (on_his, on_hers)
        asking = f'href="{reverse("extras:ask", args=[visit.pk])}"'
        assert (asking in his, asking in hers) == (False, True)

    def test_what_waits_for_him_stands_first(self, client, extra, visit):
        his = page_of(as_(client, visit.client), visit)
        assert his.index('id="extras-title"') < his.index('id="state-title"')
        paid(extra)
        his = page_of(client, visit)
        assert his.index('id="extras-title"') > his.index('id="state-title"')

    def test_what_lapsed_by_the_clock_is_offered_to_nobody(self, client, extra, visit):
        earlier(extra, OPEN_MS)
        his = page_of(as_(client, visit.client), visit)
        assert "A payment that is under way still counts" in his and "/pay/" not in his
        services.lapse_due()
        assert "Lapsed without an answer" in page_of(client, visit)

    def test_before_it_begins_and_elsewhere_there_is_nothing(self, client, client_user, other_client, listing):
        before, talk = agreed(client_user, a_place("shen")), live(other_client, listing)
        for booking in (before, talk):
            for who in (booking.client, booking.companion):
                assert "extras-title" not in page_of(as_(client, who), booking)

    def test_of_a_visit_that_is_over_with_nothing_asked_the_client_sees_nothing(self, client, visit):
        over = ended(visit)
        assert "extras-title" not in page_of(as_(client, visit.client), over)
        assert "Possible until" in page_of(as_(client, visit.companion), over)

    @pytest.mark.parametrize("rows", [1, 3])
    @pytest.mark.parametrize(("side", "queries"), [("client", 31), ("companion", 27)])
    def test_more_of_them_are_not_more_questions(self, client, visit, side, queries, rows, django_assert_num_queries):
        for _ in range(rows):
            asked(visit)
        # The first look at the page makes the code to end with.
        page_of(as_(client, getattr(visit, side)), visit)
        with django_assert_num_queries(queries):
            page_of(client, visit)

    @pytest.mark.parametrize("rows", [1, 3])
    def test_nor_on_the_bill(self, client, visit, rows, django_assert_num_queries):
        for _ in range(rows):
            paid(asked(visit))
        settle(ended(visit))
        as_(client, visit.client)
        with django_assert_num_queries(21):
            page_of(client, visit, "receipt")


class TestTheBill:
    @pytest.fixture
    def billed(self, visit) -> Booking:
        paid(asked(visit))
        paid(asked(visit, what="打车", amount_fen=4000))
        services.decline(extra=asked(visit, what="咖啡"), by=visit.client)
        return settle(ended(visit))

    @pytest.mark.parametrize(
        ("side", "words"),
        [("client", "Paid to the companion, no fee."), ("companion", "It is not part of your income")],
    )
    def test_lists_what_was_paid_apart_from_what_was_served(self, client, billed, side, words):
        text = page_of(as_(client, getattr(billed, side)), billed, "receipt")
        assert all(each in text for each in ("挂号费", "¥23.50", "打车", "¥40", "¥63.50", words, "¥300"))
        assert "咖啡" not in text

    def test_her_income_is_without_it(self, client, billed):
        text = page_of(as_(client, billed.companion), billed, "receipt")
        assert "¥255" in text
        desk = re.sub(r"\s+", " ", client.get(reverse("bookings:workbench"), headers=ENGLISH).content.decode())
        assert "¥255 in all" in desk and "Besides, ¥63.50 of what you laid out" in desk

    def test_nothing_is_listed_where_nothing_was_paid(self, client, visit):
        asked(visit)
        assert "extras-title" not in page_of(as_(client, visit.client), settle(ended(visit)), "receipt")


def test_the_records_show_the_money_and_never_what_for(client, extra, visit):
    paid(extra)
    as_(client, a_user("root", is_staff=True, is_superuser=True))
    for address in ("/admin/extras/extra/", f"/admin/extras/extra/{extra.pk}/change/"):
        text = client.get(address).content.decode()
        assert "2350" in text and visit.code in text and "挂号费" not in text
