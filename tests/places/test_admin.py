"""Who may look after the hospitals does it in the admin, and is held to the same rules as a file."""

import pytest

from places.models import Hospital
from tests.cast import a_user

pytestmark = pytest.mark.django_db
LIST = "/admin/places/hospital/"
TYPED = {
    "city": "拉萨市",
    "district": "城关区",
    "name": "拉萨南岸医院",
    "aliases": "南岸,南岸医院",
    "level": "",
    "address": "",
    "departments": ["ent", "cardiology"],
}


@pytest.fixture
def admin(client):
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("words", ["华山", "国妇婴", "金山区"])
def test_found_by_any_of_its_names(admin, words):
    assert admin.get(LIST, {"q": words}).context["cl"].result_count >= 1
    assert admin.get(LIST, {"q": "没有的医院"}).context["cl"].result_count == 0


def test_those_of_a_city(admin):
    shown = admin.get(LIST, {"city": "西安"})
    assert shown.context["cl"].result_count == Hospital.objects.filter(city="西安").count()


def test_one_is_added_and_changed(admin):
    assert admin.post(f"{LIST}add/", TYPED).status_code == 302
    hospital = Hospital.objects.get(name="拉萨南岸医院")
    assert (hospital.city, hospital.aliases) == ("拉萨", ["南岸", "南岸医院"])
    change = f"{LIST}{hospital.pk}/change/"
    assert "南岸,南岸医院" in admin.get(change).content.decode()
    admin.post(change, {**TYPED, "aliases": "", "level": "三级甲等"})
    hospital.refresh_from_db()
    assert (hospital.aliases, hospital.level) == ([], "三级甲等")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"city": "上海", "aliases": "华山医院"}, "复旦大学附属华山医院"),
        ({"city": "上海", "name": "复旦大学附属华山医院"}, "复旦大学附属华山医院"),
        ({"departments": []}, "errorlist"),
        ({"name": " "}, "errorlist"),
        ({"aliases": "南|"}, "errorlist"),
    ],
)
def test_what_would_not_do_is_said(admin, changes, said):
    answer = admin.post(f"{LIST}add/", {**TYPED, **changes})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Hospital.objects.filter(district="城关区").exists()


def test_others_do_not_see_it(client, client_user):
    client.force_login(client_user)
    assert client.get(LIST).status_code == 302
