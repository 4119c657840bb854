"""A dispute that is won frees what could not be sent back while it lasted."""

from django.db.models import Exists, F, OuterRef, QuerySet

from payments.models import Dispute, Refund
from payments.models.payment import DISPUTED


def won_and_owed() -> QuerySet[Dispute]:
    """Those after which a refund that failed because of them has not been asked for again. Once: what fails for another
    reason afterwards is for finance."""
    of_payment = Refund.objects.filter(payment=OuterRef("payment"))
    failed = of_payment.filter(status=Refund.Status.FAILED, failure_reason__in=DISPUTED)
    again = of_payment.filter(requested_at__gt=OuterRef("closed_at"))
    still_here = {"payment__amount__gt": F("payment__refunded") + F("payment__charged_back")}
    won = Dispute.objects.filter(outcome=Dispute.Outcome.WON, **still_here)
    return won.filter(Exists(failed), ~Exists(again)).order_by("closed_at")
