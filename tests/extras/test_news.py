"""Who is told of it and when: open pages, a letter that does not come too late, and the clocks that ring."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Letter
from extras import services
from extras.models import Extra
from payments.errors import ProviderUnavailable
from payments.gateway.by_stripe import StripeProvider
from payments.models import Payment
from tests.extras.asking import HOUR, asked, opened, paid
from tests.extras.pages import as_, page_of

pytestmark = pytest.mark.django_db
RINGS_EACH_S = {"extras.tasks.lapse": 60, "extras.tasks.erase_due": 600}


def declined(extra: Extra) -> None:
    services.decline(extra=extra, by=extra.booking.client)


def taken_back(extra: Extra) -> None:
    services.take_back(extra=extra, by=extra.booking.companion)


def lapsed(extra: Extra) -> None:
    services.lapse_due(now_ms=extra.asked_ms + 72 * HOUR)


@pytest.mark.parametrize("step", [declined, taken_back, lapsed, paid])
def test_each_step_is_told_to_open_pages_once(visit, touched, step):
    extra = asked(visit)
    assert touched == [visit.pk]
    step(extra)
    assert touched == [visit.pk] * 2


def test_the_letter_is_not_sent_once_it_has_lapsed(extra):
    late = Letter.objects.get(key=f"extras:{extra.pk}").not_after - timezone.now()
    assert timedelta(hours=71, minutes=59) < late <= timedelta(hours=72)


@pytest.mark.parametrize(("task", "seconds"), RINGS_EACH_S.items())
def test_the_clocks_ring(task, seconds):
    [rung] = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == task]
    assert rung["schedule"] <= seconds


def test_back_from_paying_while_stripe_says_nothing_is_not_paid_yet(client, extra, visit, monkeypatch):
    payment = opened(extra)
    Payment.objects.filter(pk=payment.pk).update(session_id="cs_open", session_url="http://test/")

    def silent(_provider: object, _session_id: str) -> None:
        raise ProviderUnavailable

    monkeypatch.setattr(StripeProvider, "retrieve_checkout", silent)
    as_(client, visit.client)
    answer = client.get(reverse("extras:paid", args=[visit.pk, extra.pk]), headers={"accept-language": "en"})
    assert answer["Location"] == reverse("bookings:detail", args=[visit.pk])
    assert "Not paid yet. As soon as it is" in page_of(client, visit)
