"""Whom a companion meets in person is for her to say; what is agreed already stands."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import services as accounts
from accounts.errors import GenderKept
from accounts.models import Gender, User
from bookings import services
from bookings.errors import NotMet
from bookings.models import Booking, State
from bookings.services import ordering
from listings import services as listings
from listings.models import Companion, Listing, Meets
from tests.orders import on_the_half_hour, ordered, pay
from tests.papers import identify
from tests.rivals import rival
from tests.visits import a_place, agreed, ask_for

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def clinic(db) -> Listing:
    return a_place("shen")


def meets(listing: Listing, whom: Meets) -> Listing:
    companion = listing.companion
    rest = {"lead_minutes": companion.lead_minutes, "buffer_minutes": companion.buffer_minutes}
    listings.set_notice(by=companion.user, meets=whom, **rest)
    return Listing.objects.select_related("companion__user").get(pk=listing.pk)


def says(user: User, gender: Gender) -> User:
    return accounts.update_profile(by=user, display_name=user.display_name, language=user.language, gender=gender)


@pytest.mark.parametrize(
    ("whom", "gender", "fits"),
    [
        (Meets.ANYONE, Gender.UNSAID, True),
        (Meets.FEMALE, Gender.FEMALE, True),
        (Meets.FEMALE, Gender.MALE, False),
        (Meets.FEMALE, Gender.UNSAID, False),
        (Meets.MALE, Gender.MALE, True),
        (Meets.MALE, Gender.OTHER, False),
    ],
)
def test_who_fits_can_order_and_who_does_not_is_told_before_paying(client_user, clinic, whom, gender, fits):
    says(client_user, gender)
    listing = meets(clinic, whom)
    if fits:
        assert ask_for(client_user, listing).state == State.AWAITING_PAYMENT
    else:
        with pytest.raises(NotMet):
            ask_for(client_user, listing)
        assert not Booking.objects.exists()


def test_a_chat_is_open_to_everybody(client_user, listing):
    meets(listing, Meets.FEMALE)
    assert ordered(client_user, listing)


def test_no_path_passes_it(client_user, clinic):
    booking = ask_for(client_user, clinic)
    meets(clinic, Meets.FEMALE)
    row = {field.attname: getattr(booking, field.attname) for field in Booking._meta.concrete_fields}
    for name in ("id", "code", "request_key", "deadline_ms"):
        del row[name]
    with pytest.raises(IntegrityError, match="does not meet"), transaction.atomic():
        Booking.objects.create(**row)


def test_what_is_ordered_already_stands(client_user, clinic):
    booking = pay(ask_for(client_user, clinic))
    meets(clinic, Meets.FEMALE)
    assert services.accept(booking=booking, by=booking.companion).state == State.ACCEPTED


def test_who_has_an_appointment_stays_who_he_said_he_is(client, client_user, clinic):
    booking = agreed(client_user, clinic)
    with pytest.raises(GenderKept):
        says(client_user, Gender.FEMALE)
    client.force_login(client_user)
    sent = {"display_name": "Linlin", "language": "en", "gender": "female"}
    page = client.post(reverse("accounts:profile"), sent, headers=ENGLISH).content.decode()
    assert "this stays as it is" in page
    assert 'value="Linlin"' in page
    services.cancel(booking=booking, by=client_user)
    assert says(client_user, Gender.FEMALE).gender == Gender.FEMALE


def test_the_order_that_does_not_fit_keeps_its_choice(client, client_user, clinic):
    identify(client_user)
    listing = meets(clinic, Meets.FEMALE)
    client.force_login(client_user)
    start = on_the_half_hour().isoformat()
    sent = {"minutes": listing.lengths[0], "starts_at": start, "later": "1", "seen_fen": listing.price_fen}
    sent["request_key"] = "5b1c9d1e-0000-4000-8000-000000000000"
    page = f"http://testserver/listings/{listing.pk}/times/"
    answer = client.post(reverse("bookings:start", args=[listing.pk]), sent, headers=ENGLISH | {"Referer": page})
    assert "starts_at=" in answer["Location"]
    text = client.get(answer["Location"], headers=ENGLISH).content.decode()
    assert "In person, shen meets only women. Fill in your gender under “Me”" in text


def test_the_listing_says_it_beside_the_book_box(client, client_user, clinic):
    listing = meets(clinic, Meets.FEMALE)
    client.force_login(client_user)
    text = client.get(f"/listings/{listing.pk}/times/", headers=ENGLISH).content.decode()
    assert "In person, shen meets only women." in text
    assert "Fill in your gender first" in text


def test_she_says_it_with_her_hours(client, clinic):
    client.force_login(clinic.companion.user)
    page = client.get("/listings/calendar/", headers=ENGLISH).content.decode()
    assert "Whom I meet in person" in page
    sent = {"do": "save-notice", "lead_minutes": "0", "buffer_minutes": "0", "meets": "female"}
    client.post("/listings/calendar/", sent)
    assert Companion.objects.get().meets == Meets.FEMALE
    client.post("/listings/calendar/", sent | {"meets": ""})
    assert Companion.objects.get().meets == Meets.FEMALE


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_who_changes_while_he_orders_is_first_or_second(self, client_user, clinic):
        """She changes it, and before that is committed he orders: she has said so first or not yet, and it holds."""
        identify(client_user)
        with rival(partial(meets, clinic, Meets.FEMALE)) as meanwhile:
            result = meanwhile(partial(ask_for, client_user, clinic))
        assert result().state == State.AWAITING_PAYMENT
        with pytest.raises(NotMet):
            ask_for(client_user, clinic, starts_at=on_the_half_hour(72))

    def test_who_changes_his_own_while_he_orders_waits_for_the_order(self, client_user, clinic):
        identify(client_user)
        with rival(partial(ask_for, client_user, clinic)) as meanwhile:
            result = meanwhile(partial(says, User.objects.get(pk=client_user.pk), Gender.FEMALE))
        with pytest.raises(GenderKept):
            result()

    def test_control_without_the_lock_on_the_client_he_orders_as_one_and_comes_as_another(
        self, client_user, clinic, monkeypatch
    ):
        identify(client_user)
        monkeypatch.setattr(ordering, "one_at_a_time", lambda user: None)
        with rival(partial(ask_for, client_user, clinic)) as meanwhile:
            result = meanwhile(partial(says, User.objects.get(pk=client_user.pk), Gender.FEMALE))
        assert result().gender == Gender.FEMALE
        assert Booking.objects.get().client_id == client_user.pk
