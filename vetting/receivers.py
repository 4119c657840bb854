from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from moderation.models import ReviewCase
from moderation.signals import case_decided
from vetting import services

ANSWERS = {
    services.RENEWAL: ("vetting:certificates", _("Your certificate was approved"), _("Your certificate was sent back")),
    services.IDENTITY: ("vetting:identity", _("Your identity is confirmed"), _("Your identity check was sent back")),
}


@receiver(case_decided)
def proof_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, reason: str, by, **kwargs) -> None:
    if case.kind == services.RENEWAL:
        services.decide_certificate(certificate=case.target, approved=approved, reason=reason, by=by)
    elif case.kind == services.IDENTITY:
        services.decide_identity(check=case.target, approved=approved, reason=reason, by=by)
    if case.kind in ANSWERS:
        _answer(case, approved, reason)


def _answer(case: ReviewCase, approved: bool, reason: str) -> None:
    page, yes, no = ANSWERS[case.kind]
    body = _("The photos you sent have been erased.") if approved else _("A moderator writes: %(reason)s")
    key = f"case-{case.pk}-{case.version}"
    accounts.write_letter(
        to=case.owner, key=key, subject=yes if approved else no, body=body, path=reverse(page), reason=reason
    )
