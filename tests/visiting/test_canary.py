"""A marked word that was told about health leaves no trace: never in clear, and after the erasure not even sealed."""

import base64
import logging
from uuid import uuid4

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import services as bookings
from bookings.models import Booking
from payments.services import gathered
from tests.disputes import disputed
from tests.orders import on_the_half_hour, pay, settle
from tests.papers import identify
from tests.visiting.traces import found_in, traces
from tests.visits import END, a_place, code, due_in, enter
from visits import services
from visits.models import VisitPlan
from visits.services.erasing import KEPT_MS

pytestmark = pytest.mark.django_db(transaction=True)
WORD, NOTED, SEEN = "canary-7f3d91c4-gelb", "canary-51b0aa2e-rot", "canary-of-the-open-part"


def lives_through_a_visit(client, clinic, client_user, stand_in) -> Booking:
    """From the form to the settled bill, through the pages, with the word in each field that may hold it."""
    identify(client_user)
    client.force_login(client_user)
    order = {"minutes": 240, "starts_at": on_the_half_hour().isoformat(), "request_key": str(uuid4()), "later": "1"}
    told = {"hospital": clinic.hospital, "patient": "parent", "meeting_point": SEEN}
    told |= {"words": f"她 {WORD} 过敏", "department": WORD, "patient_name": WORD, "help": ["queue"]}
    plan = reverse("visits:plan", args=[clinic.pk])
    order["seen_fen"] = clinic.price_fen
    client.post(plan, {**order, **told})
    client.post(plan, {**order, **told, "consents": "on"})
    booking = pay(Booking.objects.get())
    bookings.accept(booking=booking, by=booking.companion)
    booking = due_in(booking, 5)
    enter(booking, code(booking))
    for who in (client_user, booking.companion):
        client.force_login(who)
        assert WORD in client.get(reverse("bookings:detail", args=[booking.pk])).content.decode()
    client.post(reverse("visits:hand_over", args=[booking.pk]), {"words": f"医嘱 {NOTED}"})
    booking.refresh_from_db()
    enter(booking, code(booking, END), END)
    return settle(booking)


@pytest.fixture
def clinic(db):
    return a_place("shen")


def test_it_is_nowhere_in_clear_and_after_the_erasure_nowhere_at_all(client, client_user, clinic, stand_in, caplog):
    with caplog.at_level(logging.DEBUG), CaptureQueriesContext(connection) as asked:
        booking = lives_through_a_visit(client, clinic, client_user, stand_in)
        sealed = bytes(VisitPlan.objects.get().needs)
        assert [traces(WORD), traces(NOTED)] == [[], []] and traces(SEEN)
        services.erase_due(now_ms=booking.ended_ms + KEPT_MS)
    assert [traces(WORD), traces(NOTED), traces(sealed.decode())] == [[], [], []]
    spoken = caplog.text + "".join(one["sql"] for one in asked.captured_queries)
    told = str(gathered(dispute=disputed(booking)))
    assert booking.code in told and not any(found_in(told, word) for word in (WORD, NOTED, SEEN, clinic.hospital))
    assert SEEN in spoken and not found_in(spoken, WORD) and not found_in(spoken, NOTED)


@pytest.mark.parametrize("sealing", ["visits.services.planning.sealed", "visits.services.handover.seal"])
def test_control_what_is_not_sealed_is_found(client, client_user, clinic, stand_in, monkeypatch, sealing):
    monkeypatch.setattr(sealing, lambda told: repr(told).encode() if not isinstance(told, bytes) else told)
    monkeypatch.setattr("visits.services.needs.unseal", lambda told: b'{"help": [], "words": "%s"}' % WORD.encode())
    lives_through_a_visit(client, clinic, client_user, stand_in)
    assert traces(WORD if "planning" in sealing else NOTED)


@pytest.mark.parametrize("before", [b"", b"1", b"12", b"123", b"a longer beginning"])
def test_control_redis_is_looked_through_and_what_is_packed_too(db, settings, before):
    store = redis.Redis.from_url(settings.REDIS_URL)
    store.rpush("canary", base64.b64encode(before + WORD.encode() + b" and its end"))
    try:
        assert traces(WORD)
    finally:
        store.delete("canary")
