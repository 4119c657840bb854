"""What time alone brings, round by round."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.ages import shanghai_today
from accounts.models import Letter
from tests.papers import an_approved_certificate, an_identity
from vetting import services, tasks
from vetting.models import PrivateDocument

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(client_user, stranger):
    """A letter to write, photos to erase, a check to ask about."""
    an_approved_certificate(client_user, shanghai_today())
    an_identity(client_user)
    PrivateDocument.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
    an_identity(stranger)
    services.prove_identity(by=stranger)


def done() -> dict[str, bool]:
    kept = PrivateDocument.objects.kept().filter(case=None)
    return {
        "tell_of_expiry": Letter.objects.exists(),
        "erase_abandoned": not kept.exists(),
        "ask_verifier": not services.unasked_checks().exists(),
    }


def test_all_of_it_in_one_round(due):
    assert not any(done().values())
    tasks.catch_up()
    assert all(done().values())


@pytest.mark.parametrize("broken", ["tell_of_expiry", "erase_abandoned", "ask_verifier"])
def test_one_that_fails_keeps_no_other_from_its_turn(due, broken, monkeypatch, caplog):
    def fail(**_arguments):
        raise RuntimeError("out of order")

    with monkeypatch.context() as patched:
        patched.setattr(services, broken, fail)
        tasks.catch_up()
    assert done() == {name: name != broken for name in done()}
    assert "out of order" in caplog.text
    tasks.catch_up()
    assert all(done().values())
