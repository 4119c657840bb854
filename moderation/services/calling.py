"""What cannot wait calls those on duty."""

from datetime import timedelta

from django.contrib.auth.backends import ModelBackend
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.services import write_letter
from moderation.models import DECIDE, ReviewCase

CALL = _("At once: %(kind)s")
CALL_BODY = _(
    "A case waits for you that cannot wait: %(kind)s. Its page says who, where and when, and whom to call. Please open "
    "it now, and write there whom you reached."
)
CALL_GOOD_FOR = timedelta(hours=24)


def call_those_on_duty(case: ReviewCase) -> None:
    """A letter to each active moderator who may decide it. It names nobody: a mailbox is not the case's page."""
    moderators = ModelBackend().with_perm(DECIDE)
    apart = {case.owner_id, case.opened_by_id, *case.parties.values_list("pk", flat=True)}
    for moderator in moderators.exclude(pk__in=apart):
        with translation.override(moderator.language):
            kind = case.kind_label
        write_letter(
            to=moderator,
            key=f"case:{case.pk}:{case.version}:{moderator.pk}",
            subject=CALL,
            body=CALL_BODY,
            path=reverse("moderation:case", args=[case.pk]),
            good_for=CALL_GOOD_FOR,
            kind=kind,
        )
