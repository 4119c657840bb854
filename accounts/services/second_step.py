import logging
from uuid import uuid4

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.letters import write_letter
from common.sealing import reseal

log = logging.getLogger(__name__)
# What allauth keeps through the adapter's `encrypt`.
SEALED = ("secret", "seed")

SUBJECT = _("Your second step was changed")
BODY = _(
    "An authenticator or recovery codes of your account were just set up, removed or made anew.\n\n"
    "If it was not you, change your password now and write to us."
)


def tell_of_second_step(*, to: User) -> None:
    """By mail, so that nobody changes it unseen; each time."""
    write_letter(to=to, key=f"second-step:{uuid4()}", subject=SUBJECT, body=BODY, path=reverse("mfa_index"))


def reseal_second_steps() -> int:
    """Puts all of them under the first of DOCUMENT_KEYS. Returns how many; those that no key opens stay as they are and
    are named in the log."""
    return sum(_reseal(pk) for pk in list(Authenticator.objects.values_list("pk", flat=True)))


@transaction.atomic
def _reseal(pk: int) -> bool:
    # Under the lock: a recovery code may be used up meanwhile.
    found = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        return False
    try:
        found.data |= {name: reseal(found.data[name].encode()).decode() for name in SEALED if name in found.data}
    except InvalidToken:
        log.error("no key opens the second step %s", pk)
        return False
    found.save(update_fields=["data"])
    return True
