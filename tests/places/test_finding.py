"""What people type finds the one hospital they mean, or none."""

import pytest
from django.utils.translation import override

from places import services
from places.departments import Department
from places.models import Hospital

pytestmark = pytest.mark.django_db
LARGEST = ["上海", "北京", "深圳", "重庆", "广州", "成都", "天津", "武汉", "西安", "杭州"]
HUASHAN = "复旦大学附属华山医院"


@pytest.mark.parametrize(
    ("city", "words", "name"),
    [
        ("上海", HUASHAN, HUASHAN),
        ("上海", "华山医院", HUASHAN),
        ("上海市", "华山", HUASHAN),
        ("上海", " 华山 医院 ", HUASHAN),
        ("上海", "华山医院（）", HUASHAN),
        ("北京", "协和", "北京协和医院"),
        ("武汉", "协和", "华中科技大学同济医学院附属协和医院"),
        ("北京", "３０１医院", "中国人民解放军总医院"),
        ("西安", "儿童医院", "西安市儿童医院"),
        ("深圳", "儿童医院", "深圳市儿童医院"),
        ("广州", "柔济医院", "广州医科大学附属第三医院"),
    ],
)
def test_found_by_what_it_is_called(city, words, name):
    hospital = services.find(city, words)
    assert hospital is not None and hospital.name == name


@pytest.mark.parametrize(
    ("city", "words"),
    [
        ("上海", "协和"),
        ("上海", "华山医院北院"),
        ("上海", "医院"),
        ("北京", "医院"),
        ("", "华山医院"),
        ("上海", ""),
        ("上海", "（）"),
        ("拉萨", "人民医院"),
    ],
)
def test_it_never_guesses(city, words):
    assert services.find(city, words) is None


def test_two_that_are_called_alike_nearby_are_neither():
    for name in ("上海南岸医院", "上海市南岸医院"):
        a_hospital(name=name)
    assert services.find("上海", "南岸医院") is None
    assert services.find("上海", "上海市南岸医院").name == "上海市南岸医院"


def test_the_largest_cities_first():
    a_hospital(city="拉萨")
    assert services.cities() == [*LARGEST, "拉萨"]


def test_neighbours_stand_beside_each_other():
    districts = [hospital.district for hospital in services.hospitals("杭州市")]
    assert len(districts) >= 12
    assert districts == sorted(districts)


@pytest.mark.parametrize("city", ["拉萨", "杭州"])
def test_it_costs_the_same_however_many(city, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.find(city, "浙一")


def test_departments_in_the_readers_language():
    hospital = Hospital(departments=["ent", "cardiology"])
    with override("zh-hans"):
        assert services.departments(hospital) == [("cardiology", "心血管内科"), ("ent", "耳鼻咽喉科")]
    with override("en"):
        assert services.departments(hospital)[1] == ("ent", "Ear, nose and throat")


def test_each_department_has_a_name_of_its_own():
    for language in ("zh-hans", "en"):
        with override(language):
            assert len({str(key.label) for key in Department}) == len(Department)


def test_aliases_by_city_and_name(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = services.aliases_of([("上海", HUASHAN), ("上海", "没有的医院"), ("武汉", "")])
    assert found[("上海", HUASHAN)][0] == "华山医院"
    assert len(found) == 1


def a_hospital(**fields) -> Hospital:
    known = {"city": "上海", "district": "长宁区", "name": "南岸医院", "departments": ["cardiology"]}
    return Hospital.objects.create(**{**known, **fields})
