"""What the provider bills is listed, and finance is told when the books are not compared at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Letter
from payments import services, tasks
from payments.errors import WrongCurrency
from payments.models import BookEntry, FinanceTask, Reconciliation
from payments.services.reconciling import Unmatched, running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.books_differ("what differs is what these are about"),
]


def not_done() -> FinanceTask | None:
    return FinanceTask.objects.filter(kind="books_differ", key="not reconciled", closed_at=None).first()


def fails(**_: object) -> None:
    raise WrongCurrency("txn_1 was settled in sgd")


def test_what_the_provider_itself_charges_is_listed_by_name(stand_in):
    line = {"amount": -50, "fee": 0, "net": -50, "source": "", "created_at": timezone.now() - timedelta(days=1)}
    BookEntry.objects.create(id="txn_bill", kind="stripe_fee", **line)
    run = services.reconcile()
    assert (run.findings, run.entries, run.foreign) == ([], 1, 0)
    assert [(one.why, one.kind, one.theirs) for one in Unmatched()] == [("billed", "stripe_fee", -50)]


def test_a_run_that_fails_is_told_until_one_comes_to_its_end(stand_in, finance, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(running, "import_entries", fails)
        for _ in range(2):
            with pytest.raises(WrongCurrency):
                tasks.reconcile()
    assert "WrongCurrency: txn_1 was settled in sgd" in not_done().note
    assert Letter.objects.filter(to=finance).count() == 1
    tasks.reconcile()
    assert not_done() is None


def test_so_is_that_none_came_to_its_end_for_more_than_a_day(stand_in, finance):
    services.reconcile()
    for hours, is_told in ((25, False), (27, True)):
        Reconciliation.objects.update(started_at=timezone.now() - timedelta(hours=hours))
        stand_in.control("faults", path="/v1/balance_transactions", kind="error", times=3)
        tasks.reconcile()
        assert bool(not_done()) == is_told
        assert not is_told or "The last run that came to its end: 20" in not_done().note
    tasks.reconcile()
    assert not_done() is None
