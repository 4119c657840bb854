"""The pages for people: marked as a simulation, in their language, with nothing from elsewhere."""

import re
from urllib.parse import urlsplit

import pytest

from tests.axe import violations
from tests.stripe_sandbox.world import ALWAYS, DECLINED, DISPUTED, INQUIRY, NOT_RECEIVED, disputed

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def test_chinese_comes_first_and_english_when_asked_for(world):
    session = world.session()
    page = world.browser.get(f"/c/pay/{session.id}")
    assert "付款方式" in page.text
    assert page.headers["content-language"] == "zh-Hans"
    assert "Pay with" in world.browser.get(f"/c/pay/{session.id}", headers=ENGLISH).text
    french_then_chinese = {"Accept-Language": "fr,zh-CN;q=0.8,en;q=0.2"}
    assert "付款方式" in world.browser.get(f"/c/pay/{session.id}", headers=french_then_chinese).text


@pytest.mark.parametrize(("locale", "words"), [("en", "Pay with"), ("zh", "付款方式"), ("fr", "Pay with")])
def test_the_sessions_locale_comes_before_the_browsers(world, locale, words):
    session = world.session(locale=locale)
    other = {} if locale == "en" else ENGLISH
    assert words in world.browser.get(f"/c/pay/{session.id}", headers=other).text


def every_page(world) -> list[str]:
    open_one, expired, paid = world.session(), world.session(), world.session()
    world.pay(paid, DECLINED)
    world.pay(paid)
    world.stripe.v1.refunds.create({"payment_intent": world.again(paid).payment_intent.id, "amount": 100})
    world.stripe.v1.checkout.sessions.expire(expired.id)
    event = world.stripe.v1.events.list().data[0]
    sessions = [f"/c/pay/{one.id}" for one in (open_one, expired, paid)]
    asked, proved = world.session(branding_settings={"display_name": "我在"}), world.session()
    banks = [urlsplit(world.pay(one, ALWAYS).headers["location"]).path for one in (asked, proved)]
    world.prove(banks[1])
    opened, asked_about, answered = (disputed(world, number) for number in (DISPUTED, INQUIRY, NOT_RECEIVED))
    world.stripe.v1.disputes.update(answered.id, {"evidence": {"uncategorized_text": "We met."}})
    desks = [f"/payments/{one.payment_intent}" for one in (opened, asked_about)]
    keep, kept, lapsed, proving = (world.setup_session() for _ in range(4))
    world.pay(kept)
    world.stripe.v1.checkout.sessions.expire(lapsed.id)
    setups = [f"/c/pay/{one.id}" for one in (keep, kept, lapsed)]
    setups.append(urlsplit(world.pay(proving, ALWAYS).headers["location"]).path)
    return [
        *sessions,
        *setups,
        *desks,
        f"{sessions[0]}?failed=authentication",
        *banks,
        "/c/pay/cs_none",
        "/",
        f"/payments/{world.again(paid).payment_intent.id}",
        f"/events/{event.id}",
        "/no",
    ]


@pytest.mark.parametrize(("language", "mark"), [({}, "模拟支付"), (ENGLISH, "Simulated payment")])
def test_each_page_is_marked_as_a_simulation_and_self_contained(world, language, mark):
    for path in every_page(world):
        page = world.browser.get(path, headers=language)
        assert mark in page.text, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text), path
        loaded = re.findall(r'<(?:script|link|img|use)[^>]*(?:src|href)="([^"]+)"', page.text)
        assert loaded and all(one.startswith("/static/") for one in loaded), path
        assert all(world.browser.get(one.partition("#")[0]).status_code == 200 for one in loaded)


def test_the_overview_shows_payments_refunds_and_events(world):
    paid = world.paid(amount=3000)
    world.stripe.v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 1200})
    page = world.browser.get("/").text
    for words in ("¥30.00", "¥12.00", "已退 ¥12.00", "已部分退款", "charge.refunded"):
        assert words in page
    detail = world.browser.get(f"/payments/{paid.payment_intent.id}").text
    for words in ("¥12.00", "手续费", "尾号 4242", "refund.created"):
        assert words in detail


def test_the_overview_and_the_payment_show_disputes(world):
    dispute, inquiry = disputed(world, NOT_RECEIVED, amount=4700), disputed(world, INQUIRY)
    page = world.browser.get("/").text
    for words in ("¥47.00", dispute.id, inquiry.id, "没收到商品或服务", "待回应", "查询待回应", "回应截止"):
        assert words in page
    detail = world.browser.get(f"/payments/{dispute.payment_intent}").text
    for words in (dispute.id, "没收到商品或服务", "charge.dispute.funds_withdrawn"):
        assert words in detail
    assert inquiry.id not in detail
    world.stripe.v1.disputes.close(dispute.id)
    assert "Lost" in world.browser.get(f"/payments/{dispute.payment_intent}", headers=ENGLISH).text


def test_what_a_merchant_writes_is_text_and_not_html(world):
    nasty = "<script>alert(1)</script>"
    price = {"currency": "cny", "unit_amount": 3000, "product_data": {"name": nasty}}
    session = world.session(
        line_items=[{"price_data": price, "quantity": 1}], branding_settings={"display_name": nasty}
    )
    assert nasty not in world.browser.get(f"/c/pay/{session.id}").text
    world.pay(session)
    assert nasty not in world.browser.get("/").text


def test_an_event_can_be_sent_again_from_its_page(world, receiver):
    world.stripe.v1.customers.create({"name": "Lin"})
    event = receiver.wait_for("customer.created")
    assert world.browser.post(f"/events/{event['id']}/resend").status_code == 303
    receiver.wait_for("customer.created", times=2)


def test_a_hint_fills_in_the_card_without_scripts(world):
    session = world.session()
    page = world.browser.get(f"/c/pay/{session.id}?card={DECLINED}").text
    assert 'value="4000 0000 0000 0002"' in page
    assert 'value="12 / 34"' in page
    assert "5105" not in world.browser.get(f"/c/pay/{session.id}?card=5105105105105100").text


def test_a_person_pays_with_two_taps_after_a_decline(world, chromium):
    session = world.session(success_url=f"{world.url}/?paid={{CHECKOUT_SESSION_ID}}")
    page = chromium.new_page(viewport={"width": 360, "height": 740}, locale="zh-CN")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(session.url)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_text("银行拒绝").click()
    assert page.input_value("#number") == "4000 0000 0000 0002"
    page.get_by_role("button", name="支付 ¥30.00").click()
    assert "没有扣款" in page.get_by_role("alert").inner_text()
    page.get_by_text("付款成功").click()
    page.get_by_role("button", name="支付 ¥30.00").click()
    page.wait_for_url(f"**/?paid={session.id}")
    assert not [one for one in said if "Content Security Policy" in one]
    assert world.again(session).payment_status == "paid"


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_each_hint_holds_its_words(world, chromium, locale):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, locale=locale)
    for session in (world.session(), world.setup_session()):
        page.goto(session.url)
        page.locator("summary").click()
        too_long = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent.trim())"
        assert page.locator("a.hint").evaluate_all(too_long) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(world, chromium, scheme):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    for path in every_page(world):
        page.goto(world.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        assert violations(page) == [], path


def test_control_axe_finds_an_image_that_nobody_can_hear(chromium):
    page = chromium.new_page()
    page.set_content("<img src='face.png'>")
    assert [one for one in violations(page) if one.startswith("image-alt")]
