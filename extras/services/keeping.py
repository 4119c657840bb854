"""A refused form comes back without its file: the photo is kept for its next try, sealed and for half an hour."""

from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import QuerySet

from bookings.models import Booking
from bookings.services.locking import lock_pair
from common.clock import MS_PER_MINUTE, database_now_ms
from common.sealing import seal, unseal
from extras.models import KeptReceipt
from vetting.pictures import Picture

RETRY_MS = 30 * MS_PER_MINUTE
# A companion with several receipts fills in several forms.
MOST_KEPT = 3


@transaction.atomic
def keep_photo(*, booking: Booking, request_key: UUID, photo: Picture) -> None:
    """For the form with that key; of a booking the MOST_KEPT that came last are kept."""
    lock_pair(booking.client_id, booking.companion_id)
    kept, of_booking = {"photo": seal(photo.content), "kept_ms": database_now_ms()}, _of(booking)
    KeptReceipt.objects.update_or_create(booking=booking, request_key=request_key, defaults=kept)
    newest = of_booking.order_by("-kept_ms", "-pk").values("pk")[:MOST_KEPT]
    of_booking.exclude(pk__in=newest).delete()


def kept_photo(*, booking: Booking, request_key: UUID) -> Picture | None:
    """None where nothing is kept for that form, any more, or no key opens it."""
    since = database_now_ms() - RETRY_MS
    kept = _of(booking).filter(request_key=request_key, kept_ms__gt=since).first()
    try:
        return Picture(unseal(kept.photo)) if kept else None
    except InvalidToken:
        return None


def forget_photo(*, booking: Booking, request_key: UUID) -> None:
    _of(booking).filter(request_key=request_key).delete()


def forget_due(*, now_ms: int | None = None) -> int:
    """Returns how many. `now_ms` is for tests: otherwise the database's clock."""
    by = (database_now_ms() if now_ms is None else now_ms) - RETRY_MS
    return KeptReceipt.objects.filter(kept_ms__lte=by).delete()[0]


def _of(booking: Booking) -> QuerySet[KeptReceipt]:
    return KeptReceipt.objects.filter(booking=booking)
