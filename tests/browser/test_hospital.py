"""A hospital companion says where she goes: by a few letters with a script, by the list of a city without one."""

import pytest
from playwright.sync_api import expect

from listings.models import Companion, ListingRevision
from tests.cast import a_companion, a_listing

HUASHAN, XIEHE = "复旦大学附属华山医院", "华中科技大学同济医学院附属协和医院"


@pytest.fixture
def wenhua(db) -> Companion:
    return a_companion("wenhua")


def test_a_short_name_becomes_the_official_one_with_its_district(phone, wenhua):
    page = phone(wenhua.user)
    page.goto("/listings/new/?kind=clinic")
    expect(page.get_by_role("button", name="看看这座城市的医院")).to_be_hidden()
    write(page, city="上海", hospital="华山")
    expect(page.get_by_label("医院", exact=True)).to_have_value(HUASHAN)
    expect(page.get_by_label("区")).to_have_value("静安区")
    write(page, city="武汉", hospital="")
    expect(page.locator(f"#hospital-names option[value='{XIEHE}']")).to_be_attached()
    write(page, hospital="协和")
    expect(page.get_by_label("区")).to_have_value("江汉区")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交")).to_be_visible()
    assert ListingRevision.objects.get().hospital == XIEHE


def test_without_a_script_the_city_is_looked_up_and_nothing_typed_is_lost(phone, wenhua):
    page = phone(wenhua.user, java_script_enabled=False)
    page.goto("/listings/new/?kind=clinic")
    write(page, city="武汉")
    page.get_by_role("button", name="看看这座城市的医院").click()
    expect(page.locator(f"#hospital-names option[value='{XIEHE}']")).to_be_attached()
    expect(page.get_by_label("介绍")).to_have_value("从门口到回家，我陪你排队、取报告、记医嘱，不催你。")
    write(page, hospital="协和医院")
    page.get_by_role("button", name="提交审核").click()
    revision = ListingRevision.objects.get()
    assert (revision.hospital, revision.district) == (XIEHE, "江汉区")


def test_a_client_chooses_a_city_then_a_hospital_and_changes_her_mind(phone):
    for name, city, hospital in (("wenhua", "上海", HUASHAN), ("qing", "武汉", XIEHE)):
        a_listing(name, kind="clinic", city=city, hospital=hospital)
    page = phone()
    page.goto("/browse/?kind=clinic")
    page.get_by_text("筛选与排序").click()
    page.get_by_label("城市").select_option("上海")
    page.get_by_label("医院", exact=True).select_option(label=f"{HUASHAN} (1)")
    expect(page.get_by_role("link", name=HUASHAN)).to_be_visible()
    page.get_by_label("城市").select_option("武汉")
    expect(page.get_by_role("link", name=HUASHAN)).to_be_hidden()
    expect(page.locator(".card.person")).to_have_count(1)
    expect(page.locator(".card.person")).to_contain_text(XIEHE)


def write(page, **changes) -> None:
    typed = {
        "headline": "陪你去医院，慢慢来",
        "about": "从门口到回家，我陪你排队、取报告、记医嘱，不催你。",
        "topics": "老人",
        "price_fen": "300",
        "included_hours": "4",
        "overtime_fen": "40",
    }
    for name, words in (typed | changes).items():
        page.locator(f"[name={name}]").fill(words)
        page.locator(f"[name={name}]").blur()
