"""What a companion laid out: asked for while the visit runs and a day after, with a receipt, within bounds."""

import json
from uuid import uuid4

import pytest

from accounts.models import Letter
from accounts.services import block
from bookings.errors import NotPossibleNow
from chat.models import Message
from common.clock import database_now_ms
from extras import services
from extras.errors import AskedTooOften, ExtraGone, NotAskable, TooManyExtras, TooMuchInAll
from extras.models import ASK_UNTIL_MS, MOST_ASKED, MOST_EXTRAS, MOST_FEN, MOST_IN_ALL_FEN, OPEN_MS, Extra
from payments.models import Abandonment, Payment
from tests.extras.asking import FEN, HOUR, WHAT, a_receipt, asked, earlier, ended, opened, paid
from tests.orders import live, long_ago
from tests.visits import a_place, agreed
from tests.visits import together as together_in

pytestmark = pytest.mark.django_db


def taken_back(extra: Extra) -> None:
    services.take_back(extra=extra, by=extra.booking.companion)


def lapsed_by_the_clock(extra: Extra) -> None:
    earlier(extra, OPEN_MS)


class TestAsking:
    def test_it_waits_with_what_was_said_and_nothing_is_to_be_paid_yet(self, extra, visit):
        extra = Extra.objects.get()
        assert (extra.booking, extra.what, extra.amount_fen, extra.state) == (visit, WHAT, FEN, "asked")
        assert services.photo_for(extra, visit.client).startswith(b"\xff\xd8")
        assert not Payment.objects.filter(ref=extra.pk).exists()

    def test_the_same_tap_is_the_same_one(self, visit):
        key = uuid4()
        first = asked(visit, request_key=key)
        assert asked(visit, request_key=key).pk == first.pk
        assert Letter.objects.filter(key__startswith="extras:").count() == 1
        assert Extra.objects.count() == 1

    @pytest.mark.parametrize("ends", [paid, taken_back, lapsed_by_the_clock])
    def test_the_same_tap_asks_for_nothing_once_it_waits_no_more(self, visit, ends):
        key = uuid4()
        ends(asked(visit, request_key=key))
        with pytest.raises(ExtraGone):
            asked(visit, request_key=key)
        assert Extra.objects.count() == 1

    @pytest.mark.parametrize("change", [{"what": "打车"}, {"amount_fen": FEN + 1}, {"photo": a_receipt(321)}])
    def test_the_same_form_that_says_or_shows_something_else_is_another_one(self, visit, change):
        key = uuid4()
        assert asked(visit, request_key=key).pk != asked(visit, request_key=key, **change).pk

    def test_the_client_is_written_to_without_what_it_was(self, extra, visit):
        letter = Letter.objects.get(key=f"extras:{extra.pk}")
        assert letter.to == visit.client and "¥23.50" in letter.subject and str(visit.pk) in letter.body
        assert WHAT not in letter.subject + letter.body

    def test_it_is_told_in_the_talk_without_what_it_was(self, visit):
        key = uuid4()
        for _ in range(2):
            asked(visit, request_key=key)
        [line] = Message.objects.filter(body__contains="extra_asked")
        assert json.loads(line.body) == {"event": "extra_asked", "reason": "companion"}

    def test_nobody_else_asks(self, visit, stranger):
        for somebody in (visit.client, stranger):
            with pytest.raises(NotAskable):
                asked(visit, by=somebody)

    def test_not_before_it_begins(self, client_user):
        with pytest.raises(NotAskable):
            asked(agreed(client_user, a_place("shen")))

    @pytest.mark.parametrize(("later_ms", "open_still"), [(ASK_UNTIL_MS - 60_000, True), (ASK_UNTIL_MS, False)])
    def test_until_a_day_after_its_end(self, visit, later_ms, open_still):
        over = long_ago(ended(visit), later_ms)
        if open_still:
            assert asked(over).state == "asked"
        else:
            with pytest.raises(NotAskable):
                asked(over)

    def test_other_kinds_have_none(self, client_user, other_client, listing):
        meal = together_in(other_client, a_place("ruby", kind="dining"), minutes=60)
        for booking in (live(client_user, listing), meal):
            with pytest.raises(NotAskable):
                asked(booking)

    def test_ten_wait_or_are_paid_and_what_was_taken_back_makes_room(self, visit):
        extras = [asked(visit) for _ in range(MOST_EXTRAS)]
        paid(extras[0])
        with pytest.raises(TooManyExtras):
            asked(visit)
        services.take_back(extra=extras[1], by=visit.companion)
        asked(visit)

    def test_so_much_in_all_to_the_fen(self, visit):
        for fen in (MOST_FEN, MOST_FEN, MOST_IN_ALL_FEN - 2 * MOST_FEN - 100):
            paid(asked(visit, amount_fen=fen))
        with pytest.raises(TooMuchInAll):
            asked(visit, amount_fen=101)
        asked(visit, amount_fen=100)

    def test_not_more_than_twenty_times_whatever_became_of_them(self, visit):
        for _ in range(MOST_ASKED):
            taken_back(asked(visit))
        with pytest.raises(AskedTooOften):
            asked(visit)

    def test_nobody_asks_whom_he_has_left(self, visit, client_user):
        block(by=client_user, other=visit.companion)
        with pytest.raises(NotAskable):
            asked(visit)


class TestAnswering:
    def test_declined_once_with_the_words_that_came_first(self, extra, visit, client_user):
        services.decline(extra=extra, by=client_user, reply="这张发票不是今天的")
        services.decline(extra=extra, by=client_user)
        extra.refresh_from_db()
        assert (extra.state, extra.reply) == ("declined", "这张发票不是今天的") and extra.decided_ms
        assert Abandonment.objects.filter(ref=extra.pk).exists()

    def test_taken_back_twice_is_once_and_its_letter_is_not_sent_any_more(self, extra, visit):
        for _ in range(2):
            services.take_back(extra=extra, by=visit.companion)
        extra.refresh_from_db()
        assert extra.state == "withdrawn" and not Letter.objects.filter(key__startswith="extras:").exists()

    def test_each_answers_for_himself_alone(self, extra, visit, stranger):
        for somebody in (visit.companion, stranger):
            with pytest.raises(NotPossibleNow):
                services.decline(extra=extra, by=somebody)
            with pytest.raises(NotPossibleNow):
                services.payment_for(extra=extra, by=somebody)
        for somebody in (visit.client, stranger):
            with pytest.raises(NotPossibleNow):
                services.take_back(extra=extra, by=somebody)
        extra.refresh_from_db()
        assert extra.state == "asked"

    def test_what_is_paid_is_neither_declined_nor_taken_back(self, extra, visit, client_user):
        paid(extra)
        with pytest.raises(ExtraGone):
            services.decline(extra=extra, by=client_user)
        with pytest.raises(ExtraGone):
            services.take_back(extra=extra, by=visit.companion)

    def test_what_nobody_answered_lapses_after_three_days_to_the_millisecond(self, extra):
        over = extra.asked_ms + 72 * HOUR
        assert [services.lapse_due(now_ms=ms) for ms in (over - 1, over, over)] == [0, 1, 0]
        extra.refresh_from_db()
        assert extra.state == "lapsed"

    def test_by_the_clock_it_has_lapsed_before_a_round_comes_by(self, extra, client_user):
        payment = opened(extra)
        earlier(extra, 72 * HOUR - 60_000)
        assert opened(extra).pk == payment.pk
        earlier(extra, 60_000)
        with pytest.raises(ExtraGone):
            services.decline(extra=extra, by=client_user)
        with pytest.raises(ExtraGone):
            services.payment_for(extra=extra, by=client_user)
        payment.refresh_from_db()
        assert payment.status == "open"

    def test_one_that_fails_keeps_no_other_from_lapsing(self, visit, extra, monkeypatch):
        other = asked(visit)
        abandon = services.answering.payments.abandon

        def broken(*, ref) -> None:
            if ref == extra.pk:
                raise RuntimeError
            abandon(ref=ref)

        monkeypatch.setattr(services.answering.payments, "abandon", broken)
        assert services.lapse_due(now_ms=database_now_ms() + OPEN_MS) == 1
        other.refresh_from_db()
        extra.refresh_from_db()
        assert (extra.state, other.state) == ("asked", "lapsed")

    @pytest.mark.parametrize(("who", "state"), [("client", "declined"), ("companion", "withdrawn")])
    def test_when_the_two_part_what_waits_is_closed_and_what_is_paid_stays(self, visit, extra, who, state):
        before = paid(asked(visit))
        by = getattr(visit, who)
        block(by=by, other=visit.other(by))
        extra.refresh_from_db()
        before.refresh_from_db()
        assert (extra.state, before.state) == (state, "paid")

    def test_a_block_of_others_closes_nothing(self, extra, visit, stranger):
        block(by=stranger, other=visit.companion)
        extra.refresh_from_db()
        assert extra.state == "asked"
