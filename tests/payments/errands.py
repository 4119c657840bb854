"""Where else Stripe is asked than on the way of an order's money: cards that are left and given up, ways to pay that
are closed, a companion's own page, an answer to a bank, the comparison of the books. Each step may be repeated."""

from collections.abc import Callable
from uuid import uuid4

from accounts.models import User
from payments import services
from payments.gateway.values import Happening
from payments.models import CardSetup, Dispute, Payment, PayoutAccount, SavedCard, StripeCustomer
from payments.services.adding import card_page_url, sync_card_setup
from payments.services.cards import refresh_card
from payments.services.disputes import follow_dispute
from tests.payments.paying import RETURN_URL, checkout
from tests.payments.serving import AGAIN, BACK
from tests.stand_in import StandIn

ASKS_EACH_TIME = "4000002760003184"


class Errands:
    PLACES = (
        ("POST", "/v1/checkout/sessions"),
        ("GET", "/v1/checkout/sessions/*"),
        ("GET", "/v1/payment_methods/*"),
        ("GET", "/v1/payment_intents/*"),
        ("POST", "/v1/payment_intents/*/cancel"),
        ("POST", "/v1/payment_methods/*/detach"),
        ("POST", "/v1/checkout/sessions/*/expire"),
        ("POST", "/v1/accounts/*/login_links"),
        ("POST", "/v1/disputes/*"),
        ("GET", "/v1/events"),
        ("GET", "/v1/balance_transactions"),
    )

    def __init__(self, stand_in: StandIn, payer: User, companion: User) -> None:
        self.stand_in, self.payer, self.companion = stand_in, payer, companion
        self.charged, self.closed, self.disputed = uuid4(), uuid4(), uuid4()

    @property
    def steps(self) -> list[Callable[[], object]]:
        card = [self.open_card_page, self.leave_card, self.look_at_card_page, self.look_at_card]
        charge = [self.begin_charge, self.look_at_charge, self.call_it_off, self.give_card_up]
        closing = [self.open_page, self.close_page]
        hers = [self.have_account, self.look_at_her_page]
        bank = [self.pay, self.hear_of_it, self.come_back, self.complain, self.answer, self.send_answer]
        return [services.reconcile, *card, *charge, *closing, *hers, *bank, services.reconcile]

    def payment(self, ref: object) -> Payment:
        known = Payment.objects.filter(ref=ref).first()
        return known or services.open_payment(payer=self.payer, ref=ref, amount=700, description="我在 · 30 分钟")

    # A card is left, charged in vain, and given up

    def open_card_page(self) -> None:
        if not CardSetup.objects.exclude(session_id=None).exists():
            card_page_url(user=self.payer, success_url=BACK, cancel_url=AGAIN)

    def leave_card(self) -> None:
        if not self.stand_in.listed("checkout/sessions", status="complete"):
            page = f"{self.stand_in.url}/c/pay/{self.setup().session_id}"
            self.stand_in.prove(self.stand_in.pay(page, card=ASKS_EACH_TIME).headers["location"])

    def setup(self) -> CardSetup:
        """The one whose page was opened."""
        return CardSetup.objects.exclude(session_id=None).get(user=self.payer)

    def look_at_card_page(self) -> None:
        sync_card_setup(setup=self.setup())

    def card(self) -> SavedCard:
        return SavedCard.objects.get(user=self.payer)

    def look_at_card(self) -> None:
        refresh_card(stripe_id=self.card().stripe_id)

    def begin_charge(self) -> None:
        services.charge_saved_card(payment=self.payment(self.charged), card=self.card(), return_url=RETURN_URL)

    def look_at_charge(self) -> None:
        services.sync_payment(payment=self.payment(self.charged))

    def call_it_off(self) -> None:
        services.close_checkout(payment=self.payment(self.charged))

    def give_card_up(self) -> None:
        services.forget_card(card=self.card(), by=self.payer)
        services.detach_card(card_id=self.card().pk)

    # A page to pay on is closed

    def open_page(self) -> None:
        checkout(self.payment(self.closed))

    def close_page(self) -> None:
        services.close_checkout(payment=self.payment(self.closed))

    # She looks at her account

    def have_account(self) -> None:
        services.onboarding_url(user=self.companion, refresh_url=AGAIN, return_url=BACK)
        self.stand_in.control(f"accounts/{PayoutAccount.objects.get(user=self.companion).stripe_id}/verify")
        services.sync_account(user_id=self.companion.pk)

    def look_at_her_page(self) -> None:
        services.dashboard_url(user=self.companion)

    # A bank is answered

    def pay(self) -> None:
        if self.payment(self.disputed).status == "open":
            self.stand_in.pay(checkout(self.payment(self.disputed)))

    def hear_of_it(self) -> None:
        """The webhook is kept and a worker applies it."""
        [told] = self.stand_in.listed("events", type="checkout.session.completed", limit="1")[:1]
        services.store_event(happening=Happening(told["id"], told["type"], told))
        services.apply_event(event_id=told["id"])

    def come_back(self) -> None:
        services.sync_payment(payment=self.payment(self.disputed))

    def complain(self) -> None:
        charge_id = self.payment(self.disputed).charge_id
        if not self.stand_in.listed("disputes", charge=charge_id):
            self.stand_in.control(f"charges/{charge_id}/dispute", reason="fraudulent")
        [dispute] = self.stand_in.listed("disputes")
        follow_dispute(stripe_id=dispute["id"])

    def answer(self) -> None:
        words = {"uncategorized_text": "He was listened to."}
        if services.takes_answer(dispute=Dispute.objects.get()):
            services.ask_to_send(dispute=Dispute.objects.get(), evidence=words, by=self.companion)

    def send_answer(self) -> None:
        services.send_evidence(dispute_id=Dispute.objects.get().pk)

    def must_be_done_once(self) -> None:
        """The card that was given up is forgotten, nothing was charged but the disputed payment, the bank has one
        answer."""
        assert self.setup().status == CardSetup.Status.KEPT
        left = [one["status"] for one in self.stand_in.listed("setup_intents") if one["payment_method"]]
        assert left == ["succeeded"]
        customer = StripeCustomer.objects.get(user=self.payer).stripe_id
        kept = self.stand_in.listed("payment_methods", customer=customer or "", type="card")
        assert [one["card"]["last4"] for one in kept] == ["4242"]
        assert [one["amount"] for one in self.stand_in.listed("charges") if one["paid"]] == [700]
        assert {self.payment(ref).status for ref in (self.charged, self.closed)} == {"expired"}
        [dispute] = self.stand_in.listed("disputes")
        assert dispute["evidence_details"]["submission_count"] == 1
