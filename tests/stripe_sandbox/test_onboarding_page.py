"""The hosted pages of Connect: links that open once, a form that needs no script, and a dashboard."""

import re
from urllib.parse import urlsplit

import pytest
import stripe

from tests.axe import violations
from tests.stripe_sandbox.platform import (
    AGAIN,
    BACK,
    CLOSED_BANK,
    GOOD_BANK,
    PERSON,
    acting,
    has,
    heard,
    moved,
    new_account,
    onboarding_link,
    opened,
    ready_account,
)
from tests.stripe_sandbox.test_pages import ENGLISH

FILLED = {**PERSON, "bank": GOOD_BANK, "outcome": "good", "action": "submit"}
CHECK_SECONDS = 60


def onboard(world, account, **form):
    path = opened(world, onboarding_link(world, account))
    return world.browser.post(path, data={**FILLED, **form})


def seen(world, account) -> stripe.Account:
    return world.stripe.v1.accounts.retrieve(account.id)


def dashboard(world, account) -> str:
    return opened(world, world.stripe.v1.accounts.login_links.create(account.id).url)


def test_what_is_told_is_checked_for_a_while_and_then_good(world, connect_receiver):
    account = new_account(world)
    answer = onboard(world, account)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    told = seen(world, account)
    assert (told.details_submitted, told.capabilities.transfers, told.payouts_enabled) == (True, "pending", False)
    assert told.requirements.pending_verification == ["individual.id_number"]
    assert told.requirements.disabled_reason == "requirements.pending_verification"
    world.advance(CHECK_SECONDS)
    good = seen(world, account)
    assert (good.capabilities.transfers, good.payouts_enabled, good.charges_enabled) == ("active", True, True)
    assert good.requirements.currently_due == []
    assert heard(connect_receiver, "account.updated", payouts_enabled=True)["account"] == account.id
    [bank] = good.external_accounts.data
    assert (bank.last4, bank.account_holder_name) == ("6789", PERSON["name"])


def test_information_may_turn_out_to_be_missing_and_be_given_later(world):
    account = new_account(world)
    onboard(world, account, outcome="missing")
    world.advance(CHECK_SECONDS)
    told = seen(world, account)
    assert (told.details_submitted, told.payouts_enabled, told.capabilities.transfers) == (True, False, "inactive")
    assert told.requirements.currently_due == ["individual.verification.document"]
    assert told.requirements.errors[0].requirement == "individual.verification.document"
    path = opened(world, onboarding_link(world, account))
    page = world.browser.get(path).text
    assert "身份证件照片" in page and 'name="id_number"' not in page and 'name="bank"' not in page
    world.browser.post(path, data={"outcome": "good", "action": "submit"})
    world.advance(CHECK_SECONDS)
    told = seen(world, account)
    assert (told.payouts_enabled, told.requirements.errors) == (True, [])


def test_an_account_may_be_rejected(world):
    account = new_account(world)
    onboard(world, account, outcome="rejected")
    world.advance(CHECK_SECONDS)
    told = seen(world, account)
    assert (told.requirements.disabled_reason, told.capabilities.transfers) == ("rejected.other", "inactive")
    assert (told.payouts_enabled, told.charges_enabled) == (False, False)


def test_later_leads_back_and_leaves_all_as_it_was(world):
    account = new_account(world)
    answer = onboard(world, account, action="later", name="")
    assert answer.headers["location"] == BACK
    assert seen(world, account).details_submitted is False
    assert world.stripe.v1.events.list(options=acting(account)).data == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("birth", "yesterday"),
        ("birth", "2020-01-01"),
        ("birth", "1800-01-01"),
        ("id_number", "12"),
        ("id_number", "11010119900501 001"),
        ("bank", "6222020000000000000"),
        ("outcome", "bribed"),
    ],
)
def test_a_wrong_field_is_told_and_nothing_kept(world, field, wrong):
    account = new_account(world)
    answer = onboard(world, account, **{field: wrong})
    assert answer.status_code == 400
    assert 'class="wrong"' in answer.text
    told = seen(world, account)
    assert (told.details_submitted, told.external_accounts.data) == (False, [])


def test_a_link_opens_once_and_its_page_stays(world):
    account = new_account(world)
    url = onboarding_link(world, account)
    path = opened(world, url)
    assert path.startswith("/connect/onboard/session/")
    assert world.browser.get(url).headers["location"] == AGAIN
    assert [world.browser.get(path).status_code for _ in "12"] == [200, 200]


def test_a_link_expires_after_minutes_and_a_page_after_an_hour(world):
    account = new_account(world)
    made = world.stripe.v1.account_links.create(
        {"account": account.id, "type": "account_onboarding", "return_url": BACK, "refresh_url": AGAIN}
    )
    assert made.expires_at - made.created == 300
    path = opened(world, onboarding_link(world, account))
    world.advance(300)
    assert world.browser.get(made.url).headers["location"] == AGAIN
    assert world.browser.get(path).status_code == 200
    world.advance(3600)
    assert world.browser.get(path).status_code == 410
    assert world.browser.post(path, data=FILLED).status_code == 410
    assert seen(world, account).details_submitted is False


def test_a_page_of_an_account_that_went_away_is_over(world):
    account = new_account(world)
    path = opened(world, onboarding_link(world, account))
    world.control(f"accounts/{account.id}/deauthorize")
    assert world.browser.get(path).status_code == world.browser.post(path, data=FILLED).status_code == 410
    assert world.browser.get(onboard_nowhere := "/connect/onboard/lnk_none").status_code == 404
    assert world.browser.post(onboard_nowhere.replace("onboard/", "onboard/session/")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "account_update"},
        {"type": "whim"},
        {"account": "acct_none"},
        {"return_url": "javascript:alert(1)"},
        {"refresh_url": "/again"},
        {"return_url": None},
        {"refresh_url": None},
        {"colour": "red"},
    ],
)
def test_a_wrong_link_is_refused(world, wrong):
    asked = {"account": new_account(world).id, "type": "account_onboarding", "return_url": BACK, "refresh_url": AGAIN}
    asked |= wrong
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.v1.account_links.create({key: value for key, value in asked.items() if value is not None})
    assert world.count("account_link") == 0


def test_who_has_told_all_finds_nothing_to_fill_in(world):
    account = ready_account(world)
    path = opened(world, onboarding_link(world, account))
    page = world.browser.get(path).text
    assert "资料已经齐了" in page and BACK in page and "<form" not in page
    assert world.browser.post(path, data=FILLED).headers["location"] == BACK
    assert seen(world, account).requirements.currently_due == []


@pytest.mark.parametrize(
    ("outcome", "before", "after"), [("good", "正在审核", "资料已经齐了"), ("rejected", "正在审核", "没有通过审核")]
)
def test_who_comes_again_reads_how_it_stands(world, outcome, before, after):
    account = new_account(world)
    onboard(world, account, outcome=outcome)
    assert before in world.browser.get(opened(world, onboarding_link(world, account))).text
    world.advance(CHECK_SECONDS)
    assert after in world.browser.get(opened(world, onboarding_link(world, account))).text


def test_only_a_bank_account_needs_no_check(world):
    account = ready_account(world)
    world.control(f"accounts/{account.id}/require", fields=["external_account"])
    path = opened(world, onboarding_link(world, account))
    assert 'name="id_number"' not in world.browser.get(path).text
    world.browser.post(path, data={"bank": GOOD_BANK, "action": "submit"})
    assert seen(world, account).payouts_enabled is True


def test_what_stripe_asked_for_later_is_given_on_the_page(world):
    account = ready_account(world)
    asked = ["individual.verification.document"]
    world.control(f"accounts/{account.id}/require", fields=asked, disabled_reason="under_review")
    path = opened(world, onboarding_link(world, account))
    world.browser.post(path, data={"outcome": "good", "action": "submit"})
    assert seen(world, account).capabilities.transfers == "pending"
    world.advance(CHECK_SECONDS)
    assert (seen(world, account).payouts_enabled, seen(world, account).requirements.currently_due) == (True, [])


def test_a_hint_fills_in_the_form_without_scripts(world):
    path = opened(world, onboarding_link(world, new_account(world)))
    page = world.browser.get(f"{path}?bank={CLOSED_BANK}").text
    assert f'value="{CLOSED_BANK}"' in page and 'value="1990-01-01"' in page
    assert 'value="5555"' not in world.browser.get(f"{path}?bank=5555").text


def test_a_login_link_wants_an_onboarded_account(world):
    with pytest.raises(stripe.InvalidRequestError, match="has not completed onboarding"):
        world.stripe.v1.accounts.login_links.create(new_account(world).id)


def test_a_login_link_opens_the_dashboard_once(world):
    account = ready_account(world)
    url = world.stripe.v1.accounts.login_links.create(account.id).url
    path = opened(world, url)
    assert world.browser.get(url).status_code == 410
    assert "我的收款" in world.browser.get(path).text
    world.advance(3600)
    assert world.browser.get(path).status_code == world.browser.post(path, data={"bank": GOOD_BANK}).status_code == 410


def test_the_dashboard_leads_back_to_where_its_holder_came_from(world):
    account = ready_account(world)
    assert "返回平台" not in world.browser.get(dashboard(world, account)).text
    onboarding_link(world, account)
    assert f'href="{BACK}">返回平台</a>' in world.browser.get(dashboard(world, account)).text


def test_the_dashboard_shows_money_payouts_and_the_bank(world):
    account, other = ready_account(world, email="lin@example.com"), ready_account(world)
    moved(world, account, 2000)
    moved(world, other, 7700)
    for one, amount in ((account, 500), (other, 7700)):
        world.stripe.v1.payouts.create({"amount": amount, "currency": "cny"}, options=acting(one))
    page = world.browser.get(dashboard(world, account)).text
    assert all(words in page for words in ("¥15.00", "¥5.00", "6789", "lin@example.com", "可以打款"))
    assert "¥77.00" not in page and "000123456789</" not in page.split("bank-title")[1].split("<form")[0]


def test_the_bank_account_is_changed_on_the_dashboard(world, connect_receiver):
    account = ready_account(world, CLOSED_BANK)
    moved(world, account, 2000)
    payout = world.stripe.v1.payouts.create({"amount": 2000, "currency": "cny"}, options=acting(account))
    world.control(f"payouts/{payout.id}/fail")
    path = dashboard(world, account)
    assert "请更换银行账户" in world.browser.get(path).text
    assert world.browser.post(path, data={"bank": "6222020000000000000"}).status_code == 400
    assert seen(world, account).payouts_enabled is False
    assert world.browser.post(path, data={"bank": GOOD_BANK}).status_code == 303
    [bank] = seen(world, account).external_accounts.data
    assert (bank.last4, bank.status, seen(world, account).payouts_enabled) == ("6789", "new", True)
    connect_receiver.wait_for("account.external_account.created", times=2)
    connect_receiver.wait_for("account.external_account.deleted")
    assert has(world, account) == (2000, 0)


def every_page(world) -> list[str]:
    fresh, missing, full = new_account(world), ready_account(world), ready_account(world, email="lin@example.com")
    world.control(f"accounts/{missing.id}/require", fields=["individual.verification.document", "external_account"])
    moved(world, full, 2000)
    world.stripe.v1.payouts.create({"amount": 500, "currency": "cny"}, options=acting(full))
    gone = ready_account(world)
    used = world.stripe.v1.accounts.login_links.create(full.id).url
    pages = [opened(world, onboarding_link(world, one)) for one in (fresh, missing, full)]
    pages += [dashboard(world, missing), opened(world, used), urlsplit(used).path]
    world.control(f"accounts/{gone.id}/deauthorize")
    return [*pages, f"{pages[0]}?bank={GOOD_BANK}", "/", "/connect/express/lnk_none"]


@pytest.mark.parametrize(("language", "mark"), [({}, "模拟支付"), (ENGLISH, "Simulated payment")])
def test_each_page_is_marked_as_a_simulation_and_self_contained(world, language, mark):
    for path in every_page(world):
        page = world.browser.get(path, headers=language)
        assert mark in page.text, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text), path


def test_what_an_account_is_called_is_text_and_not_html(world):
    account = new_account(world)
    nasty = "<script>alert(1)</script>"
    assert nasty not in onboard(world, account, name=nasty, id_number="").text


def test_a_person_onboards_on_a_phone_without_scripts(world, chromium):
    account = new_account(world)
    asked = {
        "account": account.id,
        "type": "account_onboarding",
        "refresh_url": AGAIN,
        "return_url": f"{world.url}/?back=1",
    }
    url = world.stripe.v1.account_links.create(asked).url
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.get_by_text("打款成功").click()
    assert page.input_value("#bank") == GOOD_BANK
    page.get_by_label("姓名").fill("林晓")
    page.get_by_text("还缺资料").click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/?back=1")
    assert seen(world, account).capabilities.transfers == "pending"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(world, chromium, scheme):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    for path in every_page(world):
        page.goto(world.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        assert violations(page) == [], path
