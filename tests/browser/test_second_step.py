"""A moderator's first evening: she sets her authenticator up, and signs in with it."""

import re
import time

from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from accounts.models import User
from devstack.code import code
from tests.browser.steps import heard_by
from tests.browser.test_pages import look_at
from tests.cast import PASSWORD, a_moderator


def test_she_sets_it_up_and_signs_in_with_it(phone, site):
    user = a_moderator("lu")
    # The site hashes as it always does, not as the tests do.
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    page = phone(None)
    complaints = heard_by(page)

    def sign_in() -> None:
        page.goto("/accounts/login/?next=/moderation/")
        page.locator("[name=login]").fill(user.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()

    sign_in()
    expect(page).to_have_url(re.compile("/accounts/reauthenticate/"))
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="继续").click()
    picture = page.get_by_role("img", name="二维码")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    key = page.locator("main code").inner_text()
    page.get_by_label("动态码").fill(code(key, time.time()))
    page.get_by_role("button", name="完成设置").click()
    expect(page.locator(".codes li")).to_have_count(10)
    spare = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="继续").click()
    expect(page).to_have_url(re.compile("/moderation/$"))

    page.context.clear_cookies(name="sessionid")
    sign_in()
    expect(page.get_by_role("heading", name="还差一步")).to_be_visible()
    assert look_at(page) == []
    page.get_by_label("动态码").fill("000000")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("动态码不对")).to_be_visible()
    page.get_by_label("动态码").fill(spare)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/moderation/$"))
    assert complaints == []
