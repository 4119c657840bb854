"""Two hands on one application at the same moment, over real connections."""

import pytest
from django.db import IntegrityError

from accounts.models import Letter
from listings import services
from listings.errors import ApplicationNotFound
from listings.models import Application, Companion, Listing, State
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from moderation.models import ReviewCase
from tests.cast import a_moderator
from tests.listings.functions import functions_changed
from tests.papers import a_complete_application, a_submitted_application, seen
from tests.rivals import rival
from vetting.models import IdentityCheck
from vetting.models import State as ProofState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def complete(db) -> Application:
    return a_complete_application()


@pytest.fixture
def waiting(db) -> Application:
    return a_submitted_application()


def test_handed_in_twice_is_one_case(complete):
    user = complete.companion.user
    with rival(lambda: services.submit_application(by=user)) as meanwhile:
        second = meanwhile(lambda: services.submit_application(by=user))
    with pytest.raises(ApplicationNotFound):
        second()
    assert (ReviewCase.objects.get().version, IdentityCheck.objects.get().state) == (1, ProofState.PENDING)


def test_without_looking_again_under_the_lock_it_would_be_handed_in_twice(complete, monkeypatch):
    user = complete.companion.user
    monkeypatch.setattr("listings.models.application.ApplicationQuerySet.changeable", lambda self: self.all())
    monkeypatch.setattr("vetting.services.hand_in_identity", lambda **_proof: None)
    with rival(lambda: services.submit_application(by=user)) as meanwhile:
        second = meanwhile(lambda: services.submit_application(by=user))
    second()
    assert ReviewCase.objects.get().version == 2


def test_two_moderators_decide_once(waiting, moderator):
    case, li = seen(waiting, moderator), a_moderator("li")
    with rival(lambda: moderation.decide(case=case, by=moderator, approve=True)) as meanwhile:
        second = meanwhile(lambda: moderation.decide(case=case, by=li, approve=False, reason="不合适"))
    with pytest.raises(AlreadyDecided):
        second()
    assert Application.objects.get().is_approved
    assert Letter.objects.count() == 1


def test_taken_back_while_it_is_decided_it_stays_decided(waiting, moderator):
    user = waiting.companion.user
    with rival(lambda: moderation.decide(case=seen(waiting, moderator), by=moderator, approve=True)) as meanwhile:
        second = meanwhile(lambda: services.withdraw_application(by=user))
    with pytest.raises(ApplicationNotFound):
        second()
    assert Application.objects.get().is_approved
    assert IdentityCheck.objects.get().is_approved


class TestPublishingAgainstTakingAway:
    @pytest.fixture
    def hidden(self, listing) -> Listing:
        Listing.objects.update(status=State.HIDDEN)
        return listing

    def publish(self) -> None:
        Listing.objects.update(status=State.PUBLISHED)

    def take_away(self) -> None:
        Companion.objects.update(approved_at=None, approved_kinds=[])

    def test_an_approval_is_not_taken_away_under_what_is_being_published(self, hidden):
        with rival(self.publish) as meanwhile:
            second = meanwhile(self.take_away)
        with pytest.raises(IntegrityError, match="was taken away"):
            second()

    def test_nor_is_anything_published_while_it_is_taken_away(self, hidden):
        with rival(self.take_away) as meanwhile:
            second = meanwhile(self.publish)
        with pytest.raises(IntegrityError, match="is not approved for"):
            second()

    def test_without_the_lock_it_would_be(self, hidden):
        with (
            functions_changed(lambda whole: whole.replace("FOR NO KEY UPDATE", ""), "listings_approval_is_in_use"),
            rival(self.publish) as meanwhile,
        ):
            meanwhile(self.take_away)()
        assert Listing.objects.get().is_published
        assert not Companion.objects.get().is_approved
