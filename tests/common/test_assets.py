"""What templates and style sheets may not contain, because the page's rules or old phones forbid it."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

TEMPLATES = sorted(Path("templates").rglob("*.html"))
SHEETS = sorted(Path("static/css").glob("*.css"))
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', Path("static/icons.svg").read_text()))


def test_every_icon_that_is_asked_for_is_in_the_sprite():
    asked = {
        (path.name, name)
        for path in TEMPLATES
        for name in re.findall(r'(?:icon |icon_name=|icon_name\|default:)"([a-z0-9-]+)"', path.read_text())
    }
    assert asked
    assert not {(page, name) for page, name in asked if name not in SYMBOLS}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("inline style", r"<[^>]*\sstyle\s*="),
        ("inline script", r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"),
        ("inline handler", r"<[^>]*\son[a-z]+\s*="),
        ("another host", r"(?:src|href|action)=\"(?:https?:)?//"),
    ],
)
def test_templates_keep_to_the_content_security_policy(what, pattern):
    assert not [f"{path}: {what}" for path in TEMPLATES if re.search(pattern, path.read_text())]


def test_no_comment_is_left_open_at_the_end_of_its_line():
    """{# #} ends with its line: what goes on below would be read by visitors."""
    lines = [(path, line) for path in TEMPLATES for line in path.read_text().splitlines()]
    assert not [f"{path}: {line}" for path, line in lines if line.count("{#") != line.count("#}")]


@pytest.mark.parametrize("feature", ["light-dark(", ":has(", "@container", "color-mix(", "oklch(", "@scope"])
def test_style_sheets_use_nothing_newer_than_the_phones(feature):
    assert not [str(path) for path in SHEETS if feature in path.read_text()]


def test_no_text_is_smaller_than_14_pixels():
    sizes = [
        float(size) * (16 if unit == "rem" else 1)
        for path in SHEETS
        for size, unit in re.findall(r"(?:font-size|--t-[a-z]+): *([\d.]+)(px|rem)", path.read_text())
    ]
    assert sizes
    assert min(sizes) >= 14


def test_every_sheet_fills_a_layer():
    assert all(re.search(r"^@layer [a-z]+ \{", path.read_text(), re.MULTILINE) for path in SHEETS)


def test_the_page_for_a_broken_server_needs_nothing_that_may_be_broken():
    assert 'class="empty"' in render_to_string("500.html")


@pytest.mark.parametrize("page", ["403.html", "403_csrf.html", "404.html", "429.html"])
def test_error_pages_say_what_to_do(page):
    assert "<h1>" in render_to_string(page, request=RequestFactory().get("/"))
