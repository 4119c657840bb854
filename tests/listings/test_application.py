"""From wanting to keep somebody company to being allowed to."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Letter
from listings import services
from listings.errors import (
    ApplicationIncomplete,
    ApplicationNotFound,
    ApplicationWaits,
    CompanionNotApproved,
    KindNotAppliedFor,
    NoProfile,
    NotAppliedYet,
)
from listings.models import Application, ApplicationState, Companion, Listing, State
from listings.rules import POOL, VERSION, questions_for
from moderation import services as moderation
from moderation.errors import CaseNotFound
from moderation.models import ReviewCase, Status
from tests.cast import a_companion, a_moderator, a_text
from tests.papers import (
    a_certificate,
    a_complete_application,
    a_submitted_application,
    an_applicant,
    an_identity,
    case_of,
    identify,
    right_answers,
    seen,
)
from vetting import services as vetting
from vetting.errors import DocumentsUnopened, IdentityNotProved
from vetting.models import Certificate, IdentityCheck, PrivateDocument

pytestmark = pytest.mark.django_db


@pytest.fixture
def complete(db) -> Application:
    return a_complete_application()


@pytest.fixture
def waiting(db) -> Application:
    return a_submitted_application()


def decide(application: Application, by, approve: bool = True, reason: str = "") -> Application:
    moderation.decide(case=seen(application, by), by=by, approve=approve, reason=reason)
    application.refresh_from_db()
    application.companion.refresh_from_db()
    return application


class TestHandingIn:
    def test_everything_in_one_case(self, complete):
        application = services.submit_application(by=complete.companion.user)
        case = case_of(application)
        assert (application.status, case.kind, case.owner) == ("pending", "application", complete.companion.user)
        assert application.identity.is_pending
        assert set(PrivateDocument.objects.values_list("case", flat=True)) == {case.pk}

    def test_with_its_certificates(self):
        application = a_submitted_application(kinds=("listener", "clinic"))
        assert application.certificates.get().is_pending
        assert len(application.review_attachments()) == 3

    @pytest.mark.parametrize("kinds", [("listener",), ("clinic",)])
    def test_what_is_missing_is_named(self, kinds):
        user = an_applicant()
        with pytest.raises(ApplicationIncomplete, match="What you offer|提供什么"):
            services.submit_application(by=user)
        services.save_offer(by=user, kinds=list(kinds), topics=["职场"], not_offered="")
        with pytest.raises(ApplicationIncomplete) as told:
            services.submit_application(by=user)
        assert len(str(told.value).split("、")) == (3 if kinds == ("clinic",) else 2)
        assert not ReviewCase.objects.exists()

    def test_a_certificate_of_another_sort_or_expired_does_not_do(self):
        application = a_complete_application(kinds=("clinic",))
        user = application.companion.user
        Certificate.objects.update(label="other")
        a_certificate(user, timezone.now().date().replace(year=2020))
        with pytest.raises(ApplicationIncomplete):
            services.submit_application(by=user)

    def test_while_it_waits_nothing_of_it_changes(self, waiting):
        user = waiting.companion.user
        profile = {"gender": "male", "city": "北京", "languages": ["mandarin"], "about": ""}
        with pytest.raises(ApplicationWaits):
            services.save_profile(by=user, display_name="别人", **profile)
        with pytest.raises(ApplicationNotFound):
            services.save_offer(by=user, kinds=["dining"], topics=["美食"], not_offered="")
        with pytest.raises(ApplicationNotFound):
            services.submit_application(by=user)
        with pytest.raises(ApplicationWaits):
            services.begin_application(by=user)

    def test_taken_back_everything_is_still_there(self, waiting):
        user = waiting.companion.user
        services.withdraw_application(by=user)
        assert case_of(waiting).status == Status.WITHDRAWN
        assert vetting.identity_of(user).is_draft
        assert PrivateDocument.objects.kept().count() == 2
        again = services.submit_application(by=user)
        assert (again.pk, again.status, case_of(again).version) == (waiting.pk, "pending", 3)

    def test_an_identity_that_waits_by_itself_joins_in(self):
        application = a_complete_application()
        user = application.companion.user
        check = vetting.prove_identity(by=user)
        services.submit_application(by=user)
        assert case_of(check).status == Status.WITHDRAWN
        assert case_of(application).is_open

    def test_who_has_no_profile_cannot_begin(self, client_user):
        with pytest.raises(NoProfile):
            services.begin_application(by=client_user)

    def test_another_persons_application_is_not_touched(self, waiting, stranger):
        for act in (services.submit_application, services.withdraw_application):
            with pytest.raises(ApplicationNotFound):
                act(by=stranger)


class TestDecision:
    def test_approved_she_is_a_companion_and_her_proofs_stand(self, moderator):
        application = decide(a_submitted_application(kinds=("listener", "clinic")), moderator)
        companion = application.companion
        assert (application.status, companion.is_approved) == ("approved", True)
        assert companion.approved_kinds == ["clinic", "listener"]
        assert vetting.is_identified(companion.user)
        assert Certificate.objects.get().is_approved
        assert not PrivateDocument.objects.kept().exists()

    def test_she_is_told_by_letter(self, waiting, moderator):
        decide(waiting, moderator)
        letter = Letter.objects.get()
        assert letter.to == waiting.companion.user
        assert "/apply/" in letter.body

    def test_sent_back_she_reads_why_and_mends_it(self, waiting, moderator):
        user = waiting.companion.user
        application = decide(waiting, moderator, approve=False, reason="手持照片看不清。")
        assert (application.status, application.reason) == ("rejected", "手持照片看不清。")
        assert "手持照片看不清。" in Letter.objects.get().body
        with pytest.raises(ApplicationIncomplete):
            services.submit_application(by=user)
        an_identity(user)
        again = services.submit_application(by=user)
        assert (again.pk, again.reason, again.decided_at) == (application.pk, "", None)
        assert decide(again, moderator).companion.is_approved

    def send_back(self, application: Application, by, parts: list[str]) -> Application:
        case = seen(application, by)
        moderation.decide(case=case, by=by, approve=False, reason="请写得具体些。", parts=parts)
        application.refresh_from_db()
        return application

    def test_sent_back_for_one_part_her_papers_are_confirmed(self, moderator):
        application = self.send_back(a_submitted_application(kinds=("listener", "clinic")), moderator, ["offer"])
        user = application.companion.user
        assert (application.status, application.parts) == ("rejected", ["offer"])
        assert vetting.is_identified(user) and Certificate.objects.get().is_approved
        assert not PrivateDocument.objects.kept().exists() and not Companion.objects.get().is_approved
        with pytest.raises(ApplicationIncomplete):
            services.submit_application(by=user)
        services.save_offer(by=user, kinds=["listener", "clinic"], topics=["陪老人"], not_offered="")
        services.mended(by=user, part="offer")
        again = services.submit_application(by=user)
        assert decide(again, moderator).companion.approved_kinds == ["clinic", "listener"]

    @pytest.mark.parametrize(
        ("parts", "identified", "certified"),
        [(["identity"], False, True), (["certificates", "who"], True, False), (["nonsense"], False, False)],
    )
    def test_only_the_papers_that_are_named_are_refused(self, moderator, parts, identified, certified):
        self.send_back(a_submitted_application(kinds=("clinic",)), moderator, parts)
        assert (IdentityCheck.objects.get().is_approved, Certificate.objects.get().is_approved) == (
            identified,
            certified,
        )

    def test_papers_nobody_opened_are_not_confirmed_by_leaving_them_out(self, waiting, moderator):
        with pytest.raises(DocumentsUnopened):
            moderation.decide(case=case_of(waiting), by=moderator, approve=False, reason="请重写。", parts=["offer"])
        moderation.decide(case=case_of(waiting), by=moderator, approve=False, reason="请重拍。", parts=["identity"])
        assert IdentityCheck.objects.get().state == "rejected"

    def test_nobody_decides_about_herself(self, waiting):
        user = waiting.companion.user
        user.groups.set(a_moderator("li").groups.all())
        with pytest.raises(CaseNotFound):
            moderation.decide(case=case_of(waiting), by=type(user).objects.get(pk=user.pk), approve=True)

    def test_whom_a_verifier_refused_cannot_be_approved(self, waiting, moderator):
        vetting.decide_identity(check=waiting.identity, approved=False, reason="no match")
        with pytest.raises(IdentityNotProved), transaction.atomic():
            decide(waiting, moderator)
        assert decide(waiting, moderator, approve=False, reason="请重新认证。").status == "rejected"

    def test_a_further_kind_is_a_new_application(self, waiting, moderator):
        user = decide(waiting, moderator).companion.user
        more = services.begin_application(by=user)
        assert (more.kinds, more.topics, more.rules_version) == (["listener"], ["职场", "失眠"], VERSION)
        services.save_offer(by=user, kinds=["listener", "dining"], topics=["美食"], not_offered="")
        decide(services.submit_application(by=user), moderator)
        assert Companion.objects.get().approved_kinds == ["dining", "listener"]


class TestListings:
    def test_the_first_one_can_be_handed_in_right_after_the_application(self, waiting, moderator):
        user = waiting.companion.user
        revision = services.submit_listing(by=user, text=a_text())
        with pytest.raises(CompanionNotApproved), transaction.atomic():
            moderation.decide(case=case_of(revision), by=moderator, approve=True)
        decide(waiting, moderator)
        moderation.decide(case=case_of(revision), by=moderator, approve=True)
        assert Listing.objects.published().exists()

    def test_not_before(self, complete):
        with pytest.raises(NotAppliedYet):
            services.submit_listing(by=complete.companion.user, text=a_text())

    def test_not_of_another_kind(self, waiting):
        with pytest.raises(KindNotAppliedFor):
            services.submit_listing(by=waiting.companion.user, text=a_text("dining"))

    def test_a_visit_is_valid_as_long_as_the_certificate(self, moderator):
        application = a_submitted_application(kinds=("clinic",))
        revision = services.submit_listing(by=application.companion.user, text=a_text("clinic"))
        decide(application, moderator)
        moderation.decide(case=case_of(revision), by=moderator, approve=True)
        assert Listing.objects.published().get().valid_until == Certificate.objects.get().expires_on

    @pytest.mark.parametrize("approved", [{}, {"approved_at": timezone.now(), "approved_kinds": ["dining"]}])
    def test_the_database_publishes_nobody_who_is_not_approved(self, approved):
        companion = a_companion("nana", **{"approved_at": None, "approved_kinds": [], **approved})
        published = {"companion": companion, "status": State.PUBLISHED, "approved_at": timezone.now()}
        with pytest.raises(IntegrityError, match="is not approved for"):
            Listing.objects.create(**published, **a_text())

    def test_nor_takes_an_approval_away_under_a_published_listing(self, listing):
        with pytest.raises(IntegrityError, match="was taken away"):
            Companion.objects.update(approved_at=None, approved_kinds=[])

    def test_who_offered_before_there_were_applications_stays_approved(self, listing):
        from importlib import import_module

        Listing.objects.update(status=State.HIDDEN)
        Companion.objects.update(approved_at=None, approved_kinds=[])
        migration = import_module("listings.migrations.0009_approved_companions")
        with connection.cursor() as cursor:
            cursor.execute(migration.FORWARDS)
        companion = Companion.objects.get()
        assert (companion.approved_at, companion.approved_kinds) == (listing.approved_at, ["listener"])


class TestRules:
    def test_all_right_is_passed_with_the_version(self):
        user = an_applicant()
        application = services.application_of(user)
        assert services.answer_rules(by=user, answers=right_answers(application)) == []
        assert services.application_of(user).rules_version == VERSION

    def test_one_wrong_is_named_and_can_be_tried_again(self):
        user = an_applicant()
        answers = right_answers(services.application_of(user))
        key, right = next(iter(answers.items()))
        wrong = services.answer_rules(by=user, answers=answers | {key: "a" if right != "a" else "b"})
        assert [question.key for question in wrong] == [key]
        assert services.application_of(user).rules_version == ""
        assert services.answer_rules(by=user, answers=answers) == []

    def test_six_of_the_pool_the_same_each_time(self):
        assert len(questions_for(7)) == 6
        assert questions_for(7) == questions_for(7)
        asked = {question.key for seed in range(40) for question in questions_for(seed)}
        assert asked == {question.key for question in POOL}

    def test_every_question_has_one_right_answer_of_its_own(self):
        for question in POOL:
            assert question.right in dict(question.choices)
            assert len({str(words) for _letter, words in question.choices}) == 3

    def test_who_passed_an_older_version_is_asked_again(self, complete):
        Application.objects.update(rules_version="2020-01")
        with pytest.raises(ApplicationIncomplete):
            services.submit_application(by=complete.companion.user)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": "lost"}, "application_status_known"),
        ({"kinds": ["therapy"]}, "application_offer_fits"),
        ({"kinds": []}, "application_pending_is_complete"),
        ({"topics": []}, "application_pending_is_complete"),
        ({"identity": None}, "application_pending_is_complete"),
        ({"rules_passed_at": None}, "application_pending_is_complete"),
        ({"status": "approved"}, "application_decided_at_some_time"),
        ({"status": "rejected", "decided_at": timezone.now()}, "application_rejected_with_reason"),
        ({"decided_at": timezone.now()}, "application_decided_at_some_time"),
    ],
)
def test_an_application_that_cannot_be(waiting, change, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        Application.objects.filter(pk=waiting.pk).update(**change)


@pytest.mark.parametrize("status", ApplicationState.values)
def test_one_application_at_a_time(complete, status):
    identity = identify_again(complete)
    now = timezone.now()
    known = {
        "kinds": ["listener"],
        "topics": ["职场"],
        "identity": identity,
        "rules_passed_at": now,
        "submitted_at": now,
        "reason": "—",
    }
    decided = {"decided_at": now} if status in ("approved", "rejected") else {}
    Application.objects.filter(pk=complete.pk).update(status=status, **known, **decided)
    if status == ApplicationState.APPROVED:
        assert Application.objects.create(companion=complete.companion)
        return
    with pytest.raises(IntegrityError, match="application_one_open"):
        Application.objects.create(companion=complete.companion)


def identify_again(application: Application) -> IdentityCheck:
    IdentityCheck.objects.all().delete()
    return identify(application.companion.user)


@pytest.mark.parametrize("change", [{"approved_at": None}, {"approved_kinds": []}, {"approved_kinds": ["therapy"]}])
def test_an_approval_that_cannot_be(change):
    companion = a_companion("nana")
    with pytest.raises(IntegrityError, match="companion_approved_for_kinds"):
        Companion.objects.filter(pk=companion.pk).update(**change)
