"""The pages of a visit: planned before it is paid, read by the two, changed and noted with what was typed kept."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from bookings import services as bookings
from bookings.models import Booking
from tests.orders import live, on_the_half_hour, pay
from tests.papers import identify
from tests.visiting.plans import agreed, planned, together
from tests.visits import END, a_place, code, enter
from visits import services
from visits.models import Stage, StageName, VisitPlan

pytestmark = pytest.mark.django_db
TOLD = {"hospital": "复旦大学附属华山医院", "patient": "parent", "meeting_point": "门诊大厅", "words": "青霉素过敏"}


@pytest.fixture
def clinic(db):
    return a_place("shen")


@pytest.fixture
def visitor(client, client_user):
    identify(client_user)
    client.force_login(client_user)
    return client


def chosen(clinic, **more) -> dict:
    order = {"minutes": 240, "starts_at": on_the_half_hour().isoformat(), "request_key": str(uuid4()), "later": "1"}
    return {**order, "seen_fen": clinic.price_fen, **more}


def page_of(client, booking, name="bookings:detail") -> str:
    return client.get(reverse(name, args=[booking.pk]), headers={"accept-language": "en"}).content.decode()


def test_the_choice_leads_to_the_plan_and_the_plan_to_the_payment(visitor, clinic, stand_in):
    order = chosen(clinic)
    step = visitor.post(reverse("bookings:start", args=[clinic.pk]), order)["Location"]
    assert parse_qs(urlsplit(step).query)["minutes"] == ["240"] and not Booking.objects.exists()
    text = visitor.get(step).content.decode()
    assert 'value="复旦大学附属华山医院"' in text and re.search(r'name="starts_at" value="[^"]+"', text)
    paying = visitor.post(step, {**order, **TOLD, "consents": "on"})
    assert paying.status_code == 303 and paying["Location"].startswith(stand_in.url)
    booking = Booking.objects.get()
    assert booking.terms.place == clinic.place and booking.visit_plan.meeting_point == "门诊大厅"


@pytest.mark.parametrize(
    ("typed", "place"),
    [("六院", "上海 徐汇区 上海市第六人民医院"), ("上海某某诊所", "上海 上海某某诊所"), ("复旦大学附属华山医院", None)],
)
def test_the_hospital_that_is_named_is_what_both_agree_to(visitor, clinic, stand_in, typed, place):
    form = {**chosen(clinic), **TOLD, "hospital": typed, "words": ""}
    visitor.post(reverse("visits:plan", args=[clinic.pk]), form)
    assert Booking.objects.get().terms.place == (place or clinic.place)


@pytest.mark.parametrize("wrong", [{"hospital": "如家酒店1203房间"}, {"meeting_point": "房间里"}])
def test_a_room_is_no_hospital_and_nothing_typed_is_lost(visitor, clinic, wrong):
    told = {**chosen(clinic), **TOLD, "consents": "on", **wrong}
    text = visitor.post(reverse("visits:plan", args=[clinic.pk]), told).content.decode()
    assert f'id="id_{next(iter(wrong))}_error"' in text and "青霉素过敏" in text and not Booking.objects.exists()


def test_hospitals_of_the_city_and_departments_of_the_one_that_is_meant_are_proposed(visitor, clinic):
    step = visitor.post(reverse("bookings:start", args=[clinic.pk]), chosen(clinic))["Location"]
    text = visitor.get(step).content.decode()
    assert '<option value="上海市第六人民医院" label="徐汇区">' in text and "协和" not in text
    assert '<option value="皮肤科">' in text


def test_words_about_health_without_the_tick_are_kept_in_the_form_and_nowhere_else(visitor, clinic):
    answer = visitor.post(reverse("visits:plan", args=[clinic.pk]), {**chosen(clinic), **TOLD})
    text = answer.content.decode()
    assert answer.status_code == 200 and "青霉素过敏" in text and 'id="id_consents_error"' in text
    assert not Booking.objects.exists()
    assert "no-store" in answer["Cache-Control"]


def test_when_the_time_goes_while_he_types_he_takes_another_and_nothing_is_lost(
    visitor, client_user, other_client, clinic, stand_in
):
    planned(other_client, clinic)
    page, told = reverse("visits:plan", args=[clinic.pk]), {**chosen(clinic), **TOLD, "consents": "on"}
    text = visitor.post(page, told).content.decode()
    assert 'role="alert"' in text and "青霉素过敏" in text and told["request_key"] in text
    assert not Booking.objects.filter(client=client_user).exists()
    day = re.findall(r'name="show_day"\s+value="([^"]+)"', text)[-1]
    text = visitor.post(page, {**told, "starts_at": "", "show_day": day, "meeting_point": ""}).content.decode()
    assert "青霉素过敏" in text and re.search(rf'value="{day}"\s+aria-current="date"', text)
    start = re.search(r'name="starts_at"\s+value="([^"]+)"', text)[1]
    assert visitor.post(page, {**told, "starts_at": start})["Location"].startswith(stand_in.url)
    assert Booking.objects.get(client=client_user).starts_at.isoformat()[:16] == start[:16]


def test_who_has_something_else_then_takes_another_time_in_the_same_form(visitor, client_user, clinic):
    pay(planned(client_user, a_place("ming")))
    text = visitor.post(
        reverse("visits:plan", args=[clinic.pk]), {**chosen(clinic), **TOLD, "consents": "on"}
    ).content.decode()
    assert "青霉素过敏" in text and 'name="show_day"' in text and Booking.objects.count() == 1
    # Enter in a field presses the first button: none of those for another day.
    form = text[text.index('name="request_key"') - 600 :]
    first = re.search(r"<(button|input)[^>]*type=\"submit\"[^>]*>", form)[0]
    assert "show_day" not in first and "formaction" not in first


def test_a_time_that_was_not_chosen_is_said_in_the_form(visitor, clinic):
    told = {**chosen(clinic), **TOLD, "consents": "on", "starts_at": ""}
    text = visitor.post(reverse("visits:plan", args=[clinic.pk]), told).content.decode()
    assert 'role="alert"' in text and "青霉素过敏" in text


def test_only_a_kind_with_a_plan_has_this_page(visitor, listing, clinic):
    assert visitor.get(reverse("visits:plan", args=[listing.pk])).status_code == 404
    assert visitor.get(reverse("visits:plan", args=[clinic.pk])).status_code == 200


def test_the_companion_sees_who_and_where_before_and_the_rest_after_accepting(client, client_user, clinic):
    booking = pay(planned(client_user, clinic))
    client.force_login(booking.companion)
    before = page_of(client, booking)
    assert "门诊大厅 1 号门" in before and "mother or father" in before and "青霉素" not in before
    bookings.accept(booking=booking, by=booking.companion)
    after = page_of(client, booking)
    assert "青霉素" in after and "皮肤科" in after and "tel:138 0013 8000" in after


def test_other_peoples_plans_are_not_there(client, client_user, stranger, clinic):
    booking = agreed(client_user, clinic)
    names = ("change", "withdraw", "hand_over", "note_stage")
    addresses = [reverse(f"visits:{name}", args=[booking.pk]) for name in names]
    client.force_login(stranger)
    assert [client.post(one).status_code for one in addresses] == [404] * 4
    client.force_login(booking.companion)
    assert [client.post(one).status_code for one in addresses[:2]] == [404] * 2
    client.force_login(client_user)
    assert client.get(addresses[2]).status_code == 404


def test_the_client_changes_the_plan_and_takes_the_consent_back(visitor, client_user, clinic):
    booking = agreed(client_user, clinic)
    change = reverse("visits:change", args=[booking.pk])
    form = visitor.get(change).content.decode()
    assert "陈阿姨" in form and "checked" in form
    visitor.post(change, {"patient": "self", "meeting_point": "急诊门口", "words": "改看骨科", "consents": "on"})
    assert "急诊门口" in page_of(visitor, booking)
    visitor.post(reverse("visits:withdraw", args=[booking.pk]))
    text = page_of(visitor, booking)
    assert "改看骨科" not in text and "was erased on" in text


def test_the_box_is_not_ticked_for_a_wording_nobody_has_agreed_to(visitor, client_user, clinic, monkeypatch):
    booking = agreed(client_user, clinic)
    change = reverse("visits:change", args=[booking.pk])
    ticked = 'id="id_consents" checked'
    assert ticked in visitor.get(change).content.decode()
    monkeypatch.setattr("visits.services.planning.CONSENT_VERSION", "2027-01")
    assert ticked not in visitor.get(change).content.decode()


def test_a_room_is_no_place_to_meet_afterwards_either(visitor, client_user, clinic):
    booking = agreed(client_user, clinic)
    told = {"patient": "self", "meeting_point": "如家酒店 1203 房间"}
    answer = visitor.post(reverse("visits:change", args=[booking.pk]), told)
    assert 'id="id_meeting_point_error"' in answer.content.decode()
    assert VisitPlan.objects.get().meeting_point == "门诊大厅 1 号门"


def test_what_is_refused_while_changing_is_said_in_the_form(visitor, client_user, clinic):
    booking = together(client_user, clinic)
    change = reverse("visits:change", args=[booking.pk])
    enter(booking, code(booking, END), END)
    told = {"patient": "self", "meeting_point": "急诊门口", "words": "改看骨科", "consents": "on"}
    answer = visitor.post(change, told)
    assert answer.status_code == 200 and "改看骨科" in answer.content.decode()
    assert visitor.get(change).status_code == 302


def test_a_corrected_note_is_news_for_an_open_page(client, client_user, clinic):
    booking = together(client_user, clinic)
    client.force_login(client_user)
    versions = []
    for words in ("每天 1 片", "每天 10 片"):
        services.write_handover(booking=booking, by=booking.companion, words=words)
        versions.append(re.search(r'data-version="([^"]*)"', page_of(client, booking))[1])
    assert versions[0] != versions[1]


def test_no_browser_offers_a_patient_to_the_next_reader(visitor, client_user, clinic):
    booking = agreed(client_user, clinic)
    text = visitor.get(reverse("visits:change", args=[booking.pk])).content.decode()
    for name in ("department", "patient_name", "patient_phone", "words"):
        assert 'autocomplete="off"' in re.search(rf'<(?:input|textarea)[^>]*name="{name}"[^>]*>', text)[0]


def test_stages_are_one_tap_each_and_the_client_reads_them(client, client_user, clinic):
    booking = together(client_user, clinic)
    client.force_login(booking.companion)
    text = page_of(client, booking)
    assert text.count('name="name"') == len(StageName)
    key = {"request_key": str(uuid4())}
    client.post(reverse("visits:note_stage", args=[booking.pk]), {"name": "registered", **key})
    client.post(reverse("visits:note_stage", args=[booking.pk]), {"name": "registered", **key})
    assert Stage.objects.count() == 1 and "Take back" in page_of(client, booking)
    client.force_login(client_user)
    assert "Number taken" in page_of(client, booking) and "Take back" not in page_of(client, booking)


def test_what_is_handed_over_is_read_by_the_client(client, client_user, clinic):
    booking = together(client_user, clinic)
    client.force_login(booking.companion)
    client.post(reverse("visits:hand_over", args=[booking.pk]), {"words": "四周后复查\n少盐"})
    client.force_login(client_user)
    assert "四周后复查<br>少盐" in page_of(client, booking)


def test_a_talk_has_nothing_of_all_this(client, client_user, listing):
    booking = live(client_user, listing)
    client.force_login(client_user)
    assert "plan-title" not in page_of(client, booking)
