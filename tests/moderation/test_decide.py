import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from listings import services as listings
from listings.models import Listing
from moderation import services
from moderation.errors import AlreadyDecided, CaseNotFound, ChangedMeanwhile, ReasonMissing
from moderation.models import Priority, ReviewCase, Status
from moderation.signals import case_decided
from tests.cast import a_companion, a_moderator, a_text
from tests.rivals import rival

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(listing, companion) -> ReviewCase:
    listings.submit_listing(by=companion, listing=listing, text=a_text(price_fen=3000))
    return ReviewCase.objects.get()


def test_a_case_names_who_it_is_about_and_when_it_is_due(case, companion):
    assert (case.owner, case.status, case.version) == (companion, Status.OPEN, 1)
    assert (case.sla_due_at - case.opened_at).total_seconds() == 24 * 3600


def test_the_more_urgent_comes_first(case, listing):
    urgent = services.open_case(kind="report", target=case.target, by=listing.companion.user, priority=0)
    assert list(ReviewCase.objects.open().most_urgent_first()) == [urgent, case]


def test_no_reason_no_sending_back(case, moderator):
    with pytest.raises(ReasonMissing):
        services.decide(case=case, by=moderator, approve=False, reason="  ")


@pytest.fixture
def urgent(case, listing) -> ReviewCase:
    return services.open_case(kind="report", target=case.target, by=listing.companion.user, priority=Priority.P0)


@pytest.mark.parametrize("approve", [True, False])
def test_what_cannot_wait_is_decided_with_a_word_either_way(urgent, moderator, approve):
    with pytest.raises(ReasonMissing):
        services.decide(case=urgent, by=moderator, approve=approve, reason=" \n ")
    urgent.refresh_from_db()
    assert urgent.is_open
    services.decide(case=urgent, by=moderator, approve=approve, reason="打过电话")


@pytest.mark.parametrize("status", ["approved", "rejected"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_and_the_database_knows_it(urgent, moderator, status, reason):
    said = {"status": status, "decided_by": moderator, "decided_at": urgent.opened_at, "reason": reason}
    # A refusal without any is against two rules.
    with pytest.raises(IntegrityError, match="case_at_once_with_reason|case_rejected_with_reason"):
        ReviewCase.objects.filter(pk=urgent.pk).update(**said)


def test_who_is_no_moderator_decides_nothing(case, stranger):
    with pytest.raises(CaseNotFound):
        services.decide(case=case, by=stranger, approve=True)


def test_staff_without_the_permission_neither(case):
    from tests.cast import a_user

    with pytest.raises(CaseNotFound):
        services.decide(case=case, by=a_user("clerk", is_staff=True), approve=True)


def test_nobody_decides_about_his_own(db, moderator):
    user = a_moderator("meimei")
    a_companion("nana", user=user)
    listings.submit_listing(by=user, text=a_text())
    case = ReviewCase.objects.get()
    with pytest.raises(CaseNotFound):
        services.decide(case=case, by=user, approve=True)
    services.decide(case=case, by=moderator, approve=True)


def test_decided_is_decided(case, moderator):
    services.decide(case=case, by=moderator, approve=True)
    with pytest.raises(AlreadyDecided):
        services.decide(case=case, by=a_moderator("li"), approve=False, reason="不合适")


def test_what_settled_itself_is_decided_by_nobody(case, moderator):
    services.settle_case(kind=case.kind, target=case.target, by="a.dotted.path", answer="rejected", reason="不符")
    case.refresh_from_db()
    assert (case.status, case.decided_by, case.reason) == (Status.SETTLED, None, "不符")
    with pytest.raises(AlreadyDecided):
        services.decide(case=case, by=moderator, approve=True)
    with pytest.raises(AlreadyDecided):
        services.settle_case(kind=case.kind, target=case.target, by="a.dotted.path", answer="approved")


def test_what_changed_since_it_was_read_is_read_again(case, moderator, listing, companion):
    listings.submit_listing(by=companion, listing=listing, text=a_text(price_fen=9900))
    with pytest.raises(ChangedMeanwhile):
        services.decide(case=case, by=moderator, approve=True)
    assert Listing.objects.get().price_fen == 2000


def test_what_follows_a_decision_happens_with_it_or_not_at_all(case, moderator):
    def fails(**kwargs):
        raise RuntimeError("the receiver broke")

    case_decided.connect(fails)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            services.decide(case=case, by=moderator, approve=True)
    finally:
        case_decided.disconnect(fails)
    case.refresh_from_db()
    assert case.is_open
    assert Listing.objects.get().price_fen == 2000


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": "lost"}, "case_decided_by_somebody"),
        ({"priority": 4}, "case_priority_known"),
        ({"status": "approved"}, "case_decided_by_somebody"),
        ({"status": "rejected"}, "case_decided_by_somebody"),
        ({"status": "settled", "decided_at": timezone.now()}, "case_decided_by_somebody"),
    ],
)
def test_a_case_that_cannot_be(case, change, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ReviewCase.objects.filter(pk=case.pk).update(**change)


def test_the_database_knows_who_may_not_decide(case, companion):
    with pytest.raises(IntegrityError, match="case_not_decided_by_owner"):
        ReviewCase.objects.filter(pk=case.pk).update(status="approved", decided_by=companion, decided_at=case.opened_at)


def test_and_that_a_reason_is_due(case, moderator):
    with pytest.raises(IntegrityError, match="case_rejected_with_reason"):
        ReviewCase.objects.filter(pk=case.pk).update(
            status="rejected", decided_by=moderator, decided_at=case.opened_at, reason=""
        )


def test_one_case_a_target(case):
    case.pk = None
    with pytest.raises(IntegrityError, match="case_once_per_target"):
        case.save()


class TestTwoModeratorsAtOnce:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_the_second_hears_of_the_first(self, case, moderator):
        li = a_moderator("li")
        with rival(lambda: services.decide(case=case, by=moderator, approve=True)) as meanwhile:
            second = meanwhile(lambda: services.decide(case=case, by=li, approve=False, reason="不合适"))
        with pytest.raises(AlreadyDecided):
            second()
        case.refresh_from_db()
        assert (case.status, case.decided_by) == (Status.APPROVED, moderator)

    def test_without_the_lock_both_would_have_decided(self, case, moderator, monkeypatch):
        li = a_moderator("li")
        monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self.all())
        with rival(lambda: services.decide(case=case, by=moderator, approve=True)) as meanwhile:
            second = meanwhile(lambda: services.decide(case=case, by=li, approve=False, reason="不合适"))
        second()
        case.refresh_from_db()
        assert case.decided_by == li
