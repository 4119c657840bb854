from uuid import UUID

from payments.models import Abandonment, Payout, Refund, Reversal


def why_not_at_rest(ref: UUID) -> str:
    """Why nothing that people did past us can be booked for the order yet; "" when it can. What is under way may be the
    very thing, whose answer was lost, or leave by itself; what goes on still wants its money."""
    if not Abandonment.objects.filter(pk=ref).exists():
        return "the order goes on, or there is none"
    under_way = [
        Refund.objects.filter(ref=ref, status__in=[Refund.Status.REQUESTED, Refund.Status.PENDING]),
        Payout.objects.filter(earning=ref, status=Payout.Status.REQUESTED),
        Reversal.objects.filter(payout__earning=ref, status=Reversal.Status.REQUESTED),
    ]
    busy = any(rows.exists() for rows in under_way)
    return "something of the order is under way: wait until it is answered" if busy else ""
