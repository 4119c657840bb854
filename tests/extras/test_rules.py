"""What the database refuses, whoever asks it: the last to keep what was asked, and whose money it is."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from accounts.services import block
from bookings.models import Booking, Terms
from common.clock import database_now_ms
from common.sealing import reseal, seal
from extras import services
from extras.models import ASK_UNTIL_MS, MOST_ASKED, MOST_EXTRAS, MOST_FEN, MOST_IN_ALL_FEN, Extra
from listings.kinds import KINDS
from payments.models import Account, AccountKind, TransferKind
from payments.services.ledger import Posting, of_user, open_payer_accounts, post
from tests.cast import a_user
from tests.extras.asking import FEN, a_receipt, asked, ended, opened, paid
from tests.orders import live, long_ago, past_the_triggers
from tests.visits import a_place, agreed, together

pytestmark = pytest.mark.django_db
FAR = 9_999_999_999_999
KEPT = "extras are kept"


def row(booking: Booking, **changes) -> Extra:
    told = {"what": "复印", "amount_fen": 100, "asked_ms": database_now_ms(), "photo": b"sealed"}
    return Extra(**{"booking": booking, "request_key": uuid4(), **told, **changes})


def refuses(rule: str, act) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        act()


def refuses_change(extra: Extra, rule: str = KEPT, **change) -> None:
    refuses(rule, lambda: Extra.objects.filter(pk=extra.pk).update(**change))


def declined(booking: Booking) -> Extra:
    extra = asked(booking)
    services.decline(extra=extra, by=booking.client, reply="不")
    extra.refresh_from_db()
    return extra


class TestAsking:
    @pytest.mark.parametrize(
        ("rule", "change"),
        [
            ("extra_says_what", {"what": " "}),
            ("extra_amount_bounded", {"amount_fen": 99}),
            ("extra_amount_bounded", {"amount_fen": MOST_FEN + 1}),
            ("extra_decided_once", {"decided_ms": FAR}),
            ("extra_reply_declines", {"reply": "不"}),
            ("extra_photo_until_erased", {"photo": None}),
            ("extra_photo_until_erased", {"photo": None, "erased_at": Now()}),
            ("extra_photo_not_empty", {"photo": b""}),
            ("begins with being asked", {"state": "paid", "decided_ms": FAR}),
            ("begins with being asked", {"asked_ms": FAR}),
            ("begins with being asked", {"asked_ms": 1}),
        ],
    )
    def test_refuses_a_row_that_makes_no_sense(self, visit, rule, change):
        refuses(rule, row(visit, **change).save)

    def test_refuses_one_that_was_asked_for_a_minute_ago(self, visit):
        row(visit, asked_ms=database_now_ms() - 50_000).save()
        refuses("begins with being asked", row(visit, asked_ms=database_now_ms() - 60_001).save)

    def test_refuses_the_same_tap_twice(self, extra, visit):
        refuses("extra_request_once", row(visit, request_key=extra.request_key).save)

    def test_knows_each_state(self, extra):
        with past_the_triggers():
            refuses_change(extra, "extra_state_known", state="other", decided_ms=FAR)

    def test_refuses_what_is_asked_of_no_running_visit(self, client_user, listing, visit):
        before = agreed(a_user("zhou"), a_place("wen"))
        over = long_ago(ended(visit), ASK_UNTIL_MS)
        for booking in (live(client_user, listing), before, over):
            refuses("nothing can be asked for", row(booking).save)

    def test_refuses_more_than_ten_and_more_than_the_whole(self, visit):
        for fen in (MOST_FEN, MOST_FEN, MOST_IN_ALL_FEN - 2 * MOST_FEN):
            asked(visit, amount_fen=fen)
        refuses("extras over", row(visit).save)
        for extra in Extra.objects.all():
            services.take_back(extra=extra, by=visit.companion)
        for _ in range(MOST_EXTRAS):
            row(visit).save()
        refuses("extras over", row(visit).save)

    def test_refuses_the_one_after_the_twentieth_whatever_became_of_them(self, visit):
        for _ in range(MOST_ASKED):
            row(visit).save()
            Extra.objects.filter(state="asked").update(state="withdrawn", decided_ms=database_now_ms())
        refuses("was asked 20 times", row(visit).save)

    @pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
    def test_takes_them_of_just_the_kinds_whose_policy_it_is(self, visit, other_client, kind):
        booking = visit if kind.extras else together(other_client, a_place("ruby", kind="dining"), minutes=60)
        with past_the_triggers():
            Terms.objects.filter(booking=booking).update(kind=kind.key)
        assert (booking.terms.price_unit == "visit") == kind.extras == (kind.price_unit == "visit")
        if kind.extras:
            row(booking).save()
        else:
            refuses("nothing can be asked for", row(booking).save)

    def test_refuses_two_who_have_parted(self, visit, client_user):
        block(by=client_user, other=visit.companion)
        refuses("blocked the other", row(visit).save)


class TestKeeping:
    def test_what_was_asked(self, extra, client_user):
        other = agreed(client_user, a_place("wen"))
        for change in (
            *({"what": "打车"}, {"amount_fen": 100}, {"asked_ms": 1}, {"request_key": uuid4()}),
            *({"id": uuid4()}, {"booking": other}),
        ):
            refuses_change(extra, **change)

    def test_the_rows(self, extra):
        refuses(KEPT, extra.delete)

    def test_all_of_them(self):
        with connection.cursor() as cursor:
            refuses(KEPT, lambda: cursor.execute("TRUNCATE extras_extra"))

    def test_the_photo(self, extra):
        sealed = bytes(Extra.objects.values_list("photo", flat=True).get())
        Extra.objects.update(photo=reseal(sealed))
        for other in (b"", b"another", seal(a_receipt(400).content), seal(a_receipt().content)[:-1]):
            refuses_change(extra, photo=other)

    @pytest.mark.parametrize("state", ["asked", "paid", "lapsed", "declined"])
    def test_what_is_decided(self, visit, state):
        before = declined(visit)
        moment = {"asked": None, "declined": before.decided_ms - 1}.get(state, before.decided_ms)
        refuses_change(before, state=state, decided_ms=moment, reply="不" * (state == "declined"))

    def test_the_answer(self, visit):
        refuses_change(declined(visit), reply="好")
        before = paid(asked(visit))
        refuses_change(before, decided_ms=before.decided_ms + 1)
        refuses_change(before, state="asked", decided_ms=None)


class TestDeciding:
    @pytest.mark.parametrize("state", ["declined", "withdrawn", "lapsed"])
    def test_is_neither_before_it_was_asked_for_nor_to_come(self, extra, state):
        for moment in (FAR, database_now_ms() + 60_000):
            refuses_change(extra, state=state, decided_ms=moment)
        refuses_change(extra, state=state, decided_ms=extra.asked_ms - 1)
        with past_the_triggers():
            refuses_change(extra, "extra_decided_after_asked", state=state, decided_ms=extra.asked_ms - 1)
        Extra.objects.update(state=state, decided_ms=extra.asked_ms)

    def test_in_a_clock_that_went_back_is_when_it_was_asked_for(self, extra, monkeypatch):
        monkeypatch.setattr(services.answering, "database_now_ms", lambda: extra.asked_ms - 3_600_000)
        paid(extra)
        assert (extra.state, extra.decided_ms) == ("paid", extra.asked_ms)


class TestTheMoney:
    def passed_on(self, extra: Extra, fen: int = FEN, seq: int = 0, **two: int) -> None:
        """From the client's prepay to the companion's payable, or between others."""
        opened(extra)
        payer_id, companion_id = two.get("payer", extra.booking.client_id), two.get("to", extra.booking.companion_id)
        open_payer_accounts(payer_id)
        clearing, prepay = (of_user(kind, payer_id) for kind in (AccountKind.STRIPE_CLEARING, AccountKind.PREPAY))
        hers, _ = Account.objects.get_or_create(
            kind=AccountKind.PAYABLE, owner=f"user:{companion_id}", defaults={"credit_normal": True}
        )
        post(extra.pk, Posting(TransferKind.PAYMENT, clearing, prepay, fen, 1))
        post(extra.pk, Posting(TransferKind.EXTRA, prepay, hers, fen, seq))

    def test_takes_nothing_for_paid_that_was_not_passed_on(self, extra):
        refuses_change(extra, state="paid", decided_ms=extra.asked_ms)

    @pytest.mark.parametrize("fen", [FEN - 1, FEN + 1])
    def test_nor_where_it_was_another_sum(self, extra, fen):
        self.passed_on(extra, fen)
        refuses_change(extra, state="paid", decided_ms=extra.asked_ms)

    @pytest.mark.parametrize("other", ["payer", "to"])
    def test_nor_where_it_went_between_others(self, extra, stranger, other):
        self.passed_on(extra, **{other: stranger.pk})
        refuses_change(extra, state="paid", decided_ms=extra.asked_ms)

    @pytest.mark.parametrize("state", ["declined", "withdrawn", "lapsed"])
    def test_takes_what_was_passed_on_for_nothing_but_paid(self, extra, state):
        self.passed_on(extra)
        refuses_change(extra, state=state, decided_ms=extra.asked_ms)
        Extra.objects.update(state="paid", decided_ms=extra.asked_ms)

    def test_is_passed_on_in_one_movement(self, extra):
        refuses("transfer_passed_on_once", lambda: self.passed_on(extra, seq=1))


class TestErasing:
    def test_is_of_all_words_and_the_photo_together(self, visit):
        before, mine = declined(visit), Extra.objects.all()
        gone = {"photo": None, "erased_at": Now()}
        for change in (gone, {**gone, "what": ""}, {**gone, "reply": ""}, {"what": "", "reply": ""}):
            refuses_change(before, **change)
        mine.update(**gone, what="", reply="")
        refuses_change(before, photo=b"again", erased_at=None)
        refuses_change(before, what="打车")
        with past_the_triggers():
            refuses_change(before, "extra_words_until_erased", reply="不")
            refuses_change(before, "extra_words_until_erased", what="打车")

    def test_leaves_the_words_of_what_was_paid(self, visit):
        before, gone = paid(asked(visit)), {"photo": None, "erased_at": Now()}
        refuses_change(before, **gone, what="")
        Extra.objects.update(**gone)
