"""Payers' banks ask for money back: through the real SDK over real HTTP against the stand-in."""

from datetime import timedelta
from functools import partial

import pytest
import stripe
from django.utils import timezone

from payments import services, tasks
from payments.errors import AcceptRefused, EvidenceRefused, KeyTaken, NothingToAnswer, ProviderUnavailable
from payments.gateway import provider
from payments.gateway.by_stripe import StripeProvider
from payments.models import AccountKind, Dispute, Earning, FinanceTask, Payment, Payout, Refund, Reversal, StripeEvent
from payments.services.disputes import accepting, apply_dispute, asking_about, follow_dispute
from payments.services.ledger import find_account
from tests.payments.paying import checkout, paid
from tests.payments.serving import all_is_well, pay_day, prepaid, served, with_account, work
from tests.stand_in import StandIn
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def disputed(stand_in: StandIn, ref, seq: int = 1, **more) -> Dispute:
    """The payer's bank asks for the payment back, and we have heard of it."""
    payment = Payment.objects.get(ref=ref, seq=seq)
    stand_in.control(f"charges/{payment.charge_id}/dispute", **{"reason": "fraudulent", **more})
    told = stand_in.listed("disputes", charge=payment.charge_id)[0]
    return follow_dispute(stripe_id=told["id"])


def decided(stand_in: StandIn, dispute: Dispute, outcome: str) -> Dispute:
    stand_in.control(f"disputes/{dispute.stripe_id}/{outcome}")
    services.sync_dispute(dispute=dispute)
    work()
    dispute.refresh_from_db()
    return dispute


def fen(kind: AccountKind, user) -> int:
    account = find_account(kind, user.pk)
    return account.balance if account else 0


def test_while_it_is_open_nothing_is_paid_out_and_finance_knows(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    assert (dispute.outcome, dispute.amount, fen(AccountKind.DISPUTE_RESERVE, client_user)) == ("open", 3000, 3000)
    assert dispute.due_at
    assert FinanceTask.objects.get(kind="dispute").key == dispute.stripe_id
    all_is_well()
    pay_day()
    assert not Payout.objects.exists()
    [row] = services.rows_of(earnings=list(services.earnings_of(user=companion)), account=None)
    assert row.state == "held"


def test_won_it_is_as_if_it_had_not_been_but_for_the_fee(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = decided(stand_in, disputed(stand_in, ref), "win")
    assert (dispute.outcome, fen(AccountKind.DISPUTE_RESERVE, client_user)) == ("won", 0)
    assert FinanceTask.objects.get(kind="dispute").closed_at
    pay_day()
    assert services.balance_of(user=companion).sent == 2550
    all_is_well()


def test_lost_before_the_payout_it_is_borne_as_it_was_shared(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    decided(stand_in, disputed(stand_in, ref), "lose")
    assert fen(AccountKind.PAYABLE, companion) == fen(AccountKind.PLATFORM_FEE, companion) == 0
    assert fen(AccountKind.DISPUTE_RESERVE, client_user) == fen(AccountKind.DISPUTE_LOSS, client_user) == 0
    assert Earning.objects.get().kept == 2550
    pay_day()
    assert not stand_in.listed("transfers")
    all_is_well()


def test_lost_after_the_payout_the_transfer_is_fetched_back(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    pay_day()
    decided(stand_in, disputed(stand_in, ref), "lose")
    assert Reversal.objects.get().status == "done"
    [transfer] = stand_in.listed("transfers")
    assert transfer["amount_reversed"] == 2550
    assert fen(AccountKind.PAYABLE, companion) == 0
    assert services.balance_of(user=companion).owed == 0
    all_is_well()


def test_lost_when_nothing_is_there_she_owes_it_and_earns_it_back(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    pay_day()
    stand_in.control("clock", advance=3 * 86400)
    stand_in.control("payouts/run")
    dispute = decided(stand_in, disputed(stand_in, ref), "lose")
    stand_in.control("clock", reset=True)
    assert Reversal.objects.get().status == "failed"
    assert services.balance_of(user=companion).owed == 2550
    assert FinanceTask.objects.get(kind="debt").key == dispute.stripe_id
    all_is_well()
    served(prepaid(stand_in, client_user, 5000), companion, 5000)
    pay_day()
    assert services.balance_of(user=companion).owed == 0
    assert [one["amount"] for one in stand_in.listed("transfers")] == [4250 - 2550, 2550]
    all_is_well()


def test_lost_before_anything_was_served_it_is_the_payers_own_money(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    dispute = disputed(stand_in, ref)
    served(ref, companion, 0)
    work()
    assert Refund.objects.get().failure_reason == "charge_disputed"
    all_is_well()
    decided(stand_in, dispute, "lose")
    assert fen(AccountKind.PREPAY, client_user) == fen(AccountKind.DISPUTE_LOSS, client_user) == 0
    assert [task.kind for task in FinanceTask.objects.all()] == ["dispute"]
    assert services.request_refund_again(ref=ref) == []
    all_is_well()


def test_what_is_his_of_another_payment_bears_nothing(stand_in, client_user, companion):
    """The refund of the second payment came back from his bank; then the bank takes the first one, which was used."""
    ref = prepaid(stand_in, client_user, 3000, 1000)
    served(ref, companion, 3000)
    work()
    stand_in.control(f"refunds/{Refund.objects.get().stripe_id}/fail")
    services.sync_refund(refund=Refund.objects.get())
    assert fen(AccountKind.PREPAY, client_user) == 1000
    decided(stand_in, disputed(stand_in, ref), "lose")
    assert fen(AccountKind.PREPAY, client_user) == 1000
    assert fen(AccountKind.PAYABLE, companion) == fen(AccountKind.PLATFORM_FEE, companion) == 0
    all_is_well()


def test_two_disputes_over_parts_of_one_payment_take_each_part_once(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    for amount in (2000, 1000):
        decided(stand_in, disputed(stand_in, ref, amount=amount), "lose")
    assert fen(AccountKind.PAYABLE, companion) == fen(AccountKind.PLATFORM_FEE, companion) == 0
    assert fen(AccountKind.DISPUTE_LOSS, client_user) == 0
    all_is_well()


def test_won_before_anything_was_served_it_is_sent_back_by_itself(stand_in, client_user, companion, at_once):
    ref = prepaid(stand_in, client_user, 3000)
    dispute = disputed(stand_in, ref)
    served(ref, companion, 0)
    work()
    tasks.catch_up()
    assert Refund.objects.count() == 1
    decided(stand_in, dispute, "win")
    for _ in range(2):
        tasks.catch_up()
    assert [refund.status for refund in Refund.objects.order_by("seq")] == ["failed", "succeeded"]
    assert fen(AccountKind.PREPAY, client_user) == 0
    assert [task.kind for task in FinanceTask.objects.all()] == ["dispute"]
    all_is_well()


def test_a_refund_that_failed_before_we_heard_of_the_dispute_is_one_thing_with_it(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    stand_in.control(f"charges/{Payment.objects.get().charge_id}/dispute", reason="fraudulent")
    served(ref, companion, 0)
    work()
    assert FinanceTask.objects.get(closed_at=None).kind == "refund_failed"
    [told] = stand_in.listed("disputes")
    follow_dispute(stripe_id=told["id"])
    assert FinanceTask.objects.get(closed_at=None).kind == "dispute"
    all_is_well()


def test_what_a_lost_dispute_leaves_of_the_payment_is_for_finance(stand_in, client_user, companion):
    """The bank took a part; the refund of all of it failed meanwhile."""
    ref = prepaid(stand_in, client_user, 3000)
    dispute = disputed(stand_in, ref, amount=2000)
    served(ref, companion, 0)
    work()
    assert FinanceTask.objects.get().kind == "dispute"
    decided(stand_in, dispute, "lose")
    assert fen(AccountKind.PREPAY, client_user) == 1000
    assert FinanceTask.objects.get(closed_at=None).kind == "refund_failed"
    all_is_well()


def test_lost_while_the_order_runs_it_is_booked_when_that_is_over(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    dispute = disputed(stand_in, ref)
    services.open_order(ref=ref, companion_id=companion.pk)
    services.hold_paid(ref=ref, numbers=[1], amount=3000)
    dispute = decided(stand_in, dispute, "lose")
    assert dispute.booked_at is None
    all_is_well()
    served(ref, companion, 3000)
    tasks.catch_up()
    work()
    dispute.refresh_from_db()
    assert dispute.booked_at
    assert fen(AccountKind.PAYABLE, companion) == fen(AccountKind.DISPUTE_RESERVE, client_user) == 0
    all_is_well()


def test_an_inquiry_moves_no_money(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref, inquiry=True)
    assert (dispute.is_inquiry, fen(AccountKind.DISPUTE_RESERVE, client_user)) == (True, 0)
    all_is_well()


def test_an_inquiry_that_was_answered_is_answered_again_when_the_money_is_taken(
    stand_in, client_user, companion, moderator
):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref, inquiry=True)
    services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "He was listened to."}, by=moderator)
    services.send_evidence(dispute_id=dispute.pk)
    assert FinanceTask.objects.get(kind="dispute").closed_at
    stand_in.control(f"disputes/{dispute.stripe_id}/escalate")
    services.sync_dispute(dispute=dispute)
    dispute.refresh_from_db()
    assert services.takes_answer(dispute=dispute) and dispute.due_at
    assert (dispute.is_inquiry, dispute.inquiry_evidence) == (False, {"uncategorized_text": "He was listened to."})
    assert FinanceTask.objects.get(kind="dispute", closed_at=None)
    services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "winning_evidence"}, by=moderator)
    services.send_evidence(dispute_id=dispute.pk)
    until(lambda: services.sync_dispute(dispute=dispute).outcome == "won", what="the decision")
    assert fen(AccountKind.DISPUTE_RESERVE, client_user) == 0
    all_is_well()


def test_answers_that_overtake_each_other_leave_what_is_newer(stand_in, client_user, companion):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref, inquiry=True)
    first = asking_about(stripe_id=dispute.stripe_id)
    only_asked = provider().retrieve_dispute(dispute.stripe_id)
    stand_in.control(f"disputes/{dispute.stripe_id}/escalate")
    services.sync_dispute(dispute=dispute)
    for number in (first, 0):
        apply_dispute(payment=dispute.payment, state=only_asked, number=number)
        dispute.refresh_from_db()
        assert (dispute.is_inquiry, dispute.status) == (False, "needs_response")
    # The control: as an answer to a newer question it is taken.
    apply_dispute(payment=dispute.payment, state=only_asked, number=asking_about(stripe_id=dispute.stripe_id))
    dispute.refresh_from_db()
    assert dispute.status == only_asked.status
    services.sync_dispute(dispute=dispute)
    all_is_well()


def test_what_two_hear_of_for_the_first_time_each_asks_about_once_more(stand_in, client_user, monkeypatch):
    """The first has its answer, and while it sleeps the bank takes the money and the second hears of all."""
    ref = prepaid(stand_in, client_user, 3000)
    payment = Payment.objects.get(ref=ref)
    stand_in.control(f"charges/{payment.charge_id}/dispute", reason="fraudulent", inquiry=True)
    [told] = stand_in.listed("disputes", charge=payment.charge_id)
    ask, slept = StripeProvider.retrieve_dispute, []

    def slowly(self, dispute_id):
        state = ask(self, dispute_id)
        if not slept:
            slept.append(True)
            stand_in.control(f"disputes/{dispute_id}/escalate")
            follow_dispute(stripe_id=dispute_id)
        return state

    monkeypatch.setattr(StripeProvider, "retrieve_dispute", slowly)
    follow_dispute(stripe_id=told["id"])
    dispute = Dispute.objects.get()
    assert (dispute.is_inquiry, dispute.status) == (False, "needs_response")
    all_is_well()


def test_evidence_is_sent_once_and_decides(stand_in, client_user, companion, moderator):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    words = services.gathered(dispute=dispute)
    assert "¥30" in words["uncategorized_text"]
    services.ask_to_send(dispute=dispute, evidence={**words, "uncategorized_text": "winning_evidence"}, by=moderator)
    with pytest.raises(NothingToAnswer):
        services.ask_to_send(dispute=dispute, evidence=words, by=moderator)
    stand_in.control("faults", path=f"/v1/disputes/{dispute.stripe_id}", method="POST", kind="error_after", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_evidence(dispute_id=dispute.pk)
    services.send_evidence(dispute_id=dispute.pk)
    services.send_evidence(dispute_id=dispute.pk)
    [told] = stand_in.listed("disputes")
    assert told["evidence_details"]["submission_count"] == 1
    assert told["evidence"]["product_description"] == words["product_description"]
    dispute.refresh_from_db()
    assert dispute.evidence_sent_at


def test_who_gives_in_loses_once_and_it_is_booked(stand_in, client_user, companion, finance):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    services.ask_to_accept(dispute=dispute, by=finance)
    for again in (services.ask_to_accept, partial(services.ask_to_send, evidence={"service_date": "today"})):
        with pytest.raises(NothingToAnswer):
            again(dispute=dispute, by=finance)
    path = f"/v1/disputes/{dispute.stripe_id}/close"
    stand_in.control("faults", path=path, method="POST", kind="error_after", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_acceptance(dispute_id=dispute.pk)
    for _ in range(2):
        services.send_acceptance(dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.accept_by, bool(dispute.accepted_at)) == ("lost", finance, True)
    assert FinanceTask.objects.get(kind="dispute").closed_at
    work()
    assert fen(AccountKind.DISPUTE_RESERVE, client_user) == fen(AccountKind.PAYABLE, companion) == 0
    all_is_well()


@pytest.mark.parametrize(
    ("ask", "send", "asked_at", "path"),
    [
        (services.ask_to_accept, services.send_acceptance, "accept_asked_at", "/v1/disputes/{}/close"),
        (
            partial(services.ask_to_send, evidence={"service_date": "today"}),
            services.send_evidence,
            "evidence_asked_at",
            "/v1/disputes/{}",
        ),
    ],
    ids=["giving in", "answering"],
)
def test_finance_is_told_when_what_was_decided_does_not_get_through(
    stand_in, client_user, finance, ask, send, asked_at, path
):
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    ask(dispute=dispute, by=finance)
    open_ones = FinanceTask.objects.filter(kind="dispute", closed_at=None)

    def try_in_vain() -> None:
        stand_in.control("faults", path=path.format(dispute.stripe_id), method="POST", kind="error", times=3)
        with pytest.raises(ProviderUnavailable):
            send(dispute_id=dispute.pk)

    try_in_vain()
    assert not open_ones.exists()
    Dispute.objects.update(**{asked_at: timezone.now() - timedelta(minutes=16)})
    try_in_vain()
    assert open_ones.get().note == "decided, and the payment provider does not take it yet"
    send(dispute_id=dispute.pk)
    assert not open_ones.exists()


def test_what_is_over_meanwhile_is_no_task_again(stand_in, client_user, finance, monkeypatch):
    """The answer is lost after the provider has taken it, and its webhook is quicker than our patience."""
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    services.ask_to_accept(dispute=dispute, by=finance)
    Dispute.objects.update(accept_asked_at=timezone.now() - timedelta(minutes=16))
    stand_in.control("faults", path=f"/v1/disputes/{dispute.stripe_id}/close", method="POST", kind="error", times=3)
    asking = accepting.asking_about

    def over_by_then(*, stripe_id: str) -> int:
        number = asking(stripe_id=stripe_id)
        stand_in.control(f"disputes/{stripe_id}/lose")
        services.sync_dispute(dispute=dispute)
        return number

    monkeypatch.setattr(accepting, "asking_about", over_by_then)
    with pytest.raises(ProviderUnavailable):
        services.send_acceptance(dispute_id=dispute.pk)
    assert not FinanceTask.objects.filter(kind="dispute", closed_at=None).exists()
    work()
    all_is_well()


def test_a_worker_finds_what_was_given_in(stand_in, client_user, finance):
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    services.ask_to_accept(dispute=dispute, by=finance)
    Dispute.objects.update(accept_asked_at=timezone.now() - timedelta(seconds=10))
    tasks.catch_up()
    assert Dispute.objects.get().outcome == "lost"
    all_is_well()


def test_one_that_ended_before_it_was_given_in_is_as_it_ended(stand_in, client_user, finance):
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    services.ask_to_accept(dispute=dispute, by=finance)
    stand_in.control(f"disputes/{dispute.stripe_id}/win")
    services.send_acceptance(dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.accepted_at) == ("won", None)
    all_is_well()


def test_giving_in_that_was_refused_is_for_a_person_again(stand_in, client_user, finance, monkeypatch):
    def refused(self, **_):
        raise AcceptRefused("invalid_request")

    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    services.ask_to_accept(dispute=dispute, by=finance)
    with monkeypatch.context() as patched:
        patched.setattr(StripeProvider, "accept_dispute", refused)
        services.send_acceptance(dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert services.can_be_accepted(dispute=dispute)
    assert "refused" in FinanceTask.objects.get(kind="dispute", closed_at=None).note
    services.ask_to_accept(dispute=dispute, by=finance)
    services.send_acceptance(dispute_id=dispute.pk)
    assert Dispute.objects.get().outcome == "lost"


def test_a_bank_that_only_asks_is_not_given_in_to(stand_in, client_user, finance):
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000), inquiry=True)
    with pytest.raises(NothingToAnswer):
        services.ask_to_accept(dispute=dispute, by=finance)


def test_a_bank_that_is_quicker_than_the_word_that_the_money_came(stand_in, payment):
    """Nobody has come back from the page, and no webhook has come."""
    stand_in.pay(checkout(payment), card="4000000000000259")
    until(lambda: stand_in.listed("disputes"), what="the dispute")
    [told] = stand_in.listed("disputes")
    dispute = follow_dispute(stripe_id=told["id"])
    assert (dispute.payment_id, dispute.amount) == (payment.pk, payment.amount)
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    all_is_well()


def test_evidence_that_was_refused_can_be_mended_and_sent(stand_in, client_user, companion, moderator, monkeypatch):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    sends = StripeProvider.submit_evidence

    def refused_once(self, *, dispute_id, evidence, key):
        monkeypatch.undo()
        with pytest.raises(stripe.InvalidRequestError):
            self.v1.disputes.update(dispute_id, {"evidence": {"receipt": "file_1"}}, {"idempotency_key": key})
        raise EvidenceRefused("invalid_request")

    monkeypatch.setattr(StripeProvider, "submit_evidence", refused_once)
    for words in ("too long", "short enough"):
        services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": words}, by=moderator)
        services.send_evidence(dispute_id=dispute.pk)
    assert StripeProvider.submit_evidence is sends
    [told] = stand_in.listed("disputes")
    assert told["evidence"]["uncategorized_text"] == "short enough"
    dispute.refresh_from_db()
    assert (dispute.evidence_attempt, bool(dispute.evidence_sent_at)) == (2, True)


def test_evidence_that_comes_when_all_is_over_opens_nothing(stand_in, client_user, companion, moderator):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "He was listened to."}, by=moderator)
    stand_in.control(f"disputes/{dispute.stripe_id}/lose")
    services.send_evidence(dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.evidence_sent_at) == ("lost", None)
    assert not FinanceTask.objects.filter(kind="dispute", closed_at=None).exists()
    services.send_evidence(dispute_id=dispute.pk)
    work()
    all_is_well()


@pytest.mark.parametrize("kind", ["error_kept", "error_kept_after"])
def test_evidence_does_not_wait_for_the_day_in_which_an_error_is_repeated(
    stand_in, client_user, companion, moderator, kind
):
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    dispute = disputed(stand_in, ref)
    services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "He was listened to."}, by=moderator)
    stand_in.control("faults", path=f"/v1/disputes/{dispute.stripe_id}", method="POST", kind=kind)
    with pytest.raises(KeyTaken):
        services.send_evidence(dispute_id=dispute.pk)
    services.send_evidence(dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert dispute.evidence_sent_at
    [told] = stand_in.listed("disputes")
    assert told["evidence_details"]["submission_count"] == 1
    assert not FinanceTask.objects.filter(kind="dispute", closed_at=None).exists()
    all_is_well()


def test_others_who_paid_are_not_named_to_his_bank(stand_in, client_user, other_client, companion):
    ref = prepaid(stand_in, client_user, 3000)
    other = services.open_payment(payer=other_client, ref=ref, amount=777, description="一起吃饭")
    paid(stand_in, other)
    dispute = disputed(stand_in, ref)
    assert "7.77" not in services.gathered(dispute=dispute)["uncategorized_text"]


def test_the_webhooks_alone_are_enough(stand_in, client_user, companion, live_server):
    stand_in.listen(live_server.url)
    ref = prepaid(stand_in, client_user, 3000, card="4000000000000259")
    served(ref, companion, 3000)
    until(lambda: StripeEvent.objects.filter(type="charge.dispute.funds_withdrawn").exists(), what="the webhook")
    work()
    dispute = Dispute.objects.get()
    stand_in.control(f"disputes/{dispute.stripe_id}/lose")
    until(lambda: StripeEvent.objects.filter(type="charge.dispute.closed").exists(), what="the webhook")
    work()
    dispute.refresh_from_db()
    assert dispute.booked_at
    all_is_well()
