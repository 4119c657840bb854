"""One order's money from the first click to a lost dispute, in steps that people and workers take again when they fail.

Each step may be repeated: it does what is left to do.
"""

from collections import Counter
from collections.abc import Callable
from uuid import UUID, uuid4

from accounts.models import User
from payments import services
from payments.models import Dispute, Earning, Payment, Payout, PayoutAccount, Refund, Reversal, SavedCard, Transfer
from payments.services.disputes import follow_dispute
from tests.payments.paying import RETURN_URL, checkout
from tests.payments.serving import AGAIN, BACK, come_due, served
from tests.stand_in import StandIn

FIRST, ON_TOP, USED = 3000, 1000, 2500


class Story:
    """He pays 3000 fen on Stripe's page and 1000 by the card that was kept; 2500 are served; the rest goes back; she is
    paid; his bank takes the first payment back."""

    # Where the product asks on the way, as the stand-in sees it.
    PLACES = (
        ("POST", "/v1/customers"),
        ("POST", "/v1/checkout/sessions"),
        ("GET", "/v1/checkout/sessions/*"),
        ("POST", "/v1/payment_intents"),
        ("POST", "/v1/payment_intents/*/confirm"),
        ("POST", "/v1/accounts"),
        ("POST", "/v1/account_links"),
        ("GET", "/v1/accounts/*"),
        ("GET", "/v1/payouts"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/refunds/*"),
        ("POST", "/v1/transfers"),
        ("GET", "/v1/disputes/*"),
        ("POST", "/v1/transfers/*/reversals"),
    )

    def __init__(self, stand_in: StandIn, payer: User, companion: User) -> None:
        self.stand_in, self.payer, self.companion = stand_in, payer, companion
        self.ref: UUID = uuid4()

    @property
    def steps(self) -> list[Callable[[], object]]:
        asking = [self.ask_for_the_page, self.pay, self.come_back, self.charge_the_card]
        her_account = [self.begin_account, self.tell_all, self.look_at_account]
        money_back = [self.serve, self.send_refunds, self.look_at_refunds]
        paying_out = [self.release, self.send_payouts]
        disputing = [self.complain, self.hear_of_it, self.lose, self.hear_the_end, self.book, self.fetch_back]
        return [*asking, *her_account, *money_back, *paying_out, *disputing]

    def first(self) -> Payment:
        known = Payment.objects.filter(ref=self.ref, seq=1).first()
        return known or self._opened(FIRST)

    def _opened(self, amount: int) -> Payment:
        words = "我在 · 姗姗 · 30 分钟"
        return services.open_payment(payer=self.payer, ref=self.ref, amount=amount, description=words)

    # He pays

    def ask_for_the_page(self) -> None:
        if self.first().status != "succeeded":
            checkout(self.first())

    def pay(self) -> None:
        """At Stripe; a page that was paid on takes no second payment."""
        self.stand_in.pay(self.first().session_url)

    def come_back(self) -> None:
        services.sync_payment(payment=self.first())

    def charge_the_card(self) -> None:
        known = Payment.objects.filter(ref=self.ref, seq=2).first()
        top_up = known or self._opened(ON_TOP)
        if top_up.status != "succeeded":
            card = SavedCard.objects.of(self.payer).get()
            services.charge_saved_card(payment=top_up, card=card, return_url=RETURN_URL)

    # She has an account

    def begin_account(self) -> None:
        services.onboarding_url(user=self.companion, refresh_url=AGAIN, return_url=BACK)

    def tell_all(self) -> None:
        self.stand_in.control(f"accounts/{PayoutAccount.objects.get(user=self.companion).stripe_id}/verify")

    def look_at_account(self) -> None:
        services.sync_account(user_id=self.companion.pk)

    # It is served, and the rest goes back

    def serve(self) -> None:
        if not Earning.objects.filter(ref=self.ref).exists():
            served(self.ref, self.companion, USED)

    def send_refunds(self) -> None:
        for refund in Refund.objects.filter(ref=self.ref, status="requested"):
            services.send_refund(refund_id=refund.pk)

    def look_at_refunds(self) -> None:
        for refund in Refund.objects.filter(ref=self.ref):
            services.sync_refund(refund=refund)

    # She is paid

    def release(self) -> None:
        come_due()
        services.release_due()

    def send_payouts(self) -> None:
        for payout in Payout.objects.filter(earning=self.ref, status="requested"):
            services.send_payout(payout_id=payout.pk)

    # His bank takes it back

    def complain(self) -> None:
        charge_id = self.first().charge_id
        if not self.stand_in.listed("disputes", charge=charge_id):
            self.stand_in.control(f"charges/{charge_id}/dispute", reason="fraudulent")

    def dispute_id(self) -> str:
        [dispute] = self.stand_in.listed("disputes", charge=self.first().charge_id)
        return dispute["id"]

    def hear_of_it(self) -> None:
        follow_dispute(stripe_id=self.dispute_id())

    def lose(self) -> None:
        [dispute] = self.stand_in.listed("disputes", charge=self.first().charge_id)
        if dispute["status"] == "needs_response":
            self.stand_in.control(f"disputes/{dispute['id']}/lose")

    def hear_the_end(self) -> None:
        follow_dispute(stripe_id=self.dispute_id())

    def book(self) -> None:
        for dispute in Dispute.objects.filter(ref=self.ref, outcome="lost"):
            services.book_loss(dispute_id=dispute.pk)

    def fetch_back(self) -> None:
        for reversal in Reversal.objects.filter(dispute__ref=self.ref, status="requested"):
            services.send_reversal(reversal_id=reversal.pk)

    # How it ended

    def told(self) -> Counter:
        """Its ledger, whatever the ids: how often so much moved from this to that kind of account, and why."""
        rows = Transfer.objects.filter(ref=self.ref).select_related("debit", "credit")
        return Counter((row.kind, row.debit.kind, row.credit.kind, row.amount) for row in rows)

    def moved_at_stripe(self) -> Counter:
        """How often money really moved there for this order."""
        charges = self.stand_in.listed("charges", transfer_group=str(self.ref))
        paid = [one for one in charges if one["status"] == "succeeded"]
        refunds = [r for c in paid for r in self.stand_in.listed("refunds", charge=c["id"])]
        transfers = self.stand_in.listed("transfers", transfer_group=str(self.ref))
        back = [r for t in transfers for r in self.stand_in.listed(f"transfers/{t['id']}/reversals")]
        return Counter(charge=len(paid), refund=len(refunds), transfer=len(transfers), reversal=len(back))

    def must_be_done_once(self) -> None:
        moved = self.moved_at_stripe()
        assert moved == EXPECTED, moved


EXPECTED = Counter(charge=2, refund=2, transfer=1, reversal=1)
