"""The bank takes the money back, or asks: answered or not, won or lost, once; and what it does to refunds."""

import time

import pytest
import stripe

from stripe_sandbox.currencies import CURRENCIES
from stripe_sandbox.disputing import FEE, FILES, TEXTS
from tests.stripe_sandbox.contract import declared_params, fields_of
from tests.stripe_sandbox.receiver import Receiver
from tests.stripe_sandbox.test_refunds import balance, refund
from tests.stripe_sandbox.world import DISPUTED, GOOD, INQUIRY, NOT_RECEIVED, Process, World, disputed
from tests.waiting import until

DAY = 86_400


def answer(world, dispute, word: str = "", **more):
    """Evidence that says `word`."""
    return world.stripe.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": word or "We met."}, **more})


def again(world, dispute):
    return world.stripe.v1.disputes.retrieve(dispute.id)


def wait_for_status(world, dispute, status: str):
    return until(lambda: (now := again(world, dispute)).status == status and now, what=status)


def complain(world, paid, **more):
    charge = paid.payment_intent.latest_charge.id
    return world.control(f"charges/{charge}/dispute", **{"reason": "fraudulent", **more})


def dispute_events(world) -> list[str]:
    return [name.removeprefix("charge.dispute.") for name in world.event_types() if ".dispute." in name]


def test_each_currency_has_its_fee_and_each_evidence_of_the_sdk_its_field():
    assert set(FEE) == set(CURRENCIES)
    scope = declared_params("POST", "/v1/disputes/du_1")[1]
    declared = set(fields_of(scope.find("DisputeUpdateParamsEvidence")[0]))
    assert {*TEXTS, *FILES} == declared - {"appeal", "enhanced_evidence"}


class TestOpened:
    def test_the_money_and_a_fee_are_taken_at_once(self, world):
        dispute = disputed(world, amount=3000)
        assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 3000)
        [taken] = dispute.balance_transactions
        assert (taken.type, taken.reporting_category, taken.amount, taken.fee, taken.net) == (
            "adjustment",
            "dispute",
            -3000,
            FEE["cny"],
            -3000 - FEE["cny"],
        )
        entries = world.stripe.v1.balance_transactions.list({"source": dispute.id, "expand": ["data.source"]}).data
        assert [(one.id, one.source.object) for one in entries] == [(taken.id, "dispute")]
        charge = world.stripe.v1.charges.retrieve(dispute.charge, {"expand": ["balance_transaction"]})
        assert (charge.disputed, charge.paid) == (True, True)
        assert balance(world) == charge.balance_transaction.net + taken.net
        assert dispute_events(world) == ["created", "funds_withdrawn"]

    @pytest.mark.parametrize(
        ("name", "reason", "case", "status"),
        [
            ("pm_card_createDispute", "fraudulent", "chargeback", "needs_response"),
            ("pm_card_createDisputeProductNotReceived", "product_not_received", "chargeback", "needs_response"),
            ("pm_card_createDisputeInquiry", "fraudulent", "inquiry", "warning_needs_response"),
        ],
    )
    def test_each_card_has_its_complaint(self, world, name, reason, case, status):
        asked = {"amount": 3000, "currency": "cny", "payment_method": name, "confirm": True}
        intent = world.stripe.v1.payment_intents.create(asked)
        dispute = world.dispute_of(intent.id)
        assert (dispute.reason, dispute.status) == (reason, status)
        assert dispute.payment_method_details.card.case_type == case
        assert dispute.is_charge_refundable == (case == "inquiry")

    def test_an_inquiry_moves_no_money(self, world):
        dispute = disputed(world, INQUIRY)
        assert dispute.balance_transactions == []
        assert dispute_events(world) == ["created"]

    def test_what_is_told_says_where_the_money_went(self, world, receiver):
        dispute = disputed(world)
        for told in ("created", "funds_withdrawn"):
            letter = receiver.wait_for(f"charge.dispute.{told}")["data"]["object"]
            assert [one["amount"] for one in letter["balance_transactions"]] == [-dispute.amount]
        world.control(f"disputes/{dispute.id}/win")
        closed = receiver.wait_for("charge.dispute.closed")["data"]["object"]
        assert (closed["status"], len(closed["balance_transactions"])) == ("won", 2)

    def test_eight_days_are_left_to_answer(self, world):
        details = disputed(world).evidence_details
        assert 8 * DAY <= details.due_by - time.time() < 9 * DAY
        assert details.due_by % DAY == DAY - 1
        assert (details.has_evidence, details.past_due, details.submission_count) == (False, False, 0)

    def test_a_test_opens_one_itself_over_a_part(self, world):
        paid = world.paid(GOOD, amount=3000)
        made = complain(world, paid, reason="duplicate", amount=1200)
        assert (made["amount"], made["reason"]) == (1200, "duplicate")
        assert complain(world, paid)["amount"] == 1800
        assert world.browser.post(f"/_sandbox/charges/{made['charge']}/dispute", json={"reason": "general"}).is_error

    def test_what_was_refunded_is_not_disputed(self, world):
        paid = world.paid(amount=3000)
        refund(world, paid, 1000)
        assert complain(world, paid)["amount"] == 2000

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": "whim"},
            {"amount": 3001},
            {"amount": 0},
            {"amount": "much"},
            {"amount": True},
            {"inquiry": "no"},
            {"colour": "red"},
        ],
    )
    def test_a_wrong_order_is_refused(self, world, wrong):
        charge = world.paid(amount=3000).payment_intent.latest_charge.id
        path = f"/_sandbox/charges/{charge}/dispute"
        assert world.browser.post(path, json={"reason": "fraudulent", **wrong}).status_code == 400
        assert world.count("dispute") == 0

    def test_wallets_and_failed_payments_are_not_disputed(self, world):
        wallet = world.paid_by_wallet("alipay")
        world.pay(world.session(), "4000000000000002")
        failed = world.stripe.v1.charges.list({"limit": 1}).data[0].id
        for charge in (wallet.payment_intent.latest_charge.id, failed):
            answer = world.browser.post(f"/_sandbox/charges/{charge}/dispute", json={"reason": "fraudulent"})
            assert answer.status_code == 400


class TestAnswered:
    def test_evidence_goes_to_the_bank_once(self, world):
        dispute = disputed(world)
        after = answer(world, dispute)
        assert (after.status, after.evidence.uncategorized_text) == ("under_review", "We met.")
        details = after.evidence_details
        assert (details.has_evidence, details.submission_count, details.submission_method) == (True, 1, "manual")
        for once_more in ({"evidence": {"customer_name": "Lin"}}, {"submit": True}):
            with pytest.raises(stripe.InvalidRequestError, match="already been submitted"):
                world.stripe.v1.disputes.update(dispute.id, once_more)
        assert dispute_events(world)[2:] == ["updated"]

    def test_it_can_be_prepared_first(self, world):
        dispute = disputed(world)
        staged = answer(world, dispute, submit=False)
        assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
        assert staged.evidence_details.submission_count == 0
        more = world.stripe.v1.disputes.update(
            dispute.id, {"evidence": {"service_date": "2026-01-01"}, "metadata": {"k": "v"}, "submit": True}
        )
        assert (more.status, more.evidence.uncategorized_text, more.evidence.service_date) == (
            "under_review",
            "We met.",
            "2026-01-01",
        )

    def test_metadata_alone_submits_nothing(self, world):
        after = world.stripe.v1.disputes.update(disputed(world).id, {"metadata": {"booking": "7"}})
        assert (after.status, after.metadata["booking"]) == ("needs_response", "7")

    def test_there_are_no_files_and_no_endless_texts(self, world):
        dispute = disputed(world)
        for wrong, said in (({"receipt": "file_1"}, "takes no files"), ({"service_date": "x" * 20_001}, "at most")):
            with pytest.raises(stripe.InvalidRequestError, match=said) as refused:
                world.stripe.v1.disputes.update(dispute.id, {"evidence": wrong})
            assert refused.value.param == f"evidence[{next(iter(wrong))}]"
        names = [name for name in dispute.evidence.to_dict() if name.endswith(("explanation", "text", "disclosure"))]
        many = dict.fromkeys([*names, "access_activity_log", "product_description", "customer_name"], "x" * 20_000)
        with pytest.raises(stripe.InvalidRequestError, match="150000"):
            world.stripe.v1.disputes.update(dispute.id, {"evidence": many})
        assert again(world, dispute).status == "needs_response"

    def test_winning_evidence_brings_the_amount_back_but_not_the_fee(self, world):
        dispute = disputed(world, amount=3000)
        before = balance(world)
        assert answer(world, dispute, "winning_evidence").status == "under_review"
        won = wait_for_status(world, dispute, "won")
        assert balance(world) == before + 3000
        returned = won.balance_transactions[1]
        assert (returned.amount, returned.fee, returned.reporting_category) == (3000, 0, "dispute_reversal")
        assert dispute_events(world) == ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"]
        assert world.stripe.v1.charges.retrieve(dispute.charge).disputed is True

    def test_losing_evidence_changes_nothing_about_the_money(self, world):
        dispute = disputed(world)
        before = balance(world)
        answer(world, dispute, "losing_evidence")
        lost = wait_for_status(world, dispute, "lost")
        assert (balance(world), len(lost.balance_transactions), lost.is_charge_refundable) == (before, 1, False)
        assert dispute_events(world)[2:] == ["updated", "closed"]

    @pytest.mark.parametrize("word", ["winning_evidence", "losing_evidence"])
    def test_an_inquiry_that_is_answered_is_closed(self, world, word):
        dispute = disputed(world, INQUIRY)
        assert answer(world, dispute, word).status == "warning_under_review"
        assert wait_for_status(world, dispute, "warning_closed").balance_transactions == []
        assert dispute_events(world) == ["created", "updated", "closed"]

    def test_an_inquiry_becomes_a_dispute(self, world):
        paid = world.paid(INQUIRY, amount=3000)
        dispute = world.dispute_of(paid.payment_intent.id)
        refund(world, paid, 1000)
        answer(world, dispute, "escalate_inquiry_evidence")
        grown = wait_for_status(world, dispute, "needs_response")
        assert (grown.amount, grown.balance_transactions[0].amount) == (2000, -2000)
        assert grown.evidence_details.submission_count == 0
        with pytest.raises(stripe.InvalidRequestError):
            refund(world, paid)
        assert dispute_events(world) == ["created", "updated", "updated", "funds_withdrawn"]


class TestOver:
    def test_without_an_answer_it_is_lost_in_time(self, world, receiver):
        dispute, looked_at, inquiry = disputed(world), disputed(world, NOT_RECEIVED), disputed(world, INQUIRY)
        answer(world, looked_at)
        world.advance(dispute.evidence_details.due_by - time.time() - 60)
        assert again(world, dispute).status == "needs_response"
        world.advance(120)
        lost = wait_for_status(world, dispute, "lost")
        assert lost.evidence_details.past_due is True
        wait_for_status(world, inquiry, "warning_closed")
        assert again(world, looked_at).status == "under_review"
        receiver.wait_for("charge.dispute.closed", times=2)

    def test_giving_in(self, world):
        dispute = disputed(world)
        assert world.stripe.v1.disputes.close(dispute.id).status == "lost"
        for late in (
            lambda: world.stripe.v1.disputes.close(dispute.id),
            lambda: answer(world, dispute),
            lambda: world.stripe.v1.disputes.update(dispute.id, {"metadata": {"k": "v"}}),
        ):
            with pytest.raises(stripe.InvalidRequestError, match="already closed"):
                late()

    def test_a_test_decides_and_only_once(self, world):
        won, lost = disputed(world), disputed(world)
        before = balance(world)
        assert world.control(f"disputes/{won.id}/win")["status"] == "won"
        assert world.control(f"disputes/{won.id}/lose")["status"] == "won"
        assert world.control(f"disputes/{lost.id}/lose")["status"] == "lost"
        assert world.control(f"disputes/{lost.id}/win")["status"] == "lost"
        assert balance(world) == before + 3000
        assert world.browser.post(f"/_sandbox/disputes/{won.id}/forget").status_code == 404
        assert world.browser.post("/_sandbox/disputes/du_none/win").status_code == 404

    def test_a_test_escalates_only_what_is_an_inquiry(self, world):
        dispute, inquiry = disputed(world), disputed(world, INQUIRY)
        assert world.control(f"disputes/{inquiry.id}/escalate")["status"] == "needs_response"
        assert len(world.control(f"disputes/{dispute.id}/escalate")["balance_transactions"]) == 1


class TestRefunds:
    def test_a_disputed_charge_is_not_refunded_until_it_is_won(self, world):
        paid = world.paid(DISPUTED)
        dispute = world.dispute_of(paid.payment_intent.id)
        with pytest.raises(stripe.InvalidRequestError, match="cannot issue a refund") as refused:
            refund(world, paid, 100)
        assert (refused.value.code, world.count("refund")) == ("charge_disputed", 0)
        world.control(f"disputes/{dispute.id}/win")
        assert refund(world, paid, 100).status == "succeeded"

    def test_a_lost_one_is_never_refunded(self, world):
        paid = world.paid(DISPUTED)
        world.stripe.v1.disputes.close(world.dispute_of(paid.payment_intent.id).id)
        with pytest.raises(stripe.InvalidRequestError):
            refund(world, paid)

    @pytest.mark.parametrize("ending", ["losing_evidence", "lose", "time"])
    def test_an_inquiry_that_is_over_leaves_refunds_possible(self, world, ending):
        paid = world.paid(INQUIRY)
        dispute = world.dispute_of(paid.payment_intent.id)
        {
            "losing_evidence": lambda: answer(world, dispute, "losing_evidence"),
            "lose": lambda: world.control(f"disputes/{dispute.id}/lose"),
            "time": lambda: world.advance(9 * DAY),
        }[ending]()
        assert wait_for_status(world, dispute, "warning_closed").is_charge_refundable
        assert refund(world, paid, 100).status == "succeeded"

    def test_a_full_refund_ends_an_inquiry(self, world):
        paid = world.paid(INQUIRY, amount=3000)
        dispute = world.dispute_of(paid.payment_intent.id)
        refund(world, paid, 1000)
        assert again(world, dispute).status == "warning_needs_response"
        refund(world, paid)
        assert again(world, dispute).status == "warning_closed"


def test_disputes_are_found_by_charge_intent_and_time(world):
    one, other = disputed(world), disputed(world)
    found = world.stripe.v1.disputes
    assert [d.id for d in found.list().data] == [other.id, one.id]
    assert [d.id for d in found.list({"charge": one.charge}).data] == [one.id]
    whole = found.list({"payment_intent": other.payment_intent, "expand": ["data.charge", "data.payment_intent"]})
    assert [(d.id, d.charge.disputed, d.payment_intent.status) for d in whole.data] == [(other.id, True, "succeeded")]
    assert found.list({"created": {"gt": other.created + 60}}).data == []
    with pytest.raises(stripe.InvalidRequestError) as missing:
        found.retrieve("du_none")
    assert missing.value.http_status == 404


def test_an_open_dispute_and_its_last_day_outlive_a_kill(tmp_path):
    process = Process(tmp_path / "own.sqlite3")
    world, receiver = World(process.url), Receiver()
    receiver.secret = world.stripe.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]}).secret
    dispute = disputed(world)
    process.kill()
    process.start()
    assert again(world, dispute).to_dict() == dispute.to_dict()
    world.advance(9 * DAY)
    assert wait_for_status(world, dispute, "lost").evidence_details.past_due
    assert receiver.wait_for("charge.dispute.closed")["data"]["object"]["id"] == dispute.id
    process.kill()
    receiver.check()
    receiver.close()
    assert world.http.problems == []
