"""What an application needs is taken from it in another tab while it is handed in, over real connections."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from listings import services
from listings.errors import ApplicationIncomplete, ApplicationNotFound
from listings.models import Application
from listings.steps import missing_steps
from moderation.models import ReviewCase
from tests.papers import a_complete_application
from tests.rivals import rival
from vetting import services as vetting
from vetting.errors import CertificateNotFound
from vetting.models import Certificate

pytestmark = pytest.mark.django_db(transaction=True)


def offer_visits_too(user: User) -> None:
    services.save_offer(by=user, kinds=["listener", "clinic"], topics=["职场"], not_offered="")


def remove_the_certificate(user: User) -> None:
    vetting.remove_certificate(by=user, certificate_id=Certificate.objects.get().pk)


def hand_it_in_apart(user: User) -> None:
    vetting.renew(by=user, certificate_id=Certificate.objects.get().pk)


TAKING = [("listener", offer_visits_too), ("clinic", remove_the_certificate), ("clinic", hand_it_in_apart)]
taking = pytest.mark.parametrize(("kind", "take"), TAKING, ids=[take.__name__ for _kind, take in TAKING])


@pytest.fixture
def applicant(db, kind) -> User:
    return a_complete_application(kinds=(kind,)).companion.user


def handed_in_as(user: User, take: Callable[[User], None], monkeypatch) -> Callable[[], Any]:
    """Hands it in; right after the look for what is missing, the other tab begins. Returns how to get its result."""
    others = []

    def look(application: Application):
        missing = missing_steps(application)
        others.append(meanwhile(lambda: take(user)))
        return missing

    with rival(lambda: None) as meanwhile:
        monkeypatch.setattr("listings.services.application.missing_steps", look)
        services.submit_application(by=user)
    return others[0]


def has_its_papers() -> bool:
    application = Application.objects.get()
    asking = [kind for kind in application.policies if kind.certificate_required]
    return application.is_pending and application.certificates.count() >= len(asking)


@taking
def test_what_was_looked_at_is_what_is_handed_in(applicant, take, monkeypatch):
    other = handed_in_as(applicant, take, monkeypatch)
    with pytest.raises((ApplicationNotFound, CertificateNotFound)):
        other()
    assert has_its_papers()


@taking
def test_control_without_the_lock_it_is_handed_in_incomplete(applicant, take, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
    handed_in_as(applicant, take, monkeypatch)()
    assert not has_its_papers()


@taking
def test_what_the_other_tab_did_first_is_seen(applicant, take):
    with rival(lambda: take(applicant)) as meanwhile:
        second = meanwhile(lambda: services.submit_application(by=applicant))
    with pytest.raises(ApplicationIncomplete):
        second()
    assert not ReviewCase.objects.filter(kind="application").exists()
