"""What a companion laid out: asked for while the visit runs and a day after, with a receipt, within bounds."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import Letter
from accounts.services import block
from bookings.errors import NotPossibleNow
from bookings.models import Booking
from chat.models import Message
from common.clock import database_now_ms
from extras import services
from extras.errors import ExtraGone, NotAskable, TooManyExtras, TooMuchInAll
from extras.models import ASK_UNTIL_MS, MOST_EXTRAS, MOST_FEN, MOST_IN_ALL_FEN, OPEN_MS, Extra
from payments.models import Abandonment, Payment
from tests.cast import a_user
from tests.extras.asking import FEN, WHAT, a_receipt, asked, earlier, ended, opened, paid
from tests.orders import live, long_ago
from tests.visits import a_place, agreed
from tests.visits import together as together_in

pytestmark = pytest.mark.django_db


class TestAsking:
    def test_it_waits_with_what_was_said_and_nothing_is_to_be_paid_yet(self, extra, visit):
        extra = Extra.objects.get()
        assert (extra.booking, extra.what, extra.amount_fen, extra.state) == (visit, WHAT, FEN, "asked")
        assert services.photo_for(extra, visit.client).startswith(b"\xff\xd8")
        assert not Payment.objects.filter(ref=extra.pk).exists()

    def test_the_same_tap_is_the_same_one_whatever_became_of_it(self, visit):
        key = uuid4()
        first = asked(visit, request_key=key)
        assert asked(visit, request_key=key).pk == first.pk
        assert Letter.objects.filter(key__startswith="extras:").count() == 1
        paid(first)
        assert asked(visit, request_key=key).pk == first.pk
        assert Extra.objects.count() == 1

    @pytest.mark.parametrize("change", [{"what": "打车"}, {"amount_fen": FEN + 1}])
    def test_the_same_form_that_says_something_else_is_another_one(self, visit, change):
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
        assert services.lapse_due(now_ms=extra.asked_ms + OPEN_MS - 1) == 0
        assert services.lapse_due(now_ms=extra.asked_ms + OPEN_MS) == 1
        assert services.lapse_due(now_ms=extra.asked_ms + OPEN_MS) == 0
        extra.refresh_from_db()
        assert extra.state == "lapsed"

    def test_by_the_clock_it_has_lapsed_before_a_round_comes_by(self, extra, client_user):
        payment = opened(extra)
        earlier(extra, OPEN_MS)
        with pytest.raises(ExtraGone):
            services.decline(extra=extra, by=client_user)
        with pytest.raises(ExtraGone):
            services.payment_for(extra=extra, by=client_user)
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


def row(booking: Booking, **changes) -> Extra:
    told = {"what": "复印", "amount_fen": 100, "asked_ms": database_now_ms(), "photo": b"sealed"}
    return Extra(**{"booking": booking, "request_key": uuid4(), **told, **changes})


class TestTheDatabase:
    def refuses(self, rule: str, act) -> None:
        with pytest.raises(DatabaseError, match=rule), transaction.atomic():
            act()

    @pytest.mark.parametrize(
        ("rule", "change"),
        [
            ("extra_says_what", {"what": " "}),
            ("extra_amount_bounded", {"amount_fen": 99}),
            ("extra_amount_bounded", {"amount_fen": MOST_FEN + 1}),
            ("extra_decided_once", {"decided_ms": 1}),
            ("extra_reply_declines", {"reply": "不"}),
            ("extra_photo_until_erased", {"photo": None}),
            ("extra_photo_until_erased", {"photo": None, "erased_at": Now()}),
            ("begins with being asked", {"state": "paid", "decided_ms": 1}),
            ("begins with being asked", {"asked_ms": 9_999_999_999_999}),
        ],
    )
    def test_refuses_a_row_that_makes_no_sense(self, visit, rule, change):
        self.refuses(rule, row(visit, **change).save)

    def test_refuses_the_same_tap_twice(self, extra, visit):
        self.refuses("extra_request_once", row(visit, request_key=extra.request_key).save)

    def test_refuses_what_is_asked_of_no_running_visit(self, client_user, listing, visit):
        before = agreed(a_user("zhou"), a_place("wen"))
        over = long_ago(ended(visit), ASK_UNTIL_MS)
        for booking in (live(client_user, listing), before, over):
            self.refuses("nothing can be asked for", row(booking).save)

    def test_refuses_more_than_ten_and_more_than_the_whole(self, visit):
        for fen in (MOST_FEN, MOST_FEN, MOST_IN_ALL_FEN - 2 * MOST_FEN):
            asked(visit, amount_fen=fen)
        self.refuses("extras over", row(visit).save)
        Extra.objects.update(state="withdrawn", decided_ms=1)
        for _ in range(MOST_EXTRAS):
            row(visit).save()
        self.refuses("extras over", row(visit).save)

    def test_refuses_two_who_have_parted(self, visit, client_user):
        block(by=client_user, other=visit.companion)
        self.refuses("blocked the other", row(visit).save)

    @pytest.mark.parametrize(
        "change", [{"what": "打车"}, {"amount_fen": 100}, {"asked_ms": 1}, {"request_key": uuid4()}]
    )
    def test_keeps_what_was_asked(self, extra, change):
        self.refuses("extras are kept", lambda: Extra.objects.filter(pk=extra.pk).update(**change))

    def test_keeps_the_rows(self, extra):
        self.refuses("extras are kept", extra.delete)

    @pytest.mark.parametrize("state", ["asked", "paid", "lapsed"])
    def test_lets_nothing_out_of_what_is_decided(self, extra, client_user, state):
        services.decline(extra=extra, by=client_user)
        changed = {"state": state, "decided_ms": None if state == "asked" else 1}
        self.refuses("extras are kept", lambda: Extra.objects.filter(pk=extra.pk).update(**changed))

    def test_takes_nothing_for_paid_that_was_not_passed_on(self, extra):
        paid_for = Extra.objects.filter(pk=extra.pk)
        self.refuses("extras are kept", lambda: paid_for.update(state="paid", decided_ms=1))

    def test_brings_no_erased_photo_back(self, extra, client_user):
        services.decline(extra=extra, by=client_user)
        mine = Extra.objects.filter(pk=extra.pk)
        mine.update(photo=None, erased_at=Now())
        self.refuses("extras are kept", lambda: mine.update(photo=b"again", erased_at=None))

    def test_a_receipt_is_part_of_it(self, visit):
        with pytest.raises(IntegrityError), transaction.atomic():
            row(visit, photo=None).save()
        assert a_receipt().content.startswith(b"\xff\xd8")
