from collections.abc import Callable
from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.models import Block, User
from accounts.signals import user_blocked
from listings import services
from moderation.models import ReviewCase
from moderation.signals import case_decided
from vetting.models import Certificate
from vetting.signals import certificate_decided

DECISIONS: dict[str, Callable[..., None]] = {
    services.REVIEW: lambda target, by, parts, **decision: services.apply_decision(revision=target, **decision),
    services.PROFILE: lambda target, by, parts, **decision: services.apply_profile_decision(
        revision=target, **decision
    ),
    services.APPLICATION: lambda target, **decision: services.apply_application_decision(
        application=target, **decision
    ),
}
# The subject when approved, when sent back, and the page the letter leads to.
LETTERS = {
    services.REVIEW: (_("Your listing is approved"), _("Your listing was sent back"), "listings:mine"),
    services.PROFILE: (_("Your new profile is shown now"), _("Your new profile was sent back"), "listings:profile"),
    services.APPLICATION: (
        _("Welcome: you are a companion now"),
        _("Your application was sent back"),
        "listings:apply",
    ),
}
YES = _("A moderator has read “%(title)s” and approved it.")
NO = _("A moderator has read “%(title)s” and writes:\n\n%(reason)s\n\nYou can mend it and hand it in again.")


@receiver(user_blocked)
def stop_waiting(sender: type[Block], blocker: User, blocked: User, **kwargs) -> None:
    for user, other in ((blocker, blocked), (blocked, blocker)):
        if companion := getattr(other, "companion", None):
            services.forget(user_id=user.pk, companion_id=companion.pk)


@receiver(case_decided)
def text_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, signal: Any, **decision: Any) -> None:
    if case.kind in DECISIONS:
        DECISIONS[case.kind](case.target, approved=approved, **decision)
        _tell(case, approved)


@receiver(certificate_decided)
def certificate_changed(sender: type[Certificate], certificate: Certificate, **kwargs) -> None:
    services.refresh_valid_until(user=certificate.user)


def _tell(case: ReviewCase, approved: bool) -> None:
    yes, no, page = LETTERS[case.kind]
    accounts.write_letter(
        to=case.owner,
        key=f"case-{case.pk}-{case.version}",
        subject=yes if approved else no,
        body=YES if approved else NO,
        path=reverse(page),
        title=case.title,
        reason=case.reason,
    )
