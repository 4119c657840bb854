"""A reported review: one case however many report, and what a moderator's decision does."""

import pytest
from django.urls import reverse

from bookings import services
from bookings.errors import AlreadyReported, NotReportable
from bookings.models import Booking, Review, ReviewReport
from moderation import services as moderation
from moderation.errors import CaseNotFound
from moderation.models import AuditEvent, ReviewCase, Status
from tests.bookings.test_reviews import both, rating, write
from tests.cast import a_moderator
from tests.orders import talked

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


@pytest.fixture
def review(over) -> Review:
    """The client's, shown, with one star."""
    return both(over, client=1)[0]


def report(review: Review, by, category: str = "insult", words: str = "骂人") -> ReviewReport:
    return services.report_review(review=review, by=by, category=category, words=words)


def decide(by, *, stays: bool, reason: str = "里面有辱骂。") -> ReviewCase:
    return moderation.decide(case=ReviewCase.objects.get(), by=by, approve=stays, reason="" if stays else reason)


def test_a_report_is_a_case_about_the_author(review, client_user, stranger):
    report(review, stranger)
    case = ReviewCase.objects.get()
    assert (case.kind, case.owner, case.opened_by, case.target) == ("review", client_user, stranger, review)


def test_once_each(review, stranger):
    report(review, stranger)
    with pytest.raises(AlreadyReported):
        report(review, stranger)
    assert ReviewReport.objects.count() == 1


def test_a_second_reader_makes_it_no_later_and_is_read_too(review, stranger, companion):
    report(review, stranger)
    due = ReviewCase.objects.get().sla_due_at
    report(review, companion, "untrue", "没有这回事")
    case = ReviewCase.objects.get()
    assert (case.sla_due_at, case.version) == (due, 2)
    said = [words for _, _, words in case.target.review_rows()]
    assert said[-2:] == ["骂人", "没有这回事"]


def test_what_is_hidden_or_ones_own_is_not_reported(over, client_user, companion, stranger):
    mine = write(over, by=client_user)
    for somebody in (client_user, companion, stranger):
        with pytest.raises(NotReportable):
            report(mine, somebody)
    write(over, by=companion)
    with pytest.raises(NotReportable):
        report(mine, client_user)


def test_left_up_it_stays_and_can_be_reported_by_another(review, stranger, companion, moderator, listing):
    report(review, stranger)
    decide(moderator, stays=True)
    assert rating(listing) == (1, 1)
    report(review, companion)
    assert ReviewCase.objects.get().status == Status.OPEN


def test_removed_it_is_gone_with_its_stars(review, stranger, companion, moderator, listing):
    report(review, stranger)
    decide(moderator, stays=False)
    review.refresh_from_db()
    assert (review.is_shown, review.removed_by, review.removed_reason) == (False, moderator, "里面有辱骂。")
    assert rating(listing) == (0, 0)
    assert services.check_ratings() == []
    with pytest.raises(NotReportable):
        report(review, companion)


def test_a_removed_word_about_a_client_leaves_the_listing_alone(over, client_user, moderator, listing):
    _, hers = both(over)
    report(hers, client_user)
    decide(moderator, stays=False)
    assert rating(listing) == (5, 1)
    assert not Review.objects.said_of(client_user.pk, side="companion").exists()


class TestNobodyDecidesHisOwn:
    def test_the_author(self, listing, stranger):
        author = a_moderator("meimei")
        report(both(talked(author, listing))[0], stranger)
        with pytest.raises(CaseNotFound):
            decide(author, stays=True)

    def test_the_one_it_is_about(self, review, stranger, companion):
        from django.contrib.auth.models import Group

        companion.groups.add(Group.objects.get(name="moderators"))
        report(review, stranger)
        with pytest.raises(CaseNotFound):
            decide(companion, stays=False)
        assert (ReviewCase.objects.get().is_open, Review.objects.shown().count()) == (True, 2)

    def test_an_earlier_reporter(self, review, stranger, moderator):
        report(review, moderator)
        report(review, stranger)
        with pytest.raises(CaseNotFound):
            decide(moderator, stays=False)

    def test_another_moderator_does(self, review, moderator):
        report(review, moderator)
        decide(a_moderator("li"), stays=False)
        assert Review.objects.shown().count() == 1


class TestTheCasePage:
    @pytest.fixture(autouse=True)
    def _reported(self, review, stranger, client, moderator):
        report(review, stranger, words="<b>骂人</b>")
        client.force_login(moderator)

    def page(self, client) -> str:
        return client.get(
            reverse("moderation:case", args=[ReviewCase.objects.get().pk]), HTTP_ACCEPT_LANGUAGE="en"
        ).content.decode()

    def test_reads_as_what_it_is(self, client):
        page = self.page(client)
        assert all(
            words in page for words in ("Leave it up", "Remove it", "1 of 5", "听得很认真。", "Insults or threats")
        )
        assert "&lt;b&gt;骂人&lt;/b&gt;" in page
        assert "Send back" not in page

    def test_removing_needs_a_reason_and_says_what_was_done(self, client):
        address = reverse("moderation:case", args=[ReviewCase.objects.get().pk])
        client.post(address, {"version": 1, "decision": "reject", "reason": " "})
        assert ReviewCase.objects.get().is_open
        client.post(address, {"version": 1, "decision": "reject", "reason": "里面有辱骂。"})
        assert Review.objects.shown().count() == 1
        assert "Removed" in self.page(client)
        assert "Removed" in client.get("/moderation/decided/", HTTP_ACCEPT_LANGUAGE="en").content.decode()

    def test_one_who_may_not_decide_it_gets_no_answer(self, client, moderator, review):
        ReviewReport.objects.create(review=review, reporter=moderator, category="other")
        address = reverse("moderation:case", args=[ReviewCase.objects.get().pk])
        assert client.post(address, {"version": 1, "decision": "approve"}).status_code == 404
        assert not AuditEvent.objects.filter(action="case.approved").exists()

    @pytest.mark.parametrize("more", [0, 2], ids=["one row", "three rows"])
    def test_the_decided_cost_the_same_however_many(self, client, moderator, listing, more, django_assert_num_queries):
        from tests.cast import a_user

        for number in range(more):
            report(both(talked(a_user(f"guest{number}"), listing))[0], moderator)
        for case in ReviewCase.objects.open():
            moderation.decide(case=case, by=a_moderator(f"m{case.pk}"), approve=True)
        ReviewCase.objects.update(opened_by=a_user("somebody"))
        client.get("/moderation/decided/")
        with django_assert_num_queries(10):
            page = client.get("/moderation/decided/")
        assert page.content.decode().count('class="cover"') == 1 + more
