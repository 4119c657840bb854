"""Connected accounts: what they may do follows from what is known of them; each sees its own, and no one else's."""

import pytest
import stripe

from tests.stripe_sandbox.platform import (
    CLOSED_BANK,
    CONTROLLER,
    GOOD_BANK,
    PERSON,
    acting,
    charged,
    has,
    moved,
    new_account,
    onboarding_link,
    ready_account,
)
from tests.stripe_sandbox.receiver import Receiver
from tests.stripe_sandbox.world import Process, World


def test_a_new_account_can_do_nothing_and_says_what_it_misses(world):
    made = new_account(world, email="lin@example.com", business_type="individual", metadata={"companion": "7"})
    assert (made.details_submitted, made.charges_enabled, made.payouts_enabled) == (False, False, False)
    assert (made.capabilities.transfers, made.requirements.disabled_reason) == ("inactive", "requirements.past_due")
    assert {"external_account", "individual.id_number"} <= set(made.requirements.currently_due)
    assert made.requirements.currently_due == made.requirements.eventually_due
    assert (made.default_currency, made.type, made.controller.stripe_dashboard.type) == ("cny", "express", "express")
    assert (made.email, made.metadata["companion"], made.external_accounts.data) == ("lin@example.com", "7", [])


def test_the_older_word_for_its_kind_does_as_well(world):
    made = world.stripe.v1.accounts.create({"type": "express"})
    assert (made.type, made.settings.payouts.schedule.interval) == ("express", "daily")
    assert "transfers" not in made.capabilities


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "express", "controller": CONTROLLER},
        {"type": "custom"},
        {"controller": {**CONTROLLER, "requirement_collection": "application"}},
        {"controller": {"stripe_dashboard": {"type": "express"}}},
        {"type": "express", "country": "C1"},
        {"type": "express", "external_account": "btok_x"},
        {"type": "express", "individual": {"first_name": "Lin"}},
        {"type": "express", "settings": {"payouts": {"schedule": {"interval": "weekly"}}}},
    ],
)
def test_other_kinds_of_accounts_are_refused(world, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.v1.accounts.create(wrong)
    assert world.count("account") == 0


def test_a_verified_account_may_receive_and_pay_out(world, connect_receiver):
    account = ready_account(world)
    assert (account.capabilities.transfers, account.payouts_enabled, account.details_submitted) == (
        "active",
        True,
        True,
    )
    assert (account.requirements.currently_due, account.requirements.disabled_reason) == ([], None)
    told = connect_receiver.wait_for("account.updated")
    assert (told["account"], told["data"]["object"]["payouts_enabled"]) == (account.id, True)
    assert told["data"]["previous_attributes"]["capabilities"] == {"transfers": "inactive"}


def test_an_account_can_be_changed_and_says_so(world, connect_receiver):
    made = new_account(world)
    changes = {
        "metadata": {"a": "b"},
        "business_profile": {"name": "林晓", "url": "http://shop.test"},
        "settings": {"payouts": {"schedule": {"interval": "daily"}}},
        "capabilities": {"card_payments": {"requested": True}},
    }
    changed = world.stripe.v1.accounts.update(made.id, changes)
    assert (changed.metadata["a"], changed.business_profile.name) == ("b", "林晓")
    assert changed.settings.payouts.schedule.interval == "daily"
    assert set(changed.capabilities.to_dict()) == {"card_payments", "transfers"}
    assert connect_receiver.wait_for("account.updated")["data"]["object"]["metadata"] == {"a": "b"}
    dropped = world.stripe.v1.accounts.update(made.id, {"capabilities": {"card_payments": {"requested": False}}})
    assert set(dropped.capabilities.to_dict()) == {"transfers"}


def test_nothing_changed_is_nothing_told(world):
    made = new_account(world)
    world.stripe.v1.accounts.update(made.id, {"metadata": {}})
    assert world.stripe.v1.events.list(options=acting(made)).data == []


def test_accounts_are_listed_and_taken_away(world):
    kept, gone = new_account(world), new_account(world)
    assert world.stripe.v1.accounts.delete(gone.id).deleted is True
    assert [one.id for one in world.stripe.v1.accounts.list().data] == [kept.id]
    with pytest.raises(stripe.PermissionError) as refused:
        world.stripe.v1.accounts.retrieve(gone.id)
    assert refused.value.error.code == "account_invalid"


def test_an_account_with_money_cannot_be_deleted(world):
    account = ready_account(world)
    moved(world, account, 2000)
    with pytest.raises(stripe.InvalidRequestError, match="non-zero balance"):
        world.stripe.v1.accounts.delete(account.id)
    payout = world.stripe.v1.payouts.create({"amount": 2000, "currency": "cny"}, options=acting(account))
    with pytest.raises(stripe.InvalidRequestError, match="on its way"):
        world.stripe.v1.accounts.delete(account.id)
    world.control(f"payouts/{payout.id}/pay")
    assert world.stripe.v1.accounts.delete(account.id).deleted is True


def test_its_bank_account_can_be_seen_and_never_in_full(world):
    account = ready_account(world)
    [bank] = account.external_accounts.data
    assert (bank.last4, bank.status, bank.currency, bank.default_for_currency) == ("6789", "new", "cny", True)
    banks = world.stripe.v1.accounts.external_accounts
    assert [one.id for one in banks.list(account.id, {"object": "bank_account"}).data] == [bank.id]
    assert banks.list(account.id, {"object": "card"}).data == []
    assert banks.retrieve(account.id, bank.id, options=acting(account)).id == bank.id
    assert "000123456789" not in world.raw.get(f"/v1/accounts/{account.id}").text
    with pytest.raises(stripe.InvalidRequestError, match="No such external account"):
        banks.retrieve(new_account(world).id, bank.id)


def test_an_account_deleted_while_it_is_checked_stays_deleted(world):
    account = new_account(world, interval="daily")
    answer = world.browser.get(onboarding_link(world, account)).headers["location"]
    world.browser.post(answer, data={**PERSON, "bank": GOOD_BANK, "outcome": "good", "action": "submit"})
    world.control(f"accounts/{account.id}/require", fields=["individual.email"], seconds=30)
    assert world.stripe.v1.accounts.delete(account.id).deleted is True
    world.advance(86_400)
    assert world.count("account") == 0


def test_stripe_may_ask_for_more_later(world, connect_receiver):
    account = ready_account(world)
    wanted = "individual.verification.document"
    asked = world.control(f"accounts/{account.id}/require", fields=[wanted], disabled_reason="under_review")
    assert asked["requirements"]["currently_due"] == [wanted]
    assert asked["requirements"]["disabled_reason"] == "under_review"
    assert (asked["capabilities"]["transfers"], asked["payouts_enabled"]) == ("inactive", False)
    connect_receiver.wait_for("account.updated", times=2)
    well = world.control(f"accounts/{account.id}/verify")
    assert (well["capabilities"]["transfers"], well["requirements"]["currently_due"]) == ("active", [])


def test_it_may_ask_with_a_deadline(world):
    account = ready_account(world)
    asked = world.control(f"accounts/{account.id}/require", fields=["individual.email"], seconds=600)
    requirements = asked["requirements"]
    assert (requirements["currently_due"], requirements["past_due"]) == (["individual.email"], [])
    assert requirements["current_deadline"] and asked["capabilities"]["transfers"] == "active"
    world.advance(601)
    late = world.stripe.v1.accounts.retrieve(account.id)
    assert (late.capabilities.transfers, late.requirements.disabled_reason) == ("inactive", "requirements.past_due")
    assert late.requirements.past_due == ["individual.email"]


def test_it_may_ask_for_another_bank_account(world):
    account = ready_account(world)
    asked = world.control(f"accounts/{account.id}/require", fields=["external_account"])
    assert (asked["payouts_enabled"], asked["capabilities"]["transfers"]) == (False, "active")
    assert asked["external_accounts"]["data"][0]["status"] == "errored"
    assert world.control(f"accounts/{account.id}/verify", bank=CLOSED_BANK)["payouts_enabled"] is True


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("require", {}),
        ("require", {"fields": "individual.email"}),
        ("require", {"fields": [""]}),
        ("require", {"fields": ["a"], "disabled_reason": "whim"}),
        ("require", {"fields": ["a"], "seconds": -1}),
        ("require", {"colour": "red"}),
        ("verify", {"bank": "6222020000000000000"}),
        ("deauthorize", {"now": True}),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(world, what, body):
    account = ready_account(world)
    assert world.browser.post(f"/_sandbox/accounts/{account.id}/{what}", json=body).status_code == 400
    assert world.browser.post(f"/_sandbox/accounts/acct_none/{what}", json={}).status_code in (400, 404)
    assert world.stripe.v1.accounts.retrieve(account.id).payouts_enabled is True


def test_a_deauthorised_account_is_out_of_reach(world, connect_receiver):
    account = ready_account(world)
    world.control(f"accounts/{account.id}/deauthorize")
    told = connect_receiver.wait_for("account.application.deauthorized")
    assert (told["account"], told["data"]["object"]["object"]) == (account.id, "application")
    assert world.stripe.v1.accounts.list().data == []
    reach = [
        lambda: world.stripe.v1.accounts.retrieve(account.id),
        lambda: world.stripe.v1.accounts.update(account.id, {"metadata": {"a": "b"}}),
        lambda: world.stripe.v1.accounts.delete(account.id),
        lambda: world.stripe.v1.accounts.login_links.create(account.id),
        lambda: world.stripe.v1.accounts.external_accounts.list(account.id),
        lambda: world.stripe.v1.balance.retrieve(options=acting(account)),
    ]
    for attempt in reach:
        with pytest.raises(stripe.PermissionError) as refused:
            attempt()
        assert refused.value.error.code == "account_invalid"


def test_acting_as_an_account_shows_only_what_is_its_own(world):
    one, other = ready_account(world), ready_account(world)
    moved(world, one, 2000)
    assert (has(world, one), has(world, other)) == ((2000, 0), (0, 0))
    [payment] = world.stripe.v1.charges.list(options=acting(one)).data
    assert payment.id.startswith("py_")
    for options in (acting(other), None):
        with pytest.raises(stripe.InvalidRequestError):
            world.stripe.v1.charges.retrieve(payment.id, options=options)
    with pytest.raises(stripe.PermissionError):
        world.stripe.v1.accounts.retrieve(other.id, options=acting(one))


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/transfers", "/v1/accounts", "/v1/checkout/sessions"])
def test_what_cannot_be_done_for_an_account_says_so(world, path):
    account = ready_account(world)
    answer = world.raw.post(path, headers={"Stripe-Account": account.id})
    assert (answer.status_code, "on behalf of" in answer.json()["error"]["message"]) == (400, True)


def test_an_unknown_account_is_nobody(world):
    answer = world.raw.get("/v1/balance", headers={"Stripe-Account": "acct_none"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "account_invalid")


def test_an_idempotency_key_belongs_to_its_account(world):
    one, other = ready_account(world), ready_account(world)
    for account in (one, other):
        moved(world, account, 2000)
    made = [
        world.stripe.v1.payouts.create(
            {"amount": 500, "currency": "cny"}, options={**acting(account), "idempotency_key": "same"}
        )
        for account in (one, one, other)
    ]
    assert made[0].id == made[1].id != made[2].id
    assert world.count("payout") == 2


def test_each_endpoint_hears_of_its_own_side(world, receiver, connect_receiver):
    account = ready_account(world)
    moved(world, account)
    receiver.wait_for("transfer.created")
    world.stripe.v1.payouts.create({"amount": 100, "currency": "cny"}, options=acting(account))
    heard = connect_receiver.wait_for("payout.created")
    assert heard["account"] == account.id
    assert all("account" not in letter.event for letter in receiver.letters)
    assert all(letter.event["account"] == account.id for letter in connect_receiver.letters)
    [event] = world.stripe.v1.events.list({"type": "payout.*"}, options=acting(account)).data
    assert world.control(f"events/{event.id}/resend")["queued"] == 1
    connect_receiver.wait_for("payout.created", times=2)
    assert world.browser.get(f"/events/{event.id}").status_code == 200


def test_the_command_line_names_an_endpoint_for_connected_accounts(tmp_path):
    platform, connect = Receiver(), Receiver()
    platform.secret, connect.secret = "whsec_platform", "whsec_connect"
    urls = ["--webhook-url", platform.url, "--connect-webhook-url", connect.url]
    secrets = ["--webhook-secret", platform.secret, "--connect-webhook-secret", connect.secret]
    process = Process(tmp_path / "s.sqlite3", *urls, *secrets)
    world = World(process.url)
    ready_account(world)
    charged(world)
    connect.wait_for("account.updated")
    platform.wait_for("charge.succeeded")
    assert "account.updated" not in platform.types() and "charge.succeeded" not in connect.types()
    process.stop()
    for one in (platform, connect):
        one.check()
        one.close()


def test_the_overview_shows_accounts_transfers_and_payouts(world):
    account, gone = ready_account(world, email="lin@example.com"), ready_account(world)
    made = moved(world, account, 2000)
    world.stripe.v1.transfers.reversals.create(made.id, {"amount": 300})
    payout = world.stripe.v1.payouts.create({"amount": 500, "currency": "cny"}, options=acting(account))
    world.control(f"payouts/{payout.id}/pay")
    world.control(f"accounts/{gone.id}/deauthorize")
    page = world.browser.get("/").text
    for words in ("¥12.00", "lin@example.com", "可转账", "已解除授权", "¥20.00", "已撤回 ¥3.00", "¥5.00", "已到账"):
        assert words in page
    assert made.id in page and payout.id in page and "payout.paid" in page
