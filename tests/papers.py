"""Photos of papers, and people who apply with them."""

import io
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.ages import shanghai_today
from accounts.models import User
from listings import services
from listings.models import Application
from listings.rules import questions_for
from moderation.models import ReviewCase
from tests.cast import a_user
from vetting import services as vetting
from vetting.models import Certificate, IdentityCheck, PrivateDocument, Purpose

REAL_NAME = "欧阳静姝"
NEXT_YEAR = timedelta(days=365)


def a_photo(size: tuple[int, int] = (320, 240), form: str = "JPEG", name: str = "photo.jpg", **options):
    """An upload as a phone sends it."""
    out = io.BytesIO()
    Image.new("RGB", size, (180, 120, 60)).save(out, form, **options)
    return an_upload(out.getvalue(), name)


def an_upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def an_identity(user: User, **given) -> IdentityCheck:
    """Complete, and not handed in."""
    told = {"real_name": REAL_NAME, "number_tail": "123X", "card": a_photo(), "portrait": a_photo()}
    return vetting.save_identity(by=user, **{**told, **given})


def identify(user: User) -> IdentityCheck:
    """Proved, as after a moderator's decision."""
    check = IdentityCheck.objects.create(user=user, number_tail="123X")
    now = timezone.now()
    IdentityCheck.objects.filter(pk=check.pk).update(state="approved", submitted_at=now, decided_at=now)
    check.refresh_from_db()
    return check


def a_certificate(user: User, expires_on: date | None = None, label: str = "nurse", **fields) -> Certificate:
    """A draft."""
    document = vetting.keep_document(by=user, purpose=Purpose.CERTIFICATE, upload=a_photo())
    paper = {"label": label, "number_tail": "0042", "issued_by": "上海市卫生健康委员会", "document": document}
    return vetting.add_certificate(by=user, expires_on=expires_on or shanghai_today() + NEXT_YEAR, **paper, **fields)


def an_approved_certificate(user: User, expires_on: date, label: str = "nurse") -> Certificate:
    certificate = a_certificate(user, expires_on, label)
    certificate.submitted_at = timezone.now()
    certificate.save()
    vetting.decide_certificate(certificate=certificate, approved=True)
    return certificate


def an_applicant(name: str = "meimei") -> User:
    """Somebody with a profile and an application that lacks everything else."""
    user = a_user(name)
    services.save_profile(
        by=user, display_name="梅梅", gender="female", city="上海", languages=["mandarin", "wu"], about="夜里常在。"
    )
    services.begin_application(by=user)
    return user


def right_answers(application: Application) -> dict[str, str]:
    return {question.key: question.right for question in questions_for(application.pk)}


def a_complete_application(name: str = "meimei", kinds: tuple[str, ...] = ("listener",)) -> Application:
    """Everything is there, nothing handed in."""
    user = an_applicant(name)
    services.save_offer(by=user, kinds=list(kinds), topics=["职场", "失眠"], not_offered="不聊投资。")
    if "clinic" in kinds:
        a_certificate(user)
    an_identity(user)
    application = services.application_of(user)
    services.answer_rules(by=user, answers=right_answers(application))
    application.refresh_from_db()
    return application


def a_submitted_application(name: str = "meimei", kinds: tuple[str, ...] = ("listener",)) -> Application:
    application = a_complete_application(name, kinds)
    return services.submit_application(by=application.companion.user)


def case_of(target) -> ReviewCase:
    return ReviewCase.objects.get(target_id=str(target.pk), target_type__model=target._meta.model_name)


def seen(target, by: User) -> ReviewCase:
    """The target's case, when this moderator has opened every photo of it."""
    case = case_of(target)
    for document in PrivateDocument.objects.kept().filter(case=case):
        vetting.open_document(document_id=document.pk, by=by)
    return case


def photos_of(user: User) -> list[PrivateDocument]:
    return list(PrivateDocument.objects.filter(user=user).order_by("pk"))
