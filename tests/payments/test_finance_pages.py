"""What finance is shown, and to whom: with rows that went through the stand-in."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Letter
from bookings import services as bookings
from payments import services
from payments.errors import EvidenceRefused
from payments.gateway.by_stripe import StripeProvider
from payments.models import BookEntry, Dispute, Earning, FinanceTask, Payment, Payout, StripeEvent
from payments.services import reconciling
from tests.cast import a_listing, a_user
from tests.lasting import lasting
from tests.orders import ordered
from tests.payments.paying import paid
from tests.payments.serving import all_is_well, come_due, pay_day, prepaid, served, with_account, work
from tests.payments.test_disputes import decided, disputed
from tests.payments.test_reconciling import made_there

pytestmark = pytest.mark.django_db(transaction=True)
LISTS = (
    *("payoutaccount", "earning", "payout", "bankpayout", "dispute", "reversal", "financetask", "bookentry"),
    *("reconciliation", "payment", "refund", "transfer", "account", "byhand", "outside"),
)
PAGES = ("health", "find_story", "unmatched", "unmatched_csv", "daily", "daily_csv")


@pytest.fixture
def desk(client, finance):
    client.force_login(finance)
    return client


def at(name: str, *args) -> str:
    return reverse(f"admin:payments_{name}", args=args)


def csv_of(answer) -> list[str]:
    return b"".join(answer.streaming_content).decode().splitlines()


def refuses(self, **_):
    raise EvidenceRefused("invalid_request")


def told_all(stand_in, client_user, companion):
    """One order that was served, disputed, lost and fetched back, and both books compared."""
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 4000)
    served(ref, companion, 3000)
    work()
    pay_day()
    decided(stand_in, disputed(stand_in, ref), "lose")
    services.reconcile()
    return ref


@pytest.fixture(scope="class")
def told(django_db_setup, django_db_blocker, lasting_stand_in) -> Iterator[None]:
    """`told_all`, once for a class of tests that look at it; the books balance when all have looked."""
    with lasting(django_db_blocker):
        told_all(lasting_stand_in, a_user("lin"), a_listing("shanshan").companion.user)
        yield
        all_is_well()


@pytest.mark.parametrize("page", PAGES)
def test_only_finance_sees_the_pages(client, moderator, finance, client_user, page):
    assert client.get(at(page)).status_code == 302
    client.force_login(client_user)
    assert client.get(at(page)).status_code == 302
    client.force_login(moderator)
    assert client.get(at(page)).status_code == 403
    client.force_login(finance)
    assert client.get(at(page)).status_code == 200


def test_each_row_can_be_looked_at_and_none_changed(stand_in, desk, client_user, companion):
    told_all(stand_in, client_user, companion)
    for name in LISTS:
        answer = desk.get(at(f"{name}_changelist"))
        assert answer.status_code == 200
        assert desk.get(at(f"{name}_add")).status_code == 403
        row = answer.context["cl"].queryset.first()
        if row is not None:
            page = at(f"{name}_change", row.pk)
            assert desk.get(page).status_code == 200
            if name != "dispute":
                assert desk.post(page, {}).status_code == 403


@pytest.mark.django_db
class TestAWholeStory:
    @pytest.mark.parametrize("name", LISTS)
    def test_lists_and_rows_are_said_in_his_language(self, told, desk, name):
        services.open_task(FinanceTask.Kind.DEBT, key="du_1")
        answer = desk.get(at(f"{name}_changelist"))
        headings = re.findall(r'<div class="text">(.*?)</div>', answer.content.decode(), re.S)
        page = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.S)[1]
        read = re.sub(r"<[^>]*>|Stripe", "", " ".join([page, *headings]))
        assert not re.search("[A-Za-z]{3}", read), read
        row = answer.context["cl"].queryset.first()
        if row is not None and name != "dispute":
            labels = re.findall(
                r"<label>(.*?):?</label>", desk.get(at(f"{name}_change", row.pk)).content.decode(), re.S
            )
            assert labels and not re.search("[A-Za-z]{3}", " ".join(labels).replace("Stripe", "")), labels


def test_sums_are_yuan_in_lists_and_rows(stand_in, desk, client_user, companion):
    told_all(stand_in, client_user, companion)
    pages = [at(f"{name}_changelist") for name in ("payment", "transfer", "account", "earning", "reconciliation")]
    for page in (*pages, at("payment_change", Payment.objects.get().pk)):
        words = desk.get(page).content.decode()
        assert "¥" in words and not re.search(">(4,?000|3,?000|2,?550)<", words), page
    whose = desk.get(at("account_changelist")).content.decode()
    assert "lin" in whose and ">user:" not in whose


def test_the_story_of_an_order_tells_all_of_its_money(stand_in, desk, client_user, companion):
    ref = told_all(stand_in, client_user, companion)
    answer = desk.get(at("story", ref))
    story = answer.context["story"]
    assert story.adds_up and story.here == story.there
    kinds = ["adjustment", "charge", "refund", "transfer", "transfer_refund"]
    assert sorted(entry.kind for entry in story.entries) == kinds
    words = answer.content.decode()
    payment, payout = Payment.objects.get(), Payout.objects.get()
    for known in (payment.charge_id, payment.payment_intent_id, payout.stripe_id, story.reversals[0].stripe_id):
        assert f"<code>{known}</code>" in words
    assert [line.transfer.pk for line in story.lines] == sorted(line.transfer.pk for line in story.lines)
    paid, fee = story.lines[:2]
    assert (paid.debit_after, paid.credit_after) == (4000, 4000)
    assert fee.credit_after == 4000 - fee.transfer.amount
    assert ("stripe_clearing", story.here) in [(account.kind, fen) for account, fen in story.lying]


@pytest.mark.books_differ("that is what it is about")
def test_it_does_not_add_up_when_somebody_sent_money_back_past_us(stand_in, desk, client_user, no_rest):
    ref = prepaid(stand_in, client_user, 3000)
    made_there(stand_in, "refunds", charge=Payment.objects.get().charge_id, amount=500)
    services.reconcile()
    story = desk.get(at("story", ref)).context["story"]
    assert not story.adds_up and story.here - story.there == 500
    health = desk.get(at("health")).content.decode()
    assert str(ref) in health and "missing_here" not in health


def test_before_the_first_comparison_nothing_is_red(stand_in, desk, client_user, no_rest):
    ref = prepaid(stand_in, client_user, 3000)
    for page in (at("story", ref), at("daily"), at("health"), at("unmatched")):
        words = desk.get(page).content.decode()
        assert "还没有核对" in words, page
        assert "fin-verdict bad" not in words and "num differs" not in words, page
    assert {one.why for one in reconciling.Unmatched()} == {"not_compared"}
    assert csv_of(desk.get(at("daily_csv")))[1].endswith(",还没有")
    services.reconcile()
    assert "fin-verdict good" in desk.get(at("story", ref)).content.decode()


def test_what_moved_after_the_last_comparison_is_not_compared(stand_in, desk, client_user):
    services.reconcile()
    ref = prepaid(stand_in, client_user, 3000)
    story = desk.get(at("story", ref)).context["story"]
    assert not story.adds_up and story.is_open
    services.reconcile()
    story = desk.get(at("story", ref)).context["story"]
    assert story.adds_up and not story.is_open


@pytest.mark.books_differ("that is what it is about")
def test_a_day_that_is_over_and_was_compared_may_be_red(stand_in, desk, client_user, no_rest):
    yesterday = timezone.now() - timedelta(days=1)
    BookEntry.objects.create(
        id="txn_1", kind="charge", source="ch_1", ref=uuid4(), amount=7, fee=0, net=7, created_at=yesterday
    )
    assert [day.is_compared for day in reconciling.daily_totals()] == [False]
    services.reconcile()
    assert [day.is_compared for day in reconciling.daily_totals()] == [True]
    assert "num differs" in desk.get(at("daily")).content.decode()


def test_what_the_provider_told_of_it_is_part_of_the_story(stand_in, desk, client_user):
    ref = prepaid(stand_in, client_user, 3000)
    objects = ({"id": Payment.objects.get().charge_id}, {"id": "x", "metadata": {"ref": str(ref)}}, {"id": "else"})
    for number, about in enumerate(objects):
        StripeEvent.objects.create(id=f"evt_{number}", type="told", payload={"data": {"object": about}})
    assert [event.pk for event in reconciling.story_of(ref=ref).events] == ["evt_0", "evt_1"]


def test_what_it_told_stands_in_the_order_in_which_it_happened(stand_in, desk, client_user):
    charge = Payment.objects.get(ref=prepaid(stand_in, client_user, 3000)).charge_id
    for number, created in enumerate((1_800_000_200, 1_800_000_100)):
        payload = {"created": created, "data": {"object": {"id": charge}}}
        StripeEvent.objects.create(id=f"evt_{number}", type="told", payload=payload)
    assert [event.pk for event in reconciling.story_of(ref=Payment.objects.get().ref).events] == ["evt_1", "evt_0"]


def test_a_story_is_found_by_whatever_it_is_known_by(stand_in, desk, client_user, listing):
    booking = ordered(client_user, listing)
    payment = paid(stand_in, bookings.payment_of(booking))
    numbers = (booking.code, booking.code.lower(), booking.code.replace("-", ""))
    for text in (str(booking.pk), *numbers, payment.charge_id, f" {payment.session_id} "):
        answer = desk.get(at("find_story"), {"q": text})
        assert answer.headers.get("Location") == at("story", booking.pk), text
    for text in ("ZZZZ-ZZZZ", str(uuid4())):
        answer = desk.get(at("find_story"), {"q": text})
        assert answer.status_code == 200 and text in answer.content.decode()
    assert desk.get(at("story", uuid4())).status_code == 404
    index = desk.get(reverse("admin:app_list", args=["payments"])).content.decode()
    assert at("find_story") in index and at("health") in index


@pytest.mark.books_differ("somebody sent money back past us")
def test_an_order_is_called_by_its_number(stand_in, desk, client_user, listing, finance, no_rest):
    booking = ordered(client_user, listing)
    payment = paid(stand_in, bookings.payment_of(booking))
    services.reconcile()
    made_there(stand_in, "refunds", charge=payment.charge_id, amount=500)
    services.reconcile()
    services.open_task(FinanceTask.Kind.REFUND_FAILED, key=str(booking.pk), ref=booking.pk, note="lost_card")
    story = at("story", booking.pk)
    for page in ("health", "unmatched", "payment_changelist", "financetask_changelist", "transfer_changelist"):
        assert f'<a href="{story}">{booking.code}</a>' in desk.get(at(page)).content.decode(), page
    assert booking.code in desk.get(story).content.decode()
    assert f",{booking.code}," in csv_of(desk.get(at("unmatched_csv")))[1]
    letter = Letter.objects.filter(to=finance).get(body__contains="lost_card")
    assert booking.code in letter.body and str(booking.pk) not in letter.body
    assert FinanceTask.objects.get(kind="books_differ").note.count(booking.code) == 1


@pytest.mark.parametrize("name", ["payment", "transfer", "financetask"])
def test_a_list_is_searched_by_the_number_and_asks_for_all_numbers_at_once(
    stand_in, desk, client_user, listing, name, django_assert_max_num_queries
):
    booking = ordered(client_user, listing)
    paid(stand_in, bookings.payment_of(booking))
    prepaid(stand_in, client_user, 3000)
    for number in range(9):
        services.open_task(FinanceTask.Kind.DEBT, key=f"du_{number}", ref=booking.pk)
    rows = desk.get(at(f"{name}_changelist"), {"q": booking.code}).context["cl"].result_list
    assert {row.ref for row in rows} == {booking.pk}
    assert {row.ref for row in desk.get(at(f"{name}_changelist"), {"q": str(booking.pk)}).context["cl"].result_list}
    with django_assert_max_num_queries(10):
        desk.get(at(f"{name}_changelist"))


def test_health_names_what_waits(stand_in, desk, client_user):
    services.open_task(FinanceTask.Kind.DEBT, key="du_1", note="12 fen")
    StripeEvent.objects.create(id="evt_1", type="told", payload={}, attempts=3, error="KeyError('x')")
    prepaid(stand_in, client_user, 3000)
    answer = desk.get(at("health"))
    words = answer.content.decode()
    assert "12 fen" in words and "KeyError" in words
    assert {kind.kind: kind.balance for kind in answer.context["kinds"]}["prepay"] == 3000
    assert sum(kind.debits for kind in answer.context["kinds"]) == sum(k.credits for k in answer.context["kinds"])


def test_what_has_no_equal_is_listed_and_can_be_downloaded(stand_in, desk, client_user, no_rest):
    line = {"amount": 7, "fee": 0, "net": 7, "created_at": timezone.now()}
    BookEntry.objects.create(id="txn_1", kind="=cmd()", source="ch_others", **line)
    assert "ch_others" in desk.get(at("unmatched")).content.decode()
    head, row = csv_of(desk.get(at("unmatched_csv")))
    assert head.startswith("\ufeff")
    assert "ch_others,'=cmd()," in row and row.endswith("—,0.07")


def test_many_are_paged(stand_in, desk):
    line = {"kind": "charge", "amount": 7, "fee": 0, "net": 7}
    for number in range(51):
        at_ = timezone.now() - timedelta(minutes=number)
        BookEntry.objects.create(id=f"txn_{number}", source=f"ch_{number:02}", created_at=at_, **line)
    page = desk.get(at("unmatched"), {"page": 2}).context["page"]
    assert ([one.source for one in page], page.paginator.count) == (["ch_50"], 51)
    assert len(csv_of(desk.get(at("unmatched_csv")))) == 52


def test_each_day_stands_as_both_books_have_it(stand_in, desk, client_user, companion, no_rest):
    told_all(stand_in, client_user, companion)
    [day] = reconciling.daily_totals()
    assert day.ours == day.theirs
    assert (day.ours.captured, day.ours.refunded, day.ours.paid_out, day.ours.disputed) == (4000, 1000, 0, 3000)
    assert 'data-value="4000"' in desk.get(at("daily")).content.decode()
    [_, row] = csv_of(desk.get(at("daily_csv")))
    assert row.startswith(f"{timezone.localdate():%Y-%m-%d},40.00,40.00,10.00,10.00,0.00,0.00,30.00,30.00,")


def test_what_others_sell_is_in_no_total(stand_in, client_user):
    line = {"kind": "charge", "fee": 0, "created_at": timezone.now()}
    BookEntry.objects.create(id="txn_1", source="ch_others", amount=7, net=7, **line)
    assert [day for day in reconciling.daily_totals() if day.theirs.captured] == []


class TestDispute:
    @pytest.fixture
    def dispute(self, stand_in, client_user, companion) -> Dispute:
        ref = prepaid(stand_in, client_user, 3000)
        served(ref, companion, 3000)
        return disputed(stand_in, ref)

    def test_what_is_known_is_read_changed_and_sent_once(self, stand_in, desk, dispute, finance):
        page = at("dispute_change", dispute.pk)
        form = desk.get(page).context["form"]
        said = {**form.initial, "uncategorized_text": "Read by a person.", "confirmed": "on"}
        assert desk.post(page, {**said, "confirmed": ""}).status_code == 200
        assert Dispute.objects.get().evidence_asked_at is None
        assert desk.post(page, said).status_code == 302
        dispute.refresh_from_db()
        assert (dispute.evidence_by, dispute.evidence["uncategorized_text"]) == (finance, "Read by a person.")
        desk.post(page, {**said, "uncategorized_text": "Once more."})
        services.send_evidence(dispute_id=dispute.pk)
        assert stand_in.listed("disputes")[0]["evidence"]["uncategorized_text"] == "Read by a person."
        answer = desk.get(page)
        assert answer.context["form"] is None
        assert "Read by a person." in answer.content.decode()

    def test_it_is_accepted_once_after_being_asked_again(self, stand_in, desk, dispute, finance):
        page, accept = at("dispute_change", dispute.pk), at("dispute_accept", dispute.pk)
        assert accept in desk.get(page).content.decode()
        assert "¥30" in desk.get(accept).content.decode()
        assert Dispute.objects.get().accept_asked_at is None
        for _ in range(2):
            assert desk.post(accept).headers["Location"] == page
        services.send_acceptance(dispute_id=dispute.pk)
        work()
        assert stand_in.listed("disputes")[0]["status"] == "lost"
        assert Dispute.objects.get().accept_by == finance
        words = desk.get(page).content.decode()
        assert accept not in words and "已认下" in words
        assert desk.get(accept).headers["Location"] == page
        all_is_well()

    def test_what_was_said_to_a_bank_that_only_asked_stays_on_the_page(self, stand_in, desk, client_user, finance):
        dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000), inquiry=True)
        page = at("dispute_change", dispute.pk)
        assert at("dispute_accept", dispute.pk) not in desk.get(page).content.decode()
        services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "He was listened to."}, by=finance)
        services.send_evidence(dispute_id=dispute.pk)
        decided(stand_in, dispute, "escalate")
        answer = desk.get(page)
        assert answer.context["form"] and answer.context["sent"] == []
        assert "He was listened to." in answer.content.decode()

    def test_what_the_provider_refused_can_be_mended(self, desk, dispute, finance, monkeypatch):
        services.ask_to_send(dispute=dispute, evidence={"uncategorized_text": "Too long."}, by=finance)
        monkeypatch.setattr(StripeProvider, "submit_evidence", refuses)
        services.send_evidence(dispute_id=dispute.pk)
        answer = desk.get(at("dispute_change", dispute.pk))
        assert answer.context["sent"] == []
        assert answer.context["form"].initial["uncategorized_text"] == "Too long."

    def test_nothing_said_is_not_sent(self, desk, dispute):
        assert desk.post(at("dispute_change", dispute.pk), {"confirmed": "on"}).status_code == 200
        assert Dispute.objects.get().evidence_asked_at is None

    def test_it_takes_the_right_to_answer(self, desk, dispute):
        group = Group.objects.get(name="finance")
        may = group.permissions.get(codename="answer_dispute")
        group.permissions.remove(may)
        try:
            page = at("dispute_change", dispute.pk)
            assert "<textarea" not in desk.get(page).content.decode()
            said = {"uncategorized_text": "So it was.", "confirmed": "on"}
            assert desk.post(page, said).status_code == 403
            assert desk.post(at("dispute_accept", dispute.pk)).status_code == 403
        finally:
            group.permissions.add(may)
        assert Dispute.objects.get().evidence_asked_at is None

    def test_it_is_nobody_elses(self, client, moderator, dispute):
        client.force_login(moderator)
        for page in (at("dispute_change", dispute.pk), at("dispute_accept", dispute.pk)):
            assert (client.get(page).status_code, client.post(page, {}).status_code) == (403, 403)
        assert Dispute.objects.get().accept_asked_at is None


def test_a_stopped_earning_goes_off_again_after_somebody_looked(stand_in, client_user, companion):
    with_account(stand_in, companion)
    ref = prepaid(stand_in, client_user, 3000)
    served(ref, companion, 3000)
    come_due()
    Earning.objects.update(stopped="not_covered")
    services.open_task(FinanceTask.Kind.PAYOUT_REFUSED, key=str(ref), ref=ref, note="not_covered")
    pay_day()
    assert not Payout.objects.exists()
    said = StringIO()
    call_command("payout_again", str(ref), stdout=said)
    assert "¥25.50" in said.getvalue()
    with pytest.raises(CommandError, match="stopped"):
        call_command("payout_again", str(ref))
    pay_day()
    assert Payout.objects.get().status == "sent"
    assert FinanceTask.objects.get(kind="payout_refused").closed_at
    all_is_well()


def test_what_only_a_person_can_see_the_end_of_is_settled_in_the_list_of_tasks(desk, finance):
    kinds = FinanceTask.Kind
    returned, other = (services.open_task(kind, key="du_1") for kind in (kinds.RETURNED, kinds.DEBT))
    chosen = {"action": "settle", "_selected_action": [returned.pk, other.pk]}
    page = desk.post(at("financetask_changelist"), chosen, follow=True)
    assert "其余待办会在问题解决后自动关闭" in page.content.decode()
    assert FinanceTask.objects.get(pk=returned.pk).closed_at
    assert FinanceTask.objects.get(pk=other.pk).closed_at is None
    [entry] = LogEntry.objects.all()
    assert (entry.user, entry.object_id) == (finance, str(returned.pk))


def test_who_may_not_answer_settles_nothing(client, moderator):
    task = services.open_task(FinanceTask.Kind.RETURNED, key="du_1")
    moderator.user_permissions.add(Permission.objects.get(codename="view_financetask"))
    client.force_login(moderator)
    client.post(at("financetask_changelist"), {"action": "settle", "_selected_action": [task.pk]})
    assert FinanceTask.objects.get().closed_at is None
