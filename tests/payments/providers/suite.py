"""What an adapter of `payments/gateway/port.py` has to pass. Inherit from `ProviderSuite` and give it a `house`."""

import time
from typing import Protocol
from uuid import uuid4

import pytest

from payments.errors import (
    AcceptRefused,
    AccountGone,
    BalanceTooLow,
    CardRefused,
    CustomerUnknown,
    EvidenceRefused,
    KeyTaken,
    RefundRefused,
    SignatureRefused,
    TransferRefused,
)
from payments.gateway import Provider
from payments.gateway.values import Capture, Checkout, KeptCard

GOOD, DECLINED, PROVES, FAILS_LATER = "good", "declined", "proves", "fails_later"


class House(Protocol):
    """The adapter under test, and a hand on what stands behind it."""

    provider: Provider

    def pay(self, checkout: Checkout, card: str = GOOD) -> None:
        """The payer fills in the page with a card of this kind."""

    def leave_card(self, page_url: str) -> None:
        """The payer leaves a good card on the page."""

    def prove(self, redirect_url: str) -> None:
        """The payer proves to the bank that the card is his."""

    def verify(self, account_id: str) -> None:
        """The companion has told all, and all is well."""

    def cut_off(self, account_id: str) -> None:
        """The account leaves us."""

    def dispute(self, charge_id: str) -> str:
        """The payer's bank asks for the charge back; the id of the dispute."""

    def decide(self, dispute_id: str, *, won: bool) -> None:
        """The bank decides."""

    def told(self, *, secret: str | None = None, age_s: int = 0) -> tuple[bytes, str]:
        """Body and signature of a webhook about a payment: the last one that was paid."""


def new_key() -> str:
    return str(uuid4())


class ProviderSuite:
    """Each test needs nothing but the port and the hand behind it."""

    def customer(self, house: House) -> str:
        return house.provider.create_customer(email="lin@example.com", user_id=1, key=new_key())

    def opened(self, house: House, amount: int = 3000, *, key: str = "", customer: str = "", ref: str = "") -> Checkout:
        return house.provider.create_checkout(
            amount=amount,
            description="我在 · 30 分钟",
            marks={"ref": ref or new_key(), "seq": "1", "attempt": "1"},
            customer_id=customer or self.customer(house),
            success_url="http://shop.test/ok/",
            cancel_url="http://shop.test/back/",
            expires_at=int(time.time()) + 3600,
            key=key or new_key(),
        )

    def paid(self, house: House, amount: int = 3000, card: str = GOOD, ref: str = "") -> Capture:
        checkout = self.opened(house, amount, ref=ref)
        house.pay(checkout, card)
        capture = house.provider.retrieve_checkout(checkout.id).capture
        assert capture is not None
        return capture

    def kept(self, house: House, card: str = GOOD) -> KeptCard:
        kept = self.paid(house, card=card).card
        assert kept is not None
        return kept

    def intent(self, house: House, card: KeptCard, amount: int = 500, key: str = ""):
        return house.provider.create_intent(
            amount=amount,
            description="再聊一会儿",
            marks={"ref": new_key(), "seq": "2", "attempt": "1"},
            customer_id=card.customer_id,
            payment_method_id=card.id,
            key=key or new_key(),
        )

    def confirmed(self, house: House, intent_id: str, key: str = ""):
        return house.provider.confirm_intent(
            intent_id=intent_id, return_url="http://shop.test/bank/", key=key or new_key()
        )

    # Payments

    def test_a_key_has_its_effect_once_and_stands_for_one_question(self, house):
        key = new_key()
        first = house.provider.create_customer(email="lin@example.com", user_id=1, key=key)
        assert house.provider.create_customer(email="lin@example.com", user_id=1, key=key) == first
        with pytest.raises(KeyTaken):
            house.provider.create_customer(email="bai@example.com", user_id=1, key=key)

    def test_a_checkout_is_open_until_it_is_paid(self, house):
        checkout = self.opened(house)
        assert (checkout.status, checkout.capture) == ("open", None)
        assert checkout.url.startswith("http")
        house.pay(checkout)
        paid = house.provider.retrieve_checkout(checkout.id)
        assert (paid.status, paid.capture.amount, "4242" in paid.capture.method) == ("complete", 3000, True)
        assert 0 <= paid.capture.fee < 3000
        assert paid.capture.card.last4 == "4242"

    def test_a_declined_card_leaves_it_open(self, house):
        checkout = self.opened(house)
        house.pay(checkout, DECLINED)
        assert house.provider.retrieve_checkout(checkout.id).capture is None

    def test_who_closes_it_learns_who_won(self, house):
        lost, won = self.opened(house), self.opened(house)
        house.pay(won)
        assert house.provider.expire_checkout(lost.id).status == "expired"
        assert house.provider.expire_checkout(won.id).capture.amount == 3000
        assert house.provider.expire_checkout(lost.id).status == "expired"

    def test_a_customer_nobody_knows(self, house):
        with pytest.raises(CustomerUnknown):
            self.opened(house, customer="cus_nobody")

    def test_a_kept_card_is_charged_when_it_is_confirmed_and_once(self, house):
        card, key = self.kept(house), new_key()
        before = self.balance(house)
        intent = self.intent(house, card)
        assert (intent.capture, self.balance(house)) == (None, before)
        first = self.confirmed(house, intent.id, key)
        again = self.confirmed(house, intent.id, key)
        assert first.status == again.status == "succeeded"
        assert first.capture == again.capture == house.provider.retrieve_intent(intent.id).capture
        assert self.balance(house) == before + 500 - first.capture.fee

    def test_a_charge_that_is_declined_or_has_to_be_proved(self, house):
        declined = self.confirmed(house, self.intent(house, self.kept(house, FAILS_LATER)).id)
        assert declined.status == "requires_payment_method"
        assert declined.decline_code and not declined.capture
        waits = self.confirmed(house, self.intent(house, self.kept(house, PROVES)).id)
        assert waits.status == "requires_action"
        house.prove(waits.redirect_url)
        assert house.provider.retrieve_intent(waits.id).capture.amount == 500

    def test_a_charge_that_is_called_off_cannot_be_made(self, house):
        intent = self.intent(house, self.kept(house))
        assert house.provider.cancel_intent(intent.id).status == "canceled"
        assert self.confirmed(house, intent.id).status == "canceled"
        made = self.confirmed(house, self.intent(house, self.kept(house)).id)
        assert house.provider.cancel_intent(made.id).capture == made.capture

    def test_a_card_that_was_given_up_is_charged_no_more(self, house):
        card = self.kept(house)
        for _ in range(2):
            house.provider.detach_card(payment_method_id=card.id, key=new_key())
        with pytest.raises(CardRefused):
            self.intent(house, card)

    def test_a_card_is_kept_without_paying(self, house):
        before = self.balance(house)
        page = house.provider.create_card_page(
            marks={"card": "1"},
            customer_id=self.customer(house),
            success_url="http://shop.test/ok/",
            cancel_url="http://shop.test/back/",
            key=new_key(),
        )
        assert (page.status, page.card) == ("open", None)
        house.leave_card(page.url)
        card = house.provider.retrieve_card_page(page.id).card
        assert self.balance(house) == before
        assert self.confirmed(house, self.intent(house, card).id).status == "succeeded"

    # Refunds

    def refunded(self, house: House, capture: Capture, amount: int, key: str):
        return house.provider.create_refund(
            payment_intent_id=capture.payment_intent_id, amount=amount, ref=capture.charge_id, key=key
        )

    def test_money_goes_back_once_and_never_more_than_came(self, house):
        capture, key = self.paid(house), new_key()
        first = self.refunded(house, capture, 2000, key)
        assert self.refunded(house, capture, 2000, key).id == first.id
        assert house.provider.retrieve_refund(first.id).amount == 2000
        with pytest.raises(RefundRefused):
            self.refunded(house, capture, 1001, new_key())

    def test_a_refund_is_found_by_its_key(self, house):
        capture, key = self.paid(house), new_key()
        refund = self.refunded(house, capture, 2000, key)
        found = house.provider.find_refund(payment_intent_id=capture.payment_intent_id, key=key)
        assert found is not None and found.id == refund.id
        assert house.provider.find_refund(payment_intent_id=capture.payment_intent_id, key=new_key()) is None

    # Companions

    def account(self, house: House) -> str:
        made = house.provider.create_account(email="shan@example.com", user_id=2, country="HK", key=new_key())
        house.verify(made)
        return made

    def moved(self, house: House, capture: Capture, account_id: str, amount: int, *, ref: str = "", key: str = ""):
        return house.provider.create_transfer(
            amount=amount,
            account_id=account_id,
            charge_id=capture.charge_id,
            ref=ref or new_key(),
            marks={"seq": "1"},
            key=key or new_key(),
        )

    def test_an_account_receives_once_all_is_told(self, house):
        made = house.provider.create_account(email="shan@example.com", user_id=2, country="HK", key=new_key())
        new = house.provider.retrieve_account(made)
        assert (new.can_receive, new.can_withdraw, new.details_submitted) == (False, False, False)
        page = house.provider.account_page(account_id=made, refresh_url="http://a.test/", return_url="http://b.test/")
        assert page.startswith("http")
        house.verify(made)
        known = house.provider.retrieve_account(made)
        assert (known.can_receive, known.can_withdraw, known.due) == (True, True, ())
        assert house.provider.account_dashboard(account_id=made).startswith("http")
        assert house.provider.bank_payouts(made) == []

    def test_an_account_that_left_is_gone(self, house):
        made = self.account(house)
        house.cut_off(made)
        with pytest.raises(AccountGone):
            house.provider.retrieve_account(made)
        with pytest.raises(TransferRefused):
            self.moved(house, self.paid(house), made, 100)

    def test_a_charge_carries_no_more_than_it_brought(self, house):
        account_id, capture, key = self.account(house), self.paid(house), new_key()
        ref = new_key()
        first = self.moved(house, capture, account_id, 2000, ref=ref, key=key)
        assert self.moved(house, capture, account_id, 2000, ref=ref, key=key).id == first.id
        assert house.provider.find_transfer(ref=ref, key=key).id == first.id
        assert house.provider.find_transfer(ref=ref, key=new_key()) is None
        with pytest.raises(TransferRefused):
            self.moved(house, capture, account_id, 1001)

    def test_an_account_that_may_not_receive_is_refused(self, house):
        made = house.provider.create_account(email="shan@example.com", user_id=2, country="HK", key=new_key())
        with pytest.raises(TransferRefused):
            self.moved(house, self.paid(house), made, 100)

    def test_what_was_sent_is_fetched_back_once_and_no_more(self, house):
        transfer = self.moved(house, self.paid(house), self.account(house), 2000)
        key = new_key()
        back = house.provider.reverse_transfer(transfer_id=transfer.id, amount=1500, key=key)
        assert house.provider.reverse_transfer(transfer_id=transfer.id, amount=1500, key=key) == back
        assert house.provider.retrieve_transfer(transfer.id).reversed == 1500
        assert house.provider.find_reversal(transfer_id=transfer.id, key=key) == back
        with pytest.raises((TransferRefused, BalanceTooLow)):
            house.provider.reverse_transfer(transfer_id=transfer.id, amount=501, key=new_key())

    # Disputes

    def test_a_dispute_takes_the_money_and_a_win_gives_it_back(self, house):
        capture = self.paid(house)
        dispute_id = house.dispute(capture.charge_id)
        opened = house.provider.retrieve_dispute(dispute_id)
        assert (opened.outcome, opened.charge_id, opened.amount) == ("open", capture.charge_id, 3000)
        assert opened.payment_intent_id == capture.payment_intent_id
        assert sum(entry.amount for entry in opened.entries) == -3000
        assert opened.due_s > time.time()
        house.decide(dispute_id, won=True)
        won = house.provider.retrieve_dispute(dispute_id)
        assert (won.outcome, won.due_s, sum(entry.amount for entry in won.entries)) == ("won", 0, 0)

    def test_a_disputed_charge_is_not_refunded_and_a_lost_one_is_gone(self, house):
        capture = self.paid(house)
        dispute_id = house.dispute(capture.charge_id)
        with pytest.raises(RefundRefused):
            self.refunded(house, capture, 3000, new_key())
        house.decide(dispute_id, won=False)
        lost = house.provider.retrieve_dispute(dispute_id)
        assert (lost.outcome, sum(entry.amount for entry in lost.entries)) == ("lost", -3000)

    def test_evidence_is_sent_once(self, house):
        dispute_id, key = house.dispute(self.paid(house).charge_id), new_key()
        words = {"product_description": "30 minutes of listening"}
        for _ in range(2):
            sent = house.provider.submit_evidence(dispute_id=dispute_id, evidence=words, key=key)
            assert (sent.submitted, sent.due_s) == (1, 0)
        with pytest.raises(EvidenceRefused):
            house.provider.submit_evidence(dispute_id=dispute_id, evidence=words, key=new_key())

    def test_who_gives_in_has_lost_once(self, house):
        dispute_id, key = house.dispute(self.paid(house).charge_id), new_key()
        for _ in range(2):
            lost = house.provider.accept_dispute(dispute_id=dispute_id, key=key)
            assert (lost.outcome, lost.due_s, sum(entry.amount for entry in lost.entries)) == ("lost", 0, -3000)
        with pytest.raises(AcceptRefused):
            house.provider.accept_dispute(dispute_id=dispute_id, key=new_key())
        with pytest.raises(EvidenceRefused):
            house.provider.submit_evidence(dispute_id=dispute_id, evidence={"service_date": "x"}, key=new_key())

    # Books

    def balance(self, house: House) -> int:
        return sum(entry.net for entry in house.provider.entries() if entry.ours)

    def test_the_lines_of_its_book_add_up(self, house):
        before = self.balance(house)
        capture = self.paid(house)
        self.refunded(house, capture, 500, new_key())
        transfer = self.moved(house, capture, self.account(house), 2000)
        house.provider.reverse_transfer(transfer_id=transfer.id, amount=300, key=new_key())
        dispute = house.provider.retrieve_dispute(house.dispute(self.paid(house, 1000).charge_id))
        came = 3000 - capture.fee - 500 - 2000 + 300
        other = next(entry for entry in house.provider.entries() if entry.amount == 1000)
        assert self.balance(house) == before + came + other.net + sum(entry.net for entry in dispute.entries)

    def test_lines_are_told_from_a_moment_on(self, house):
        self.paid(house)
        assert list(house.provider.entries(since_s=int(time.time()) + 3600)) == []

    def test_a_webhook_is_believed_when_it_is_signed_and_new(self, house):
        ref = new_key()
        self.paid(house, ref=ref)
        body, signature = house.told()
        happening = house.provider.open_happening(body, signature)
        notice = house.provider.notice(happening.payload)
        assert (notice.subject in ("checkout", "intent"), notice.is_paid, notice.marks["ref"]) == (True, True, ref)
        old, forged = house.told(age_s=400), house.told(secret="whsec_of_somebody")
        for wrong_body, wrong_signature in (old, forged, (body + b" ", signature), (body, "")):
            with pytest.raises(SignatureRefused):
                house.provider.open_happening(wrong_body, wrong_signature)

    def test_a_webhook_of_an_unknown_kind_is_about_nothing(self, house):
        assert house.provider.notice({"id": "evt_1", "type": "moon.rose", "data": {"object": {}}}).subject == ""
        assert house.provider.notice({"id": "evt_1", "type": "moon.rose"}).subject == ""
