"""Companions are paid, through the real SDK over real HTTP against the stand-in."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Letter
from payments import services, signals, tasks
from payments.errors import ProviderUnavailable
from payments.gateway.by_stripe import StripeProvider
from payments.models import (
    Account,
    AccountKind,
    Earning,
    FinanceTask,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    StripeEvent,
)
from payments.services.disputes import follow_dispute
from payments.services.ledger import of_user
from payments.services.payouts import releasing
from tests.orders import past_the_triggers
from tests.payments.serving import all_is_well, come_due, pay_day, prepaid, served, with_account, work
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def payable(companion) -> int:
    return of_user(AccountKind.PAYABLE, companion.pk).balance


def test_what_was_earned_reaches_her_account_one_transfer_for_each_payment(stand_in, client_user, companion):
    account = with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000, 1000)
    served(ref, companion, 3500)
    pay_day()
    sent = stand_in.listed("transfers", transfer_group=str(ref))
    assert sorted(one["amount"] for one in sent) == sorted(Payout.objects.values_list("amount", flat=True))
    assert sum(one["amount"] for one in sent) == 3500 - 525
    assert len({one["source_transaction"] for one in sent}) == 2
    assert {one["destination"] for one in sent} == {account.stripe_id}
    assert payable(companion) == 0
    assert services.balance_of(user=companion).sent == 2975
    all_is_well()


def test_nothing_leaves_before_its_day(stand_in, client_user, companion):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    tasks.release_payouts()
    assert not Payout.objects.exists()
    balance = services.balance_of(user=companion)
    assert (balance.pending, balance.ready, balance.next_at) == (2550, 0, Earning.objects.get().due_at)


def test_released_twice_is_sent_once(stand_in, client_user, companion):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    pay_day()
    pay_day()
    tasks.catch_up()
    assert len(stand_in.listed("transfers")) == 1
    all_is_well()


def test_without_an_account_it_waits_and_goes_when_there_is_one(stand_in, client_user, companion):
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    pay_day()
    assert services.balance_of(user=companion).ready == 2550
    with_account(stand_in, companion)
    pay_day()
    assert services.balance_of(user=companion).sent == 2550
    all_is_well()


def test_a_transfer_that_is_refused_leaves_the_money_hers_and_tells_finance(stand_in, client_user, companion):
    account = with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    # Stripe takes the capability back between the release and the transfer; no word of it has come yet.
    stand_in.control(f"accounts/{account.stripe_id}/require", fields=["individual.id_number"])
    pay_day()
    payout, earning = Payout.objects.get(), Earning.objects.get()
    assert (payout.status, payout.failure_reason) == ("failed", "insufficient_capabilities_for_transfer")
    assert (earning.released_at, payable(companion)) == (None, 2550)
    assert FinanceTask.objects.get(kind="payout_refused").closed_at is None
    account.refresh_from_db()
    assert (account.can_receive, account.due) == (False, ["individual.id_number"])
    all_is_well()
    with_account(stand_in, companion)
    pay_day()
    assert [one.status for one in Payout.objects.order_by("seq")] == ["failed", "sent"]
    assert FinanceTask.objects.get(kind="payout_refused").closed_at
    assert len(stand_in.listed("transfers")) == 1
    all_is_well()


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "error_after"}, {"kind": "error", "status": 429}])
def test_an_answer_that_is_lost_is_no_second_transfer(stand_in, client_user, companion, fault):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    come_due()
    tasks.release_payouts()
    stand_in.control("faults", path="/v1/transfers", times=3, **fault)
    with pytest.raises(ProviderUnavailable):
        services.send_payout(payout_id=Payout.objects.get().pk)
    assert Payout.objects.get().status == "requested"
    stand_in.recover()
    work()
    assert Payout.objects.get().status == "sent"
    assert len(stand_in.listed("transfers")) == 1
    all_is_well()


def test_asked_again_a_day_later_it_is_found_instead_of_made(stand_in, client_user, companion):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    come_due()
    tasks.release_payouts()
    stand_in.control("faults", path="/v1/transfers", method="POST", kind="error_after", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_payout(payout_id=Payout.objects.get().pk)
    stand_in.control("clock", advance=25 * 3600)
    work()
    assert Payout.objects.get().status == "sent"
    assert len(stand_in.listed("transfers")) == 1
    all_is_well()


def test_a_refund_asked_for_again_a_day_later_is_found_too(stand_in, client_user, companion):
    served(prepaid(stand_in, client_user, 3000), companion, 2000)
    stand_in.control("faults", path="/v1/refunds", method="POST", kind="error_after", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_refund(refund_id=Refund.objects.get().pk)
    stand_in.control("clock", advance=25 * 3600)
    work()
    assert Refund.objects.get().status == "succeeded"
    assert [one["amount"] for one in stand_in.refunds()] == [1000]
    all_is_well()


def test_the_word_of_a_refund_whose_answer_was_lost_finds_its_row(stand_in, client_user, companion, live_server):
    stand_in.listen(live_server.url)
    served(prepaid(stand_in, client_user, 3000), companion, 2000)
    stand_in.control("faults", path="/v1/refunds", method="POST", kind="error_after", times=3)
    with pytest.raises(ProviderUnavailable):
        services.send_refund(refund_id=Refund.objects.get().pk)
    until(lambda: StripeEvent.objects.filter(type="refund.created").exists(), what="the webhook")
    services.apply_event(event_id=StripeEvent.objects.get(type="refund.created").pk)
    assert Refund.objects.get().status == "succeeded"
    assert len(stand_in.refunds()) == 1


def test_what_was_released_and_not_asked_for_waits_too_once_somebody_looks_at_it(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    come_due()
    tasks.release_payouts()
    charge_id = Payment.objects.get().charge_id
    stand_in.control(f"charges/{charge_id}/dispute", reason="fraudulent")
    [dispute] = stand_in.listed("disputes")
    follow_dispute(stripe_id=dispute["id"])
    work()
    assert (Payout.objects.get().status, Payout.objects.get().failure_reason) == ("failed", "held")
    assert not stand_in.listed("transfers")
    assert payable(companion) == 2550
    all_is_well()
    stand_in.control(f"disputes/{dispute['id']}/win")
    follow_dispute(stripe_id=dispute["id"])
    pay_day()
    assert services.balance_of(user=companion).sent == 2550
    all_is_well()


def test_an_account_that_left_gets_nothing_more(stand_in, client_user, companion, live_server):
    stand_in.listen(live_server.url)
    account = with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    stand_in.control(f"accounts/{account.stripe_id}/deauthorize")
    pay_day()
    assert PayoutAccount.objects.get().left_at
    assert not stand_in.listed("transfers")
    assert payable(companion) == 2550
    assert Letter.objects.filter(to=companion).filter(key__startswith="payout-account-left").count() == 1
    again = with_account(stand_in, companion)
    assert again.stripe_id != account.stripe_id
    pay_day()
    assert [one["destination"] for one in stand_in.listed("transfers")] == [again.stripe_id]
    all_is_well()


def test_what_an_older_version_settled_is_noted_with_the_next_reconciliation(stand_in, client_user, companion):
    """It knows of no earnings, and opened accounts that may not owe."""
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    with past_the_triggers():
        Earning.objects.all().delete()
    Account.objects.filter(kind=AccountKind.PAYABLE).update(may_overdraw=False)
    services.reconcile()
    noted = Earning.objects.get()
    assert (noted.ref, noted.companion, noted.amount) == (ref, companion, 2550)
    pay_day()
    assert services.balance_of(user=companion).sent == 2550
    stand_in.control(f"charges/{Payment.objects.get().charge_id}/dispute", reason="fraudulent")
    [dispute] = stand_in.listed("disputes")
    stand_in.control(f"disputes/{dispute['id']}/lose")
    follow_dispute(stripe_id=dispute["id"])
    work()
    assert payable(companion) == 0
    all_is_well()


def test_what_is_held_or_goes_wrong_keeps_nobody_waiting(stand_in, client_user, companion, monkeypatch):
    monkeypatch.setattr(releasing, "BATCH", 1)
    with_account(stand_in, companion)
    held, broken, fine = (served(prepaid(stand_in, client_user, 1000), companion, 1000) for _ in range(3))
    parts = releasing.parts_of

    def sometimes(earning):
        if earning.pk == broken.pk:
            raise ValueError("it goes wrong")
        return parts(earning)

    monkeypatch.setattr(releasing, "parts_of", sometimes)

    def hold(refs, **_):
        return [held.pk]

    signals.payouts_asked.connect(hold)
    pay_day()
    assert Payout.objects.get().earning_id == fine.pk


@pytest.mark.books_differ("a payout is written down that was never posted")
def test_more_than_was_earned_never_leaves(stand_in, client_user, companion):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    pay_day()
    again = Payout.objects.get()
    again.pk, again.seq, again.stripe_id, again.status = None, 2, None, "failed"
    again.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.create(
            earning=again.earning, payment=again.payment, seq=3, amount=1, account_id="acct_1", status="requested"
        )


def test_an_older_answer_changes_nothing_of_a_newer_one(stand_in, companion, monkeypatch):
    account = with_account(stand_in, companion)
    asked = StripeProvider.retrieve_account

    def slowly(self, account_id):
        """While this answer is on its way Stripe asks for more, and somebody else asks and is answered."""
        monkeypatch.undo()
        answer = asked(self, account_id)
        stand_in.control(f"accounts/{account_id}/require", fields=["individual.id_number"])
        services.sync_account(user_id=companion.pk)
        return answer

    monkeypatch.setattr(StripeProvider, "retrieve_account", slowly)
    services.sync_account(user_id=companion.pk)
    account.refresh_from_db()
    assert (account.due, account.can_receive) == (["individual.id_number"], False)
