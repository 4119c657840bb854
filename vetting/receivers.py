from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from moderation.models import ReviewCase
from moderation.signals import case_decided, case_deciding
from vetting import services

REFUSED = _("A moderator writes: %(reason)s")


@receiver(case_deciding)
def papers_were_seen(
    sender: type[ReviewCase], case: ReviewCase, approved: bool, by: User, parts: list[str], **kwargs
) -> None:
    if approved or parts:
        services.refuse_unopened(case=case, by=by, but=parts)


@receiver(case_decided)
def proof_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, reason: str, by, **kwargs) -> None:
    if case.kind == services.RENEWAL:
        services.decide_certificate(certificate=case.target, approved=approved, reason=reason, by=by)
    elif case.kind == services.IDENTITY:
        services.decide_identity(check=case.target, approved=approved, reason=reason, by=by)
    if case.kind in services.ANSWERS:
        key = f"case-{case.pk}-{case.version}"
        services.tell_answer(kind=case.kind, to=case.owner, key=key, approved=approved, refusal=REFUSED, reason=reason)
