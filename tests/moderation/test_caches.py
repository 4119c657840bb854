"""Pages with what is nobody else's business are left in no cache, neither a proxy's nor that of a borrowed phone."""

import pytest

from tests.papers import an_identity, case_of
from vetting import services as vetting

pytestmark = pytest.mark.django_db


def is_stored(answer) -> bool:
    return "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_case_with_its_real_name(client, client_user, moderator, verb):
    an_identity(client_user)
    case = case_of(vetting.prove_identity(by=client_user))
    client.force_login(moderator)
    answer = getattr(client, verb)(f"/moderation/{case.pk}/")
    assert answer.status_code == 200
    assert not is_stored(answer)


@pytest.mark.parametrize("path", ["/moderation/", "/moderation/decided/"])
def test_lists_of_cases(client, moderator, path):
    client.force_login(moderator)
    assert not is_stored(client.get(path))


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_calendar_with_its_secret_address(client, listing, companion, method):
    client.force_login(companion)
    answer = getattr(client, method)("/listings/calendar/", {"start-0": "nonsense"})
    assert str(listing.companion.calendar_key) in answer.content.decode()
    assert not is_stored(answer)
