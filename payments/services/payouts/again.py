"""An earning that was stopped goes on, once somebody of finance knows why it was."""

from uuid import UUID

from django.db import transaction

from payments import signals
from payments.models import Earning, Payout
from payments.services.locking import lock_payments


@transaction.atomic
def request_payout_again(*, ref: UUID) -> Earning | None:
    """The next release sends it off; what finance was told of it closes when it has arrived. None where nothing is
    stopped."""
    signals.money_moving.send(Payout, ref=ref)
    lock_payments(ref)
    earning = Earning.objects.select_for_update().exclude(stopped="").filter(ref=ref).first()
    if earning is not None:
        Earning.objects.filter(pk=ref).update(stopped="")
    return earning
