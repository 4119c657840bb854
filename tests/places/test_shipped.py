"""The hospitals that come along: in the table from the start, and what is said of them makes sense."""

import re
from collections import Counter

import pytest
from django.apps import apps
from django.core.management import call_command

from listings import demo
from places import services, shipped
from places.models import Hospital
from places.names import folded
from tests.places.districts import DISTRICTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(db) -> list[Hospital]:
    return list(Hospital.objects.all())


def test_a_new_database_has_them_all(known):
    rows = shipped.FILE.read_text("utf-8").splitlines()
    assert len(known) == len(rows) - 1


def test_enough_in_each_of_the_ten_cities(known):
    count = Counter(hospital.city for hospital in known)
    assert list(count) == list(DISTRICTS)
    assert min(count.values()) >= 18


def test_each_is_in_a_district_of_its_city(known):
    wrong = [hospital.name for hospital in known if hospital.district not in DISTRICTS[hospital.city].split()]
    assert wrong == []


def test_no_name_means_two_hospitals_of_a_city(known):
    names = Counter((hospital.city, folded(name)) for hospital in known for name in hospital.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_each_is_found_by_each_of_its_names(known):
    for hospital in known:
        for name in hospital.names:
            assert services.find(hospital.city, name) == hospital, name


def test_each_has_three_departments_or_more(known):
    assert [hospital.name for hospital in known if len(hospital.departments) < 3] == []


def test_an_address_is_a_road_with_a_number(known):
    addresses = [hospital.address for hospital in known if hospital.address]
    assert [address for address in addresses if not re.fullmatch(r"[一-鿿]+\d+号", address)] == []


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ("儿童医院", {"geriatrics", "general_surgery", "rheumatology"}),
        ("口腔医院", {"cardiology", "obstetrics", "orthopaedics"}),
        ("眼科", {"cardiology", "obstetrics", "orthopaedics"}),
        ("肿瘤医院", {"obstetrics", "paediatrics", "dermatology"}),
        ("妇产科医院", {"orthopaedics", "geriatrics", "urology"}),
        ("精神卫生中心", {"orthopaedics", "obstetrics", "urology"}),
    ],
)
def test_nobody_is_sent_where_there_is_no_such_department(known, words, lacking):
    named = [hospital for hospital in known if words in hospital.name]
    assert named
    assert [hospital.name for hospital in named if lacking & set(hospital.departments)] == []


def test_a_table_that_holds_anything_is_left_as_it_is():
    Hospital.objects.exclude(name="华东医院").delete()
    shipped.ensure_hospitals(apps=apps)
    assert Hospital.objects.get().name == "华东医院"


def test_an_empty_one_is_filled():
    Hospital.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert Hospital.objects.count() > 200


def test_nothing_is_filled_while_the_table_is_another_one(known):
    Hospital.objects.all().delete()

    class Then:
        all_models = {"places": {}}

    shipped.ensure_hospitals(apps=Then)
    assert not Hospital.objects.exists()


def test_those_of_the_demonstration_are_called_as_in_the_table():
    said = [text for person in demo.people(*demo.PUBLISHED) for text in person["listings"] if text.get("hospital")]
    assert said
    for text in said:
        hospital = services.find(text["city"], text["hospital"])
        if text["city"] in DISTRICTS:
            assert hospital is not None and (hospital.name, hospital.district) == (text["hospital"], text["district"])


@pytest.mark.django_db(transaction=True)
def test_a_story_that_empties_the_tables_leaves_them_in(client_user):
    before = Hospital.objects.count()
    call_command("flush", interactive=False, verbosity=0)
    assert (Hospital.objects.count(), type(client_user).objects.count()) == (before, 0)
