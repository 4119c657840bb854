"""What a companion has to know of the patient. In clear it is only ever in memory, and before the eyes of the two."""

import json
import logging
from dataclasses import asdict, dataclass

from cryptography.fernet import InvalidToken
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models import FINISHED, TOGETHER, Booking
from common.sealing import seal, unseal
from visits.models import VisitPlan

log = logging.getLogger(__name__)


class Help(TextChoices):
    QUEUE = "queue", _("Taking numbers and queueing")
    WHEELCHAIR = "wheelchair", _("A wheelchair, or an arm to lean on")
    HEARING = "hearing", _("Speaking up, or writing things down")
    NOTES = "notes", _("Noting what the doctor says")
    REPORTS = "reports", _("Fetching reports and medicine")
    CALM = "calm", _("Calm words; I am nervous")


@dataclass(frozen=True, slots=True)
class Needs:
    """All of it may be empty. `help` holds values of Help."""

    department: str = ""
    patient_name: str = ""
    patient_phone: str = ""
    words: str = ""
    help: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    @property
    def help_words(self) -> list[str]:
        return [str(Help(one).label) for one in self.help if one in Help.values]


def sealed(needs: Needs) -> bytes:
    return seal(json.dumps(asdict(needs), ensure_ascii=False).encode())


def needs_for(plan: VisitPlan, reader: User) -> Needs | None:
    """For the client while it is kept, for the companion from her acceptance on; None for her after an order that did
    not come about, for everybody else, and of what no key opens any more."""
    if plan.needs is None or not may_read(plan.booking, reader) or (clear := _opened(plan.needs)) is None:
        return None
    told = json.loads(clear)
    return Needs(**{**told, "help": tuple(told["help"])})


def handover_for(plan: VisitPlan, reader: User) -> str:
    """The companion's notes, for the same two; empty when there are none, or no key opens them any more."""
    if plan.handover is None or not may_read(plan.booking, reader):
        return ""
    return _opened(plan.handover) or ""


def is_locked_away(plan: VisitPlan) -> bool:
    """Something is kept that no key opens any more."""
    return any(sealed is not None and _opened(sealed) is None for sealed in (plan.needs, plan.handover))


def _opened(sealed: bytes | memoryview) -> str | None:
    try:
        return unseal(sealed).decode()
    except InvalidToken:
        log.error("what is kept of a visit opens with none of DOCUMENT_KEYS")
        return None


def may_read(booking: Booking, reader: User) -> bool:
    """What is sealed of the visit is open to this reader."""
    if reader.pk == booking.client_id:
        return True
    return reader.pk == booking.companion_id and booking.state in (*TOGETHER, *FINISHED)
