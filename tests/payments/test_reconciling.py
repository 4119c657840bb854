"""Both books are compared, line by line: through the real SDK over real HTTP against the stand-in."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Letter
from payments import services, tasks
from payments.models import BookEntry, FinanceTask, Payment, Payout, PayoutAccount, Reconciliation, StripeEvent
from payments.services import entries
from payments.services.books import check_books, clearing_balance
from payments.services.entries import import_entries
from payments.services.reconciling import Unmatched, running
from tests.payments.paying import checkout
from tests.payments.serving import all_is_well, pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import decided, disputed
from tests.stand_in import StandIn
from tests.threads import at_once, failures

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.books_differ("what differs is what these are about"),
]


def made_there(stand_in: StandIn, what: str, **given: object) -> dict:
    """Somebody does it at Stripe, past us."""
    answer = stand_in.api.post(f"/v1/{what}", data=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def charged_there(stand_in: StandIn, amount: int, **marks: str) -> dict:
    metadata = {f"metadata[{name}]": value for name, value in marks.items()}
    given = {"amount": amount, "currency": "cny", "payment_method": "pm_card_visa", "confirm": "true"}
    return made_there(stand_in, "payment_intents", return_url="http://test/", **given, **metadata)


def found() -> list[tuple]:
    """What a run finds: why, what is there, what is ours."""
    run = services.reconcile()
    return [(one["why"], one.get("ours", 0), one.get("theirs", 0)) for one in run.findings]


def everything(stand_in: StandIn, client_user, companion) -> Payment:
    """Paid, served, paid out; refunded; won; lost and fetched back."""
    with_account(stand_in, companion)
    first, second, third = (prepaid(stand_in, client_user, amount) for amount in (3000, 5000, 2000))
    for ref, used in ((first, 2000), (second, 5000), (third, 2000)):
        served(ref, companion, used)
    work()
    pay_day()
    decided(stand_in, disputed(stand_in, second), "lose")
    decided(stand_in, disputed(stand_in, third), "win")
    return Payment.objects.get(ref=first)


def test_what_went_its_ways_is_the_same_on_both_sides(stand_in, client_user, companion, no_rest):
    everything(stand_in, client_user, companion)
    assert found() == []
    run = Reconciliation.objects.get()
    assert run.ours_fen == run.theirs_fen == clearing_balance()
    assert (run.entries, run.foreign) == (BookEntry.objects.count(), 0)
    kinds = {"charge", "refund", "transfer", "transfer_refund", "adjustment"}
    assert set(BookEntry.objects.values_list("kind", flat=True)) == kinds
    assert list(Unmatched()) == []
    all_is_well()


def test_a_line_that_is_known_is_nothing(stand_in, client_user):
    prepaid(stand_in, client_user, 3000)
    assert import_entries() == import_entries() == []
    [line] = BookEntry.objects.all()
    assert clearing_balance() == line.net == 3000 - line.fee


def test_what_is_two_days_older_than_the_newest_is_not_fetched_again(stand_in, monkeypatch):
    charged_there(stand_in, 3000, ref=str(uuid4()))
    stand_in.control("clock", advance=3 * 86400)
    charged_there(stand_in, 1000, ref=str(uuid4()))
    later = timezone.now() + timedelta(days=3)
    BookEntry.objects.create(id="txn_known", kind="charge", amount=7, fee=0, net=7, created_at=later)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: later)
        import_entries()
    assert set(BookEntry.objects.values_list("amount", flat=True)) == {7, 1000}
    # By a clock that goes right it lies in the future, and hides nothing of today.
    import_entries()
    assert set(BookEntry.objects.values_list("amount", flat=True)) == {7, 1000, 3000}
    import_entries(whole=True)
    assert BookEntry.objects.count() == 3


def test_a_line_is_kept_as_it_was_and_one_that_is_told_otherwise_is_found(stand_in, client_user, no_rest):
    prepaid(stand_in, client_user, 3000)
    [told] = stand_in.listed("balance_transactions")
    line = {**{name: told[name] for name in ("id", "amount", "fee", "net")}, "source": told["source"]}
    BookEntry.objects.create(**line, kind="payment", created_at=timezone.now())
    assert [(one.kind, one.pk) for one in import_entries()] == [("charge", told["id"])]
    assert ("changed", 0, told["net"]) in found()
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        BookEntry.objects.update(amount=1)
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        BookEntry.objects.all().delete()


def test_an_event_that_no_webhook_brought_is_heard_and_applied_once(stand_in, client_user, live_server, no_rest):
    stand_in.listen(live_server.url)
    stand_in.control("webhooks", mode="dropped")
    payment = services.open_payment(payer=client_user, ref=uuid4(), amount=1000, description="三十分钟")
    stand_in.pay(checkout(payment))
    assert found() == []
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert Reconciliation.objects.get().heard == StripeEvent.objects.exclude(processed_at=None).count() > 0
    assert found() == []
    assert Reconciliation.objects.latest("pk").heard == 0


def test_so_is_one_of_a_companions_account(stand_in, companion, live_server):
    stand_in.listen(live_server.url)
    account = with_account(stand_in, companion)
    stand_in.control("webhooks", mode="dropped")
    stand_in.control(f"accounts/{account.stripe_id}/require", fields=["individual.id_number"])
    services.reconcile()
    assert StripeEvent.objects.filter(payload__account=account.stripe_id).exists()
    assert PayoutAccount.objects.get().due == ["individual.id_number"]


def test_an_account_that_is_gone_stops_nobody(stand_in, companion):
    account = with_account(stand_in, companion)
    stand_in.control(f"accounts/{account.stripe_id}/deauthorize")
    assert services.reconcile().finished_at


def test_a_charge_made_past_us_with_our_marks_is_alarming(stand_in, no_rest):
    charged_there(stand_in, 1000, ref=str(uuid4()))
    [told] = stand_in.listed("balance_transactions")
    assert found() == [("missing_here", 0, told["net"])]


def test_what_others_sell_is_listed_and_alarms_nobody(stand_in, client_user, no_rest):
    prepaid(stand_in, client_user, 3000)
    charge = charged_there(stand_in, 7000, shop="another")["latest_charge"]
    made_there(stand_in, "refunds", charge=charge, amount=500)
    assert found() == []
    run = Reconciliation.objects.get()
    assert (run.entries, run.foreign) == (3, 2)
    assert {(one.why, one.kind) for one in Unmatched()} == {("foreign", "charge"), ("foreign", "refund")}
    all_is_well()


def test_a_refund_made_in_the_dashboard_is_found(stand_in, client_user, no_rest):
    ref = prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    assert found() == [("missing_here", 0, -500)]
    [finding] = Reconciliation.objects.get().findings
    assert (finding["ref"], finding["kind"]) == (str(ref), "refund")


def test_a_transfer_made_there_is_found(stand_in, client_user, companion, no_rest):
    account = with_account(stand_in, companion)
    prepaid(stand_in, client_user, 3000)
    charge = Payment.objects.get().charge_id
    given = {"amount": 700, "currency": "cny", "destination": account.stripe_id}
    made_there(stand_in, "transfers", **given, source_transaction=charge)
    assert found() == [("missing_here", 0, -700)]


def test_a_line_of_ours_that_is_not_there_is_found(stand_in, client_user, no_rest):
    prepaid(stand_in, client_user, 3000)
    stand_in.control("reset")
    net = 3000 - (3000 * 34 // 1000 + 235)
    assert found() == [("missing_there", net, 0)]


def test_another_amount_is_found(stand_in, client_user, companion, no_rest):
    with_account(stand_in, companion)
    served(prepaid(stand_in, client_user, 3000), companion, 3000)
    pay_day()
    charge, transfer = Payment.objects.get().charge_id, Payout.objects.get().stripe_id
    [more] = [one for one in stand_in.listed("balance_transactions") if one["source"] == charge]
    line = {"kind": "charge", "amount": 10, "fee": 1, "net": 9, "created_at": timezone.now()}
    BookEntry.objects.create(id="txn_once_more", source=charge, **line)
    BookEntry.objects.create(id="txn_of_transfer", source=transfer, **line)
    net = more["net"]
    assert found() == [("another_amount", net, net + 9), ("another_amount", -2550, -2541)]


def test_what_has_just_moved_alarms_nobody(stand_in, client_user):
    prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    assert found() == []
    assert [one.why for one in Unmatched()] == ["not_compared"]
    assert check_books()


def test_what_the_books_say_by_themselves_is_part_of_it(stand_in, client_user, monkeypatch):
    monkeypatch.setattr(running, "check_books", lambda **_: ["something is wrong"])
    [finding] = services.reconcile().findings
    assert finding == {"why": "books", "text": "something is wrong"}


def test_finance_is_told_once_and_it_is_over_when_it_is_mended(stand_in, client_user, finance, no_rest, caplog):
    ref = prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    for _ in range(2):
        services.reconcile()
    task = FinanceTask.objects.get(kind="books_differ")
    assert task.closed_at is None and str(ref) in task.note
    assert Letter.objects.filter(to=finance).count() == 1
    assert "differ in 1 places" in caplog.text
    # The refund comes back from the bank.
    BookEntry.objects.create(
        id="txn_back",
        kind="refund",
        amount=500,
        fee=0,
        net=500,
        created_at=timezone.now(),
        source=BookEntry.objects.get(kind="refund").source,
    )
    assert [one["why"] for one in services.reconcile().findings] == []
    task.refresh_from_db()
    assert task.closed_at
    assert Letter.objects.filter(to=finance).count() == 1


def test_two_at_once_are_one(stand_in, client_user, no_rest):
    prepaid(stand_in, client_user, 3000)
    results = at_once(services.reconcile, services.reconcile)
    assert failures(results) == []
    assert Reconciliation.objects.count() == len([one for one in results if one]) >= 1
    assert BookEntry.objects.count() == 1


def test_cut_off_in_the_middle_the_next_one_does_the_same(stand_in, client_user, no_rest, monkeypatch):
    prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)

    def killed(**_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(running, "sums", killed)
        with pytest.raises(SystemExit):
            services.reconcile()
    assert services.last_run() is None and services.reconciliation_due()
    assert found() == [("missing_here", 0, -500)]
    assert BookEntry.objects.count() == 2


def test_reading_that_is_cut_off_hides_no_older_line(stand_in, monkeypatch):
    charged_there(stand_in, 3000, ref=str(uuid4()))
    stand_in.control("clock", advance=3 * 86400)
    charged_there(stand_in, 1000, ref=str(uuid4()))
    later, keep, kept = timezone.now() + timedelta(days=3), entries._keep, []

    def cut_off(rows: list[BookEntry]) -> list[BookEntry]:
        if kept:
            raise SystemExit
        kept.append(rows)
        return keep(rows)

    monkeypatch.setattr(timezone, "now", lambda: later)
    monkeypatch.setattr(entries, "BATCH", 1)
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(entries, "_keep", cut_off)
        import_entries()
    import_entries()
    assert set(BookEntry.objects.values_list("amount", flat=True)) == {3000, 1000}


def test_it_is_done_each_day_and_each_hour_while_something_is_wrong(stand_in, client_user, no_rest):
    tasks.reconcile()
    tasks.reconcile()
    assert Reconciliation.objects.count() == 1
    Reconciliation.objects.update(started_at=timezone.now() - timedelta(hours=25))
    tasks.reconcile()
    assert Reconciliation.objects.count() == 2
    charged_there(stand_in, 1000, ref=str(uuid4()))
    Reconciliation.objects.update(started_at=timezone.now() - timedelta(hours=25))
    for _ in range(2):
        tasks.reconcile()
    assert Reconciliation.objects.count() == 4


def test_without_stripe_it_waits_for_the_next_hour(stand_in):
    stand_in.control("faults", path="/v1/balance_transactions", kind="error", times=3)
    tasks.reconcile()
    assert services.last_run() is None
    tasks.reconcile()
    assert services.last_run()


def test_the_command_says_what_differs(stand_in, client_user, no_rest):
    said = StringIO()
    prepaid(stand_in, client_user, 3000)
    call_command("reconcile", stdout=said)
    assert "1 lines" in said.getvalue()
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    with pytest.raises(CommandError, match="not in our books: refund re_.*theirs -¥5"):
        call_command("reconcile", "--whole")


def test_a_site_that_differs_is_still_ready(stand_in, client, client_user, no_rest):
    prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    before = client.get("/readyz").json()
    assert services.reconcile().findings
    assert client.get("/readyz").json() == before
