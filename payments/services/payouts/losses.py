"""What banks took back of a companion's earnings, in words she reads."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import Dispute, Transfer, TransferKind
from payments.words import REASONS

OTHER_REASON = _("The bank decided so and does not tell us more.")


@dataclass(frozen=True, slots=True)
class Lost:
    """`amount` fen of an earning that a bank took back, why and when that was booked."""

    amount: int
    reason: Promise
    at: datetime | None


def reason_of(dispute: Dispute) -> Promise:
    """In the reader's language."""
    return REASONS.get(dispute.reason, OTHER_REASON)


def lost(refs: Collection[UUID]) -> dict[UUID, list[Lost]]:
    """What was lost of each of these earnings, in order; nothing for most. Two queries."""
    hers = Transfer.objects.filter(kind=TransferKind.LOST_COMPANION, ref__in=refs)
    amounts = {(ref, seq): amount for ref, seq, amount in hers.values_list("ref", "seq", "amount")}
    losses: dict[UUID, list[Lost]] = defaultdict(list)
    for one in Dispute.objects.filter(ref__in={ref for ref, _seq in amounts}).order_by("seq"):
        if amount := amounts.get((one.ref, one.seq)):
            losses[one.ref].append(Lost(amount, reason_of(one), one.booked_at))
    return losses
