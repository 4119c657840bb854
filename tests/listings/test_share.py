"""The share card: public for what is published, and its QR code leads to the listing."""

import re
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from accounts import services as accounts
from listings.models import Listing
from listings.services.card import lines_of, qr_path
from tests.listings.qr import decoded

pytestmark = pytest.mark.django_db

PAGES = ("share", "card")


def page(client, listing, name="share"):
    return client.get(reverse(f"listings:{name}", args=[listing.pk]))


def scanned(svg: str) -> str:
    """What a phone reads from the picture."""
    [path] = re.findall(r'class="qr"[^>]*>\s*<path[^>]* d="([^"]+)"', svg)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
    return decoded(dark)


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "https://wo.zai", "https://www.a-rather-long-name.example"])
def test_the_code_on_the_card_leads_to_the_listing(client, listing, settings, site):
    settings.SITE_URL = site
    assert scanned(page(client, listing, "card").content.decode()) == site + listing.get_absolute_url()


def test_a_code_of_another_text_says_another_text():
    path, _modules = qr_path("https://elsewhere.example/")
    assert scanned(f'<svg class="qr"><path d="{path}"/>') == "https://elsewhere.example/"


def test_the_card_says_who_what_and_for_how_much(client, listing):
    svg = page(client, listing, "card")
    assert svg["Content-Type"] == "image/svg+xml"
    words = "".join(ElementTree.fromstring(svg.content).itertext())
    for word in ("shanshan", "秒回师", "¥20", "听你说完"):
        assert word in words


def test_a_headline_is_text_not_markup(client, listing):
    Listing.objects.filter(pk=listing.pk).update(headline='</text><script>"&')
    svg = page(client, listing, "card").content
    assert b"<script>" not in svg
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("status", ["hidden", "draft", "pending"])
def test_what_is_not_published_has_none_even_for_its_owner(client, companion, listing, name, status):
    Listing.objects.filter(pk=listing.pk).update(status=status)
    client.force_login(companion)
    assert page(client, listing, name).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_a_blocked_pair_has_none_and_everybody_else_has(client, client_user, companion, listing, name):
    accounts.block(by=companion, other=client_user)
    assert page(client, listing, name).status_code == 200
    client.force_login(client_user)
    assert page(client, listing, name).status_code == 404


def test_the_listing_tells_other_programs_what_it_is(client, listing, settings):
    html = page(client, listing, "detail").content.decode()
    shown = dict(re.findall(r'property="og:(\w+)"\s+content="([^"]*)"', html))
    assert shown["title"] == "shanshan · 秒回师"
    assert shown["description"] == listing.headline
    assert shown["url"] == settings.SITE_URL + listing.get_absolute_url()
    assert shown["image"].startswith(settings.SITE_URL)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("听你说完，不评判", ["听你说完，不评判"]),
        ("一二三四五六七八九十一二三四，五", ["一二三四五六七八九十一二三四，", "五"]),
        ("字" * 40, ["字" * 14, "字" * 14, "字" * 12]),
        ("字" * 60, ["字" * 14, "字" * 14, "字" * 13 + "…"]),
        ("hello there, how are you", ["hello there, how are you"]),
    ],
)
def test_a_headline_in_lines(text, lines):
    assert lines_of(text) == lines
