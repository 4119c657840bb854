"""Letters that say what became of a proof."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.models import User
from vetting.services.certificates import RENEWAL
from vetting.services.identity import IDENTITY

# The page it leads to, the subject when approved, when sent back, by the kind of its own case.
ANSWERS = {
    RENEWAL: ("vetting:certificates", _("Your certificate was approved"), _("Your certificate was sent back")),
    IDENTITY: ("vetting:identity", _("Your identity is confirmed"), _("Your identity check was sent back")),
}
APPROVED = _("The photos you sent have been erased.")


def tell_answer(*, kind: str, to: User, key: str, approved: bool, refusal: str | Promise, reason: str) -> None:
    """`refusal` says who refused it, with %(reason)s; `key` keeps one answer from being told twice."""
    page, yes, no = ANSWERS[kind]
    subject, body = (yes, APPROVED) if approved else (no, refusal)
    accounts.write_letter(to=to, key=key, subject=subject, body=body, path=reverse(page), reason=reason)
