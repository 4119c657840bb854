"""Notices on a phone: the switch, what it says where nothing can be switched on, and what the service worker shows."""

import json
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Worker, expect

from accounts.models import User
from notices.models import Preference
from tests.axe import violations
from tests.browser.conftest import close
from tests.browser.steps import sign_in
from tests.notices.push_service import running_push_service
from tests.waiting import until

PAGE = "/me/notices/"
# A browser without windows shows no notices, whatever it is permitted.
WITH_WINDOWS = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_windows = pytest.mark.skipif(WITH_WINDOWS is None, reason="no browser that shows notices")
REGISTER = "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => 0)"
SHOWN = """async () => {
    const registration = await navigator.serviceWorker.getRegistration('/');
    return (await registration.getNotifications()).map(({title, body, tag, data}) => ({title, body, tag, ...data}));
}"""
NOTE_WHAT_IT_SHOWS = """() => {
    self.noted = [];
    self.registration.showNotification = async (title, {body, tag, data}) => noted.push({title, body, tag, ...data});
}"""
# Nobody tapped, so the browser would refuse both.
NOTE_WHERE_IT_LEADS = """() => {
    self.noted = [];
    WindowClient.prototype.focus = async function () { noted.push(['focus', new URL(this.url).pathname]); };
    Clients.prototype.openWindow = async (url) => noted.push(['open', url]);
}"""
FIRST = {"title": "我在", "body": "小满给你发来消息", "path": "/chat/1/", "tag": "talk-1"}


@pytest.fixture
def with_windows(chromium, site) -> Iterator[Callable[[User], Page]]:
    browser = chromium.browser_type.launch(executable_path=WITH_WINDOWS, args=["--no-sandbox", "--disable-gpu"])

    def take(user: User) -> Page:
        page = browser.new_context(base_url=site, locale="zh-CN").new_page()
        sign_in(page, user, site)
        return page

    yield take
    close(browser)


def listening(page: Page, site: str) -> Callable[[object], None]:
    """Has its service worker installed; pushes to it, as a push service does."""
    page.context.grant_permissions(["notifications"], origin=site)
    page.goto(PAGE)
    cdp = page.context.new_cdp_session(page)
    known: list[dict] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    cdp.send("ServiceWorker.enable")
    page.evaluate(REGISTER)
    until(lambda: page.evaluate("1") and known, what="the service worker")

    def push(content: object) -> None:
        data = content if isinstance(content, str) else json.dumps(content)
        told = {"origin": site, "registrationId": known[-1]["registrationId"], "data": data}
        cdp.send("ServiceWorker.deliverPushMessage", told)

    return push


def worker_of(page: Page) -> Worker:
    [worker] = page.context.service_workers
    return worker


@needs_windows
def test_a_push_is_shown_and_a_second_of_the_same_talk_takes_its_place(with_windows, client_user, site):
    page = with_windows(client_user)
    push = listening(page, site)
    push(FIRST)
    until(lambda: page.evaluate(SHOWN) == [FIRST], what="the first notice")
    push({**FIRST, "tag": "talk-2"})
    push({**FIRST, "body": "又一条"})
    bodies = {"又一条", "小满给你发来消息"}
    until(lambda: {one["body"] for one in page.evaluate(SHOWN)} == bodies, what="the second in place of the first")
    assert len(page.evaluate(SHOWN)) == 2


def test_what_is_pushed_is_what_is_shown_and_what_cannot_be_read_is_a_word_from_us(phone, client_user, site):
    page = phone(client_user)
    push = listening(page, site)
    worker_of(page).evaluate(NOTE_WHAT_IT_SHOWS)
    push(FIRST)
    push("no JSON")
    ours = {"title": "我在", "body": "", "path": "/", "tag": "wozai"}
    until(lambda: worker_of(page).evaluate("noted") == [FIRST, ours], what="both")


def test_a_tap_leads_to_the_open_page_or_opens_it_and_never_elsewhere(phone, client_user, site):
    page = phone(client_user)
    listening(page, site)
    worker = worker_of(page)
    worker.evaluate(NOTE_WHERE_IT_LEADS)
    for path in (PAGE, "/chat/1/", "https://evil.example/"):
        worker.evaluate(f"open({json.dumps(path)})")
    assert worker.evaluate("noted") == [["focus", PAGE], ["open", f"{site}/chat/1/"]]


def test_where_the_push_service_cannot_be_reached_it_says_so_calmly(phone, client_user, site):
    page = phone(client_user)
    page.context.grant_permissions(["notifications"], origin=site)
    # Without windows it calls refused what was granted.
    page.add_init_script("Object.defineProperty(Notification, 'permission', {get: () => 'granted'})")
    page.goto(PAGE)
    switch = page.get_by_role("switch", name="在这台设备上")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(page.locator("#push-says")).to_contain_text("浏览器现在连不上它的通知服务")
    expect(switch).to_be_enabled()


def test_a_browser_that_knows_no_notices_is_told_about_the_home_screen(phone, client_user):
    page = phone(client_user)
    page.add_init_script("delete window.PushManager")
    page.goto(PAGE)
    expect(page.locator("#push-says")).to_contain_text("添加到主屏幕")
    expect(page.locator("#push [role=switch]")).to_be_hidden()


def test_a_browser_that_refuses_is_told_where_to_allow_it(phone, client_user):
    page = phone(client_user)
    page.goto(PAGE)
    expect(page.locator("#push-says")).to_contain_text("浏览器没有允许")
    switch = page.get_by_role("switch", name="在这台设备上")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_disabled()
    assert violations(page) == []


# A browser without windows has refused from the beginning.
ASKED = """(answer) => {
    let permission = 'default';
    Object.defineProperty(Notification, 'permission', {get: () => permission});
    Notification.requestPermission = async () => (permission = answer);
}"""


@pytest.mark.parametrize(("answer", "may_try_again"), [("denied", False), ("default", True)])
def test_refused_when_it_is_asked_the_switch_stays_off(phone, client_user, answer, may_try_again):
    page = phone(client_user)
    page.add_init_script(f"({ASKED})({json.dumps(answer)})")
    page.goto(PAGE)
    switch = page.get_by_role("switch", name="在这台设备上")
    switch.click()
    expect(page.locator("#push-says")).to_contain_text("浏览器没有允许")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_enabled(enabled=may_try_again)


def test_without_script_all_but_the_switch_works(phone, client_user):
    page = phone(client_user, java_script_enabled=False)
    page.goto(PAGE)
    expect(page.locator("#push-says")).to_contain_text("需要 JavaScript")
    page.get_by_label("总是发").check()
    page.get_by_label("免打扰开始").fill("22:30")
    page.get_by_label("免打扰结束").fill("07:00")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_label("免打扰开始")).to_have_value("22:30")
    kept = Preference.objects.get(user=client_user)
    assert (kept.mail_messages, kept.quiet_from_min, kept.quiet_until_min) == ("always", 1350, 420)


GIVES_UP_ITS_ADDRESS = """async ([old, made]) => {
    PushManager.prototype.subscribe = async ({applicationServerKey}) => ({
        toJSON: () => ({...made, expirationTime: applicationServerKey.length}),
    });
    let over;
    const event = new Event('pushsubscriptionchange');
    Object.assign(event, {oldSubscription: {endpoint: old}, waitUntil: (promise) => (over = promise)});
    self.dispatchEvent(event);
    await over;
}"""


def test_a_browser_whose_address_changes_goes_on_telling(phone, client_user, site):
    page = phone(client_user)
    listening(page, site)
    with running_push_service() as service:
        old, made = (service.browser().to_json() for _ in range(2))
        old["endpoint"], made["endpoint"] = (f"https://fcm.googleapis.com/fcm/send/{one}" for one in ("old", "new"))
        headers = {"X-CSRFToken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(), "Origin": site}
        page.request.post(f"{PAGE}devices/", data=old, headers=headers)
        assert client_user.devices.get().endpoint.endswith("/old")
        worker_of(page).evaluate(GIVES_UP_ITS_ADDRESS, [old["endpoint"], made])
        assert client_user.devices.get().endpoint.endswith("/new")


# The one thing that a browser of ours cannot do is to subscribe: there is no push service that it knows.
SUBSCRIBES = """(subscription) => {
    const made = {...subscription, toJSON: () => subscription, unsubscribe: async () => { sessionStorage.clear(); }};
    PushManager.prototype.getSubscription = async () => sessionStorage.on ? made : null;
    PushManager.prototype.subscribe = async (options) => {
        sessionStorage.on = new Uint8Array(options.applicationServerKey).length;
        return made;
    };
    Notification.requestPermission = async () => 'granted';
    Object.defineProperty(Notification, 'permission', {get: () => 'granted'});
}"""


def test_switched_on_the_device_stands_in_the_list_and_switched_off_it_does_not(phone, client_user):
    page = phone(client_user)
    with running_push_service() as service:
        subscription = service.browser().to_json() | {"endpoint": "https://fcm.googleapis.com/fcm/send/one"}
        page.add_init_script(f"({SUBSCRIBES})({json.dumps(subscription)})")
        page.goto(PAGE)
        switch = page.get_by_role("switch", name="在这台设备上")
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
        # The key that it subscribed with: a point on the curve.
        assert page.evaluate("sessionStorage.on") == "65"
        expect(page.locator("[data-device]").get_by_text("这台", exact=True)).to_be_visible()
        [device] = client_user.devices.all()
        assert device.endpoint.endswith("/one")
        page.locator("#push [role=switch]").click()
        expect(page.locator("[data-device]")).to_have_count(0)
        expect(switch).to_have_attribute("aria-checked", "false")
    assert not client_user.devices.exists()
