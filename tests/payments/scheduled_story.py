"""The story of one order's money, told so that it may not matter when we hear of what: whoever goes on to something
that needs to know asks first."""

from collections.abc import Callable

from django.db.models import Model

from payments.models import (
    Dispute,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    Reversal,
    SavedCard,
)
from payments.services import sync_account, sync_payment
from tests.payments.paying import checkout
from tests.payments.schedules import AtOnce, Carrier, time_passes
from tests.payments.whole_story import ON_TOP, Story
from tests.stand_in import DECLINED_CARD

LIFE = 600
"""Seconds by which the stand-in's clock is put back once refunds are made: none settles by itself meanwhile."""

ROWS: dict[type[Model], tuple[str, ...]] = {
    Payment: ("seq", "status", "amount", "refunded", "charged_back", "method", "last_decline"),
    Refund: ("seq", "status", "amount", "payment__seq", "failure_reason"),
    Earning: ("amount", "kept", "released_at", "stopped"),
    Payout: ("seq", "status", "amount", "reversed"),
    Dispute: ("seq", "status", "outcome", "amount", "booked_at"),
    Reversal: ("status", "amount"),
    PayoutAccount: ("details_submitted", "can_receive", "can_withdraw", "due", "left_at"),
    SavedCard: ("last4", "removed_at"),
    FinanceTask: ("kind", "closed_at"),
}


def told_of(model: type[Model], names: tuple[str, ...]) -> list[dict[str, object]]:
    """Its rows, oldest first. Of a moment it is told only whether it has come."""
    rows = model._default_manager.order_by("pk").values(*names)
    return [{name: bool(at) if name.endswith("_at") else at for name, at in row.items()} for row in rows]


class ScheduledStory(Story):
    """What happens, with a schedule for the word of it. No example knows of another: all rows are this story's."""

    @property
    def acts(self) -> list[Callable[[], object]]:
        raise NotImplementedError

    def told_by(self, schedule: AtOnce) -> dict[str, object]:
        """How it ended when all of it was heard of as the schedule says, and then time has passed."""
        carrier = Carrier(self.stand_in, schedule)
        for act in self.acts:
            act()
            carrier.goes_on(self.accounts())
        time_passes()
        return self.ended()

    def accounts(self) -> list[str]:
        return list(PayoutAccount.objects.exclude(stripe_id=None).values_list("stripe_id", flat=True))

    def ended(self) -> dict[str, object]:
        rows = {model.__name__: told_of(model, names) for model, names in ROWS.items()}
        return {"ledger": self.told(), "at Stripe": self.moved_at_stripe(), **rows}

    def beginning(self) -> list[Callable[[], object]]:
        return [self.begin_account, self.tell_all, self.ask_more, self.tell_all, self.know_account, self.serve]

    def ending(self) -> list[Callable[[], object]]:
        return [self.send_refunds, self.release, self.send_payouts]

    def ask_more(self) -> None:
        account_id = PayoutAccount.objects.get(user=self.companion).stripe_id
        self.stand_in.control(f"accounts/{account_id}/require", fields=["individual.id_number"])

    def know_account(self) -> None:
        if not PayoutAccount.objects.get(user=self.companion).can_receive:
            sync_account(user_id=self.companion.pk)

    def send_refunds(self) -> None:
        super().send_refunds()
        self.stand_in.control("clock", advance=-LIFE)

    def know_paid(self) -> None:
        for payment in Payment.objects.filter(ref=self.ref).exclude(status="succeeded"):
            sync_payment(payment=payment)

    def others_sell(self) -> None:
        """Through the same account of Stripe's, with nothing of ours on it; no money moves."""
        api = self.stand_in.api
        declined = {"payment_method": "pm_card_visa_chargeDeclined", "confirm": "true", "return_url": "http://test/"}
        api.post("/v1/payment_intents", data={"amount": 900, "currency": "cny", **declined})
        api.post("/v1/accounts", data={"type": "express", "country": "HK"})


class ByCard(ScheduledStory):
    """Declined, paid, topped up by the card that was kept after a page was opened in vain; then his bank takes the
    first payment back, or does not."""

    outcome = "lose"

    @property
    def acts(self) -> list[Callable[[], object]]:
        paying = [self.ask_for_the_page, self.be_declined, self.pay, self.others_sell, self.know_paid]
        more = [self.open_another_page, self.charge_the_card]
        return [*paying, *more, *self.beginning(), *self.ending(), self.complain, self.decide]

    def be_declined(self) -> None:
        self.stand_in.pay(self.first().session_url, card=DECLINED_CARD)

    def open_another_page(self) -> None:
        checkout(self._opened(ON_TOP))

    def decide(self) -> None:
        self.stand_in.control(f"disputes/{self.dispute_id()}/{self.outcome}")


class Won(ByCard):
    outcome = "win"


class ByWallet(ScheduledStory):
    """Twice by wallet; what goes back is on its way for a while, and arrives or not."""

    outcome = "succeed"

    @property
    def acts(self) -> list[Callable[[], object]]:
        paying = [self.ask_for_the_page, self.pay_by_wallet, self.know_paid, self.pay_more, self.others_sell]
        return [*paying, self.know_paid, *self.beginning(), *self.ending(), self.arrive]

    def pay_by_wallet(self) -> None:
        self.stand_in.http.post(self.first().session_url, data={"method": "alipay"})

    def pay_more(self) -> None:
        self.stand_in.http.post(checkout(self._opened(ON_TOP)), data={"method": "wechat_pay"})

    def arrive(self) -> None:
        for refund in self.stand_in.refunds():
            self.stand_in.control(f"refunds/{refund['id']}/{self.outcome}")


class Refused(ByWallet):
    outcome = "fail"
