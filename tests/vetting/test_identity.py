"""Who somebody is, and who says so."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Letter
from listings import services as listings
from moderation import services as moderation
from moderation.models import ReviewCase, Status
from tests.papers import REAL_NAME, a_complete_application, a_photo, an_identity, case_of, seen
from tests.rivals import rival
from vetting import services, tasks
from vetting.errors import IdentityIncomplete, IdentityWaits
from vetting.models import IdentityCheck, PrivateDocument, State
from vetting.verifiers import Outcome, review_by_admin

pytestmark = pytest.mark.django_db


def a_verifier_that_knows(check: IdentityCheck) -> Outcome:
    known = check.real_name == REAL_NAME and all(photo.content() for photo in check.documents)
    return Outcome(State.APPROVED) if known else Outcome(State.REJECTED, "Name and number do not agree.")


def a_verifier_out_of_reach(check: IdentityCheck) -> Outcome:
    raise ConnectionError


class Questions(list[str]):
    """Verifies by noting what it is asked, and then as `answer` does."""

    answer = staticmethod(review_by_admin)

    def __call__(self, check: IdentityCheck) -> Outcome:
        self.append(check.question)
        return self.answer(check)


@pytest.fixture
def questions(settings, monkeypatch) -> Questions:
    noted = Questions()
    monkeypatch.setitem(globals(), "the_questions", noted)
    settings.IDENTITY_VERIFIER = f"{__name__}.the_questions"
    return noted


@pytest.fixture
def handed_in(client_user) -> IdentityCheck:
    an_identity(client_user)
    return services.prove_identity(by=client_user)


def test_a_client_proves_who_he_is(handed_in, client_user, moderator):
    assert not services.is_identified(client_user)
    moderation.decide(case=seen(handed_in, moderator), by=moderator, approve=True)
    assert services.is_identified(client_user)
    assert Letter.objects.get().to == client_user


def test_refused_the_name_goes_and_another_can_be_handed_in(handed_in, client_user, moderator):
    moderation.decide(case=case_of(handed_in), by=moderator, approve=False, reason="照片看不清。")
    refused = IdentityCheck.objects.get()
    assert (refused.state, refused.reason, refused.real_name) == (State.REJECTED, "照片看不清。", "")
    an_identity(client_user)
    services.prove_identity(by=client_user)
    assert services.identity_of(client_user).is_pending


def test_half_of_it_is_not_handed_in(client_user):
    services.save_identity(by=client_user, real_name=REAL_NAME, card=a_photo())
    with pytest.raises(IdentityIncomplete):
        services.prove_identity(by=client_user)
    assert not ReviewCase.objects.exists()


def test_while_it_waits_it_stays_as_it_is(handed_in, client_user):
    with pytest.raises(IdentityWaits):
        services.save_identity(by=client_user, real_name="另一个人")
    assert services.identity_of(client_user).real_name == REAL_NAME


def test_taken_back_it_is_a_draft_with_its_photos(handed_in, client_user):
    services.withdraw_identity(by=client_user)
    assert services.identity_of(client_user).is_draft
    assert case_of(handed_in).status == Status.WITHDRAWN
    assert PrivateDocument.objects.kept().count() == 2


class TestVerifiers:
    def test_by_default_a_person_decides(self, handed_in):
        services.ask_verifier(check_id=handed_in.pk)
        handed_in.refresh_from_db()
        assert (handed_in.state, handed_in.verifier) == (State.PENDING, "vetting.verifiers.review_by_admin")
        assert not services.unasked_checks().exists()

    def test_another_one_decides_at_once(self, client_user, settings):
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_that_knows"
        an_identity(client_user)
        check = services.prove_identity(by=client_user)
        services.ask_verifier(check_id=check.pk)
        assert services.is_identified(client_user)
        assert case_of(check).status == Status.SETTLED
        assert not PrivateDocument.objects.kept().exists()

    def test_and_refuses_with_a_reason(self, client_user, settings):
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_that_knows"
        an_identity(client_user, real_name="别的名字")
        services.ask_verifier(check_id=services.prove_identity(by=client_user).pk)
        assert services.identity_of(client_user).reason == "Name and number do not agree."

    def test_out_of_reach_it_is_asked_again(self, handed_in, settings):
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_out_of_reach"
        tasks.catch_up()
        assert services.unasked_checks().get() == handed_in
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_that_knows"
        tasks.catch_up()
        assert services.is_identified(handed_in.user)

    def test_what_was_taken_back_meanwhile_is_not_decided(self, handed_in, client_user, settings, monkeypatch):
        def slow(check):
            services.withdraw_identity(by=client_user)
            return Outcome(State.APPROVED)

        monkeypatch.setattr("vetting.services.verifying.verifier_in_force", lambda: slow)
        services.ask_verifier(check_id=handed_in.pk)
        assert not services.is_identified(client_user)

    def test_nor_what_was_handed_in_anew_meanwhile(self, handed_in, client_user, monkeypatch):
        def slow(check):
            services.withdraw_identity(by=client_user)
            services.prove_identity(by=client_user)
            return Outcome(State.APPROVED)

        monkeypatch.setattr("vetting.services.verifying.verifier_in_force", lambda: slow)
        services.ask_verifier(check_id=handed_in.pk)
        assert services.unasked_checks().get() == handed_in
        assert case_of(handed_in).is_open

    def test_its_answer_counts_where_a_case_of_its_own_was_taken_back_before(self, settings):
        user = a_complete_application().companion.user
        check = services.prove_identity(by=user)
        application = listings.submit_application(by=user)
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_that_knows"
        tasks.catch_up()
        assert services.is_identified(user)
        assert not services.unasked_checks().exists()
        assert (case_of(check).status, case_of(application).status) == (Status.WITHDRAWN, Status.OPEN)


class TestTold:
    @pytest.fixture(autouse=True)
    def in_english(self, client_user, settings):
        client_user.language = "en"
        client_user.save()
        settings.IDENTITY_VERIFIER = f"{__name__}.a_verifier_that_knows"

    def test_who_was_approved_by_a_verifier(self, handed_in, client_user):
        services.ask_verifier(check_id=handed_in.pk)
        letter = Letter.objects.get()
        assert (letter.to, letter.subject) == (client_user, "Your identity is confirmed")
        assert letter.body.startswith("The photos you sent have been erased.")
        assert letter.body.endswith("/identity/")

    def test_who_was_refused_reads_the_verifiers_reason_not_a_moderators(self, client_user):
        an_identity(client_user, real_name="别的名字")
        services.ask_verifier(check_id=services.prove_identity(by=client_user).pk)
        letter = Letter.objects.get()
        assert letter.subject == "Your identity check was sent back"
        assert "Name and number do not agree." in letter.body
        assert "moderator" not in letter.body

    def test_who_is_carried_by_an_application_too(self):
        user = a_complete_application().companion.user
        listings.submit_application(by=user)
        tasks.catch_up()
        assert Letter.objects.get().to == user

    def test_nobody_while_a_person_decides(self, handed_in, settings):
        settings.IDENTITY_VERIFIER = "vetting.verifiers.review_by_admin"
        services.ask_verifier(check_id=handed_in.pk)
        assert not Letter.objects.exists()

    def test_the_history_says_who_answered_and_what(self, client_user):
        an_identity(client_user, real_name="别的名字")
        check = services.prove_identity(by=client_user)
        services.ask_verifier(check_id=check.pk)
        settled = moderation.history(case_of(check)).get(action="case.settled")
        assert (settled.actor, settled.reason) == (None, "Name and number do not agree.")
        assert settled.after == {
            "case": case_of(check).pk,
            "by": f"{__name__}.a_verifier_that_knows",
            "answer": "rejected",
        }
        assert not moderation.history(case_of(check)).filter(action="case.withdrawn").exists()

    def test_a_moderator_who_looks_at_its_case_reads_that_too(self, client, handed_in, moderator):
        services.ask_verifier(check_id=handed_in.pk)
        client.force_login(moderator)
        address = f"/moderation/{case_of(handed_in).pk}/"
        text = client.get(address, headers={"accept-language": "en"}).content.decode()
        assert text.count("Settled automatically") == 3
        assert "Withdrawn" not in text


class TestAskedOnce:
    def test_who_comes_while_it_is_asked_does_not_ask(self, handed_in, questions):
        def busy(check):
            services.ask_verifier(check_id=check.pk)
            tasks.catch_up()
            return Outcome(State.PENDING)

        questions.answer = busy
        tasks.catch_up()
        assert len(questions) == 1
        assert not services.unasked_checks().exists()

    def test_whoever_asked_and_died_is_made_up_for_with_the_same_question(self, handed_in, questions):
        questions.answer = a_verifier_out_of_reach
        tasks.catch_up()
        for minutes, asked in ((29, 1), (31, 2)):
            since = timezone.now() - timedelta(minutes=minutes)
            IdentityCheck.objects.update(asking_since=since)
            tasks.catch_up()
            assert len(questions) == asked
        assert len(set(questions)) == 1

    def test_handed_in_anew_it_is_another_question_and_asked_at_once(self, handed_in, client_user, questions):
        questions.answer = a_verifier_out_of_reach
        tasks.catch_up()
        IdentityCheck.objects.update(asking_since=timezone.now())
        services.withdraw_identity(by=client_user)
        services.prove_identity(by=client_user)
        tasks.catch_up()
        assert len(set(questions)) == 2

    @pytest.mark.django_db(transaction=True)
    def test_by_two_workers_at_the_same_moment(self, handed_in, questions):
        with rival(lambda: services.ask_verifier(check_id=handed_in.pk)) as meanwhile:
            other = meanwhile(lambda: services.ask_verifier(check_id=handed_in.pk))
        other()
        assert len(questions) == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "lost"}, "identity_"),
        ({"state": "approved"}, "identity_decided_at_some_time"),
        ({"state": "rejected", "decided_at": timezone.now()}, "identity_rejected_with_reason"),
        ({"submitted_at": None}, "identity_submitted_at_some_time"),
        ({"card": None}, "identity_pending_is_complete"),
        ({"sealed_name": None}, "identity_pending_is_complete"),
        ({"number_tail": ""}, "identity_pending_is_complete"),
        ({"state": "draft", "asking_since": timezone.now()}, "identity_draft_is_not_asked_about"),
    ],
)
def test_a_check_that_cannot_be(handed_in, change, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        IdentityCheck.objects.filter(pk=handed_in.pk).update(**change)


def test_one_check_of_a_person_lives(handed_in, client_user):
    with pytest.raises(IntegrityError, match="identity_one_alive"):
        IdentityCheck.objects.create(user=client_user)


@pytest.mark.django_db(transaction=True)
def test_handed_in_twice_at_once_it_is_handed_in_once(client_user):
    an_identity(client_user)
    with rival(lambda: services.prove_identity(by=client_user)) as meanwhile:
        second = meanwhile(lambda: services.prove_identity(by=client_user))
    with pytest.raises((IdentityWaits, IdentityIncomplete)):
        second()
    assert ReviewCase.objects.get().version == 1


def replaced(user):
    return lambda: services.save_identity(by=user, card=a_photo())


def under_its_case(check: IdentityCheck) -> bool:
    check.refresh_from_db()
    case = case_of(check)
    return all(photo.case == case and not photo.erased_at for photo in (check.card, check.portrait))


@pytest.mark.django_db(transaction=True)
class TestReplacedAsItIsHandedIn:
    """A photo is replaced in another tab, not committed yet, while the check is handed in."""

    def test_by_itself_the_new_photo_is_under_its_case(self, client_user):
        an_identity(client_user)
        with rival(replaced(client_user)) as meanwhile:
            later = meanwhile(lambda: services.prove_identity(by=client_user))
        assert under_its_case(later())

    def test_as_it_was_read_before_the_new_photo_is_too(self, client_user):
        read_before = an_identity(client_user)
        replaced(client_user)()
        case = moderation.open_case(kind=services.IDENTITY, target=read_before, by=client_user)
        services.hand_in_identity(check=read_before, case=case)
        assert under_its_case(read_before)

    def test_control_read_without_the_lock_it_is_not(self, client_user, monkeypatch):
        an_identity(client_user)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
        monkeypatch.setattr(IdentityCheck, "refresh_from_db", lambda *_args, **_options: None)
        with rival(replaced(client_user)) as meanwhile:
            later = meanwhile(lambda: services.prove_identity(by=client_user))
        monkeypatch.undo()
        assert not under_its_case(later())


@pytest.mark.parametrize("state", ["pending", "approved"])
def test_what_waits_or_is_proved_is_not_called_incomplete(handed_in, client_user, moderator, state):
    if state == "approved":
        moderation.decide(case=seen(handed_in, moderator), by=moderator, approve=True)
    with pytest.raises(IdentityWaits):
        services.prove_identity(by=client_user)


class TestPage:
    def test_what_is_right_is_kept_where_something_is_wrong(self, client, client_user):
        client.force_login(client_user)
        client.post("/identity/", {"real_name": REAL_NAME, "number_tail": "12", "card": a_photo()})
        check = services.identity_of(client_user)
        assert (check.real_name, check.number_tail, bool(check.card)) == (REAL_NAME, "", True)
        client.post("/identity/", {"real_name": REAL_NAME, "number_tail": "123x", "portrait": a_photo()})
        check = services.identity_of(client_user)
        assert (check.state, check.number_tail) == (State.PENDING, "123X")

    def test_a_page_called_photo_is_refused(self, client, client_user):
        client.force_login(client_user)
        from tests.papers import an_upload

        answer = client.post("/identity/", {"card": an_upload(b"<html><script>1</script>")})
        assert "card" in answer.context["form"].errors
        assert not PrivateDocument.objects.exists()
