"""What a payer's bank is told of an order: all that was agreed and served, and no word that was written."""

import pytest
from django.utils import translation

from bookings import services
from bookings.models import Booking
from chat.models import Conversation
from payments.models import Payment
from payments.services import gathered
from tests.cast import a_week
from tests.chat.saying import said
from tests.disputes import disputed
from tests.orders import MINUTE, accepted, appointed, live, past_the_triggers, settle
from tests.visits import END, a_place, code, enter, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(client_user, listing) -> Booking:
    """Ten minutes that he ended, with a word of each."""
    booking = live(client_user, listing)
    with past_the_triggers():
        Booking.objects.filter(pk=booking.pk).update(live_since_ms=booking.live_since_ms - 10 * MINUTE)
    services.sweep()
    services.end(booking=booking, by=client_user)
    conversation = Conversation.objects.get(booking=booking)
    for who in (booking.client, booking.companion, booking.companion):
        said(conversation, who, "canary")
    return settle(booking)


def told(booking: Booking) -> dict[str, str]:
    with translation.override("zh-hans"):
        return gathered(dispute=disputed(booking))


def test_what_was_ordered_and_served_and_written(talk):
    said = told(talk)
    log = said["access_activity_log"]
    assert talk.code in said["product_description"] and "30 minutes" in said["product_description"]
    [segment] = talk.segments.all()
    assert log.count("Served from") == 1 and "UTC: the client ended it." in log
    assert f"{(segment.end_ms - segment.start_ms) // MINUTE} full minutes" in log
    assert "Messages of the client: 1," in log and "Messages of the companion: 2," in log
    assert "canary" not in str(said)
    assert said["service_date"].count("-") == 2


def test_what_was_sold_is_said_in_english_and_as_the_payer_read_it(talk):
    *ours, quoted = told(talk)["product_description"].splitlines()
    assert "a person's time" in "".join(ours) and "分钟" not in "".join(ours)
    payment = Payment.objects.get(ref=talk.pk)
    assert "分钟" in payment.description
    assert quoted == f"On the payment page the payer read it as: “{payment.description}”."


def test_its_prices_and_the_terms_that_he_agreed_to(talk, settings):
    settings.REFUND_POLICY = {**settings.REFUND_POLICY, "client_no_show": 1}
    said = told(talk)
    assert "the client does not come: 50%" in said["refund_policy_disclosure"]
    assert "Price: ¥20 an hour; prepaid ¥10." in said["uncategorized_text"]
    assert "refunded" in said["uncategorized_text"]


def test_the_codes_that_two_exchanged(client_user):
    booking = together(client_user, a_place("shen"))
    booking = enter(booking, code(booking, END), END)
    log = told(booking)["access_activity_log"]
    assert "The two began it at" in log and "The two ended it at" in log


def test_no_kind_no_place_and_the_first_name_alone(client_user):
    listing = a_place("shen")
    listing.companion.display_name = "Shan Li"
    listing.companion.save()
    booking = together(client_user, listing)
    said = str(told(booking))
    assert "with Shan;" in said and booking.terms.kind not in said
    assert booking.terms.headline not in said and (not booking.terms.place or booking.terms.place not in said)


def test_what_we_ended_is_not_said_to_be_his_doing(client_user, listing):
    booking = live(client_user, listing)
    log = gathered(dispute=disputed(booking))["access_activity_log"]
    assert "we ended it when this payment was disputed" in log and "the client ended it" not in log


def test_of_what_has_not_begun(client_user, listing):
    a_week(listing.companion)
    said = told(appointed(client_user, listing))
    assert "Nothing was served." in said["access_activity_log"] and "service_date" not in said


def test_of_what_never_began_it_is_said_what_happened_instead(client_user, listing):
    booking = accepted(client_user, listing)
    log = gathered(dispute=disputed(booking))["access_activity_log"]
    assert "We closed it, because a payment for it was disputed (20" in log
    assert "Nothing was served." in log and "full minutes" not in log


@pytest.mark.parametrize("leaver", ["client", "companion"])
def test_who_cancelled_it_is_said(client_user, listing, leaver):
    booking = accepted(client_user, listing)
    services.cancel(booking=booking, by=getattr(booking, leaver))
    assert f"The {leaver} cancelled it before it began (20" in told(booking)["access_activity_log"]
