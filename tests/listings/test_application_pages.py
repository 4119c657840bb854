"""Applying on a phone, without a script: each step saves by itself."""

import pytest
from allauth.account.models import EmailAddress

from listings import services
from listings.models import Application, Companion
from moderation.models import ReviewCase
from tests.cast import a_moderator, a_text
from tests.papers import (
    REAL_NAME,
    a_certificate,
    a_complete_application,
    a_photo,
    a_submitted_application,
    an_applicant,
    an_identity,
    case_of,
    right_answers,
    seen,
)
from vetting.models import PrivateDocument

pytestmark = pytest.mark.django_db

WHO = {
    "display_name": "梅梅",
    "gender": "female",
    "city": "上海",
    "languages": ["mandarin", "wu"],
    "about": "夜里常在。",
}
OFFER = {"kinds": ["listener"], "topics": "职场 失眠", "not_offered": "不聊投资。"}
IDENTITY = {"real_name": REAL_NAME, "number_tail": "123X"}


def read(client, path: str = "/apply/") -> str:
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_step_by_step_to_the_end(client, client_user):
    client.force_login(client_user)
    assert "/apply/who/" in read(client)
    assert client.post("/apply/who/", WHO).headers["Location"] == "/apply/offer/"
    assert client.post("/apply/offer/", OFFER).headers["Location"] == "/apply/identity/"
    photos = {"card": a_photo(), "portrait": a_photo()}
    assert client.post("/apply/identity/", IDENTITY | photos).headers["Location"] == "/apply/rules/"
    answers = right_answers(Application.objects.get())
    assert client.post("/apply/rules/", answers).headers["Location"] == "/apply/"
    whole = read(client)
    assert all(words in whole for words in ("梅梅", "职场、失眠", "不聊投资。", REAL_NAME, "/apply/submit/"))
    client.post("/apply/submit/")
    assert Application.objects.get().is_pending
    assert "A person is reading it" in read(client)


def test_who_has_no_account_yet_reads_how_it_goes(client):
    text = read(client)
    assert "How it goes" in text and "/accounts/signup/?next=/apply/who/" in text


def test_left_and_resumed_where_it_was(client, client_user):
    client.force_login(client_user)
    client.post("/apply/who/", WHO)
    client.post("/apply/offer/", OFFER)
    client.logout()
    client.force_login(client_user)
    text = read(client)
    assert 'href="/apply/identity/">Go on' in " ".join(text.split()).replace("> Go", ">Go")
    assert 'value="职场、失眠"' in read(client, "/apply/offer/")


def test_a_visit_asks_for_a_certificate(client, client_user):
    client.force_login(client_user)
    client.post("/apply/who/", WHO)
    assert client.post("/apply/offer/", OFFER | {"kinds": ["clinic"]}).headers["Location"] == "/apply/identity/"
    assert "/apply/certificates/" in read(client)
    assert "needs a valid certificate" in read(client, "/apply/certificates/")
    paper = {"label": "nurse", "number_tail": "0042", "issued_by": "上海市卫健委", "expires_on": "2099-12-31"}
    client.post("/apply/certificates/", paper | {"photo": a_photo()})
    assert "needs a valid certificate" not in read(client, "/apply/certificates/")


def test_what_was_right_is_kept_beside_what_was_wrong(client, client_user):
    client.force_login(client_user)
    client.post("/apply/who/", WHO)
    answer = client.post("/apply/identity/", IDENTITY | {"number_tail": "12345", "card": a_photo()})
    assert set(answer.context["form"].errors) == {"number_tail", "portrait"}
    assert PrivateDocument.objects.kept().count() == 1
    client.post("/apply/identity/", IDENTITY | {"portrait": a_photo()})
    assert PrivateDocument.objects.kept().count() == 2


def test_a_wrong_answer_is_explained_and_the_others_stay(client):
    user = an_applicant()
    client.force_login(user)
    answers = right_answers(Application.objects.get())
    key, right = next(iter(answers.items()))
    wrong = answers | {key: "a" if right != "a" else "b"}
    answer = client.post("/apply/rules/", wrong, headers={"accept-language": "en"})
    assert set(answer.context["form"].errors) == {key}
    assert answer.content.decode().count("checked") == 6
    assert Application.objects.get().rules_version == ""


def test_handing_in_too_early_says_what_is_missing(client):
    client.force_login(an_applicant())
    client.post("/apply/submit/", headers={"accept-language": "en"})
    text = read(client)
    assert "Still missing" in text
    assert not ReviewCase.objects.exists()


def test_sent_back_the_reason_stands_on_the_page_and_among_the_listings(client, moderator):
    application = a_submitted_application()
    client.force_login(moderator)
    sent = {"version": 1, "decision": "reject", "reason": "请把 <手持照> 拍清楚。"}
    client.post(f"/moderation/{case_of(application).pk}/", sent)
    client.force_login(application.companion.user)
    for path in ("/apply/", "/listings/"):
        assert "请把 &lt;手持照&gt; 拍清楚。" in read(client, path)


def test_the_moderator_sees_all_on_one_page_and_approves(client, moderator):
    application = a_submitted_application(kinds=("listener", "clinic"))
    client.force_login(moderator)
    address = f"/moderation/{case_of(application).pk}/"
    text = read(client, address)
    told = (
        "Handed in for the first time",
        "梅梅",
        "职场、失眠",
        REAL_NAME,
        "123X",
        "1990-01-01",
        "上海市卫生健康委员会",
    )
    assert all(words in text for words in told)
    assert text.count("/documents/") == 3
    seen(application, moderator)
    client.post(address, {"version": 1, "decision": "approve", "reason": ""})
    assert Companion.objects.get().is_approved
    after = read(client, address)
    assert REAL_NAME not in after
    assert "/documents/" not in after


def test_a_first_listing_begins_with_the_words_of_the_application(client):
    application = a_submitted_application()
    client.force_login(application.companion.user)
    text = read(client, "/listings/new/?kind=listener")
    assert "职场、失眠" in text
    assert "不聊投资。" in text


def test_a_further_kind_can_be_asked_for(client, moderator):
    application = a_submitted_application()
    client.force_login(moderator)
    case = seen(application, moderator)
    client.post(f"/moderation/{case.pk}/", {"version": 1, "decision": "approve", "reason": ""})
    client.force_login(application.companion.user)
    assert "You are a companion here" in read(client)
    assert client.post("/apply/again/").headers["Location"] == "/apply/offer/"
    assert "confirmed" in read(client, "/apply/identity/")


def test_a_listing_cannot_go_up_before_its_companion(client, moderator):
    application = a_submitted_application()
    revision = services.submit_listing(by=application.companion.user, text=a_text())
    client.force_login(moderator)
    sent = {"version": 1, "decision": "approve", "reason": ""}
    answer = client.post(f"/moderation/{case_of(revision).pk}/", sent)
    assert answer.status_code == 409
    assert case_of(revision).is_open


@pytest.mark.parametrize("step", ["who", "offer", "identity", "certificates", "rules"])
def test_one_has_to_be_somebody(client, step):
    assert client.get(f"/apply/{step}/").headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("step", ["offer", "identity", "certificates", "rules"])
def test_steps_lead_to_the_beginning_before_there_is_one_and_while_it_waits(client, client_user, step):
    client.force_login(client_user)
    assert client.get(f"/apply/{step}/").headers["Location"] == "/apply/"
    client.force_login(a_submitted_application().companion.user)
    for path in (f"/apply/{step}/", "/apply/who/"):
        assert client.get(path).headers["Location"] == "/apply/"


def test_nobody_reads_anothers_application(client, stranger):
    application = a_complete_application()
    client.force_login(stranger)
    assert REAL_NAME not in read(client)
    assert "梅梅" not in read(client)
    client.force_login(a_moderator("li"))
    assert "梅梅" not in read(client, "/moderation/")
    assert application.status == "draft"


class TestAnAddressNobodyConfirmed:
    @pytest.fixture
    def user(self, client):
        user = a_complete_application().companion.user
        EmailAddress.objects.create(user=user, email=user.email, primary=True)
        client.force_login(user)
        return user

    def test_is_said_with_the_link_to_send_again_in_the_place_of_the_button(self, client, user):
        text = read(client)
        assert f"{user.email} is not confirmed yet" in text and 'name="action_send"' in text
        assert "/apply/submit/" not in text

    def test_nothing_is_handed_in(self, client, user):
        answer = client.post("/apply/submit/", headers={"accept-language": "en"}, follow=True)
        assert "Please confirm your e-mail address first" in answer.content.decode()
        assert not ReviewCase.objects.exists()

    def test_once_confirmed_it_is(self, client, user):
        EmailAddress.objects.update(verified=True)
        assert "/apply/submit/" in read(client)
        client.post("/apply/submit/")
        assert ReviewCase.objects.exists()


def test_a_certificate_that_was_saved_says_so_and_leads_to_the_next_step(client):
    user = an_applicant()
    services.save_offer(by=user, kinds=["clinic"], topics=["门诊"], not_offered="")
    an_identity(user)
    a_certificate(user)
    client.force_login(user)
    text = read(client, "/apply/certificates/")
    assert "Not submitted" not in text and ">saved</span>" in text
    assert '<a class="btn go wide" href="/apply/rules/">' in text


def test_the_last_step_says_that_it_is_the_last(client):
    client.force_login(a_complete_application().companion.user)
    assert "Save and finish" in read(client, "/apply/rules/")
    assert "Save and finish" not in read(client, "/apply/offer/")


class TestSentBackForOnePart:
    @pytest.fixture
    def user(self, client, moderator):
        application = a_submitted_application()
        case = seen(application, moderator)
        client.force_login(moderator)
        text = read(client, f"/moderation/{case.pk}/")
        assert all(f'name="parts" value="{part}"' in " ".join(text.split()) for part in ("who", "offer", "identity"))
        assert 'value="certificates"' not in text
        sent = {"version": case.version, "decision": "reject", "reason": "请写得具体些。", "parts": ["offer"]}
        client.post(f"/moderation/{case.pk}/", sent)
        client.force_login(application.companion.user)
        return application.companion.user

    def test_the_page_leads_there_first_and_asks_for_nothing_else(self, client, user):
        text = read(client)
        assert "Go on: What you offer" in text and '<a href="/apply/offer/">Put right: What you offer</a>' in text
        assert "Your papers were accepted" in text and "/apply/submit/" not in text
        answer = client.post("/apply/offer/", {"kinds": ["listener"], "topics": "职场", "not_offered": ""})
        assert answer.headers["Location"] == "/apply/"
        assert "/apply/submit/" in read(client)

    def test_what_a_moderator_ticked_stays_when_it_is_refused(self, client, user, moderator):
        case = case_of(a_submitted_application("nana"))
        client.force_login(moderator)
        sent = {"version": case.version, "decision": "reject", "reason": "请写得具体些。", "parts": ["offer", "who"]}
        page = client.post(f"/moderation/{case.pk}/", sent)
        assert page.status_code == 409
        assert page.context["form"]["parts"].value() == ["offer", "who"]


class TestTheNumberOfQuestions:
    """With one certificate and with three."""

    @pytest.fixture(params=[1, 3])
    def rows(self, request, client) -> int:
        user = a_complete_application(kinds=("listener", "clinic")).companion.user
        for _ in range(request.param - 1):
            a_certificate(user)
        client.force_login(user)
        return request.param

    def test_of_the_whole(self, client, rows, django_assert_num_queries):
        with django_assert_num_queries(12):
            page = read(client)
        assert page.count("Nurse") == rows

    def test_of_the_certificates(self, client, rows, django_assert_num_queries):
        with django_assert_num_queries(13):
            page = read(client, "/apply/certificates/")
        assert page.count("…0042") == rows
