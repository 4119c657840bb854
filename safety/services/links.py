"""The link to a meeting. 192 random bits; found by their hash, shown again from what is sealed."""

import hashlib
import secrets

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import take_back_letter
from bookings.models import Booking
from common.clock import database_now_ms
from common.sealing import seal, unseal
from safety.errors import NotShared
from safety.models import Alarm, Link
from safety.services.moments import is_dead, was_agreed

TOKEN_BYTES = 24


def link_of(booking: Booking, user: User) -> Link | None:
    """His link, unless it was taken back."""
    return Link.objects.filter(booking=booking, user=user, revoked_at=None).first()


@transaction.atomic
def share(*, booking: Booking, by: User, now_ms: int | None = None) -> Link:
    """His link to this meeting, made with the first call. It stays where its address can no longer be shown: those who
    have it go on reading.

    Raises NotShared before the meeting is agreed and once its links are dead. `now_ms` is for tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    if not was_agreed(booking) or is_dead(booking, now):
        raise NotShared
    return link_of(booking, by) or _made(booking, by)


@transaction.atomic
def share_anew(*, booking: Booking, by: User, now_ms: int | None = None) -> Link:
    """His link with an address that can be shown: where the key it was sealed with is gone, another one, and the one
    handed out before is dead. Twice is once. Raises NotShared. `now_ms` is for tests."""
    link = share(booking=booking, by=by, now_ms=now_ms)
    if address_of(link):
        return link
    revoke(booking=booking, by=by)
    return _made(booking, by)


@transaction.atomic
def revoke(*, booking: Booking, by: User) -> None:
    """From now on the address is dead, and letters that only share it and wait are not sent. Twice is once.

    A call for help still goes out, and so does an all-clear; who was told stays written down.
    """
    link = Link.objects.select_for_update().filter(booking=booking, user=by, revoked_at=None).first()
    if link is None:
        return
    for key in link.notices.sharing().values_list("letter__key", flat=True):
        take_back_letter(key=key)
    link.sealed, link.revoked_at = None, timezone.now()
    link.save(update_fields=["sealed", "revoked_at"])


def address_of(link: Link) -> str:
    """The whole address, or nothing: the token was erased, or the key it was sealed with is gone."""
    if link.sealed is None:
        return ""
    try:
        token = unseal(bytes(link.sealed)).decode()
    except InvalidToken:
        return ""
    return f"{settings.SITE_URL}{reverse('safety:shared', args=[token])}"


def found(token: str) -> Link | None:
    """The link with this token, dead or alive."""
    links = Link.objects.select_related("user", "booking__terms", "booking__client", "booking__listing__companion")
    return links.filter(fingerprint=_fingerprint(token)).first()


def names_place(link: Link) -> bool:
    """Where a kind notes stages, the place is the client's own business; a companion's link names it once she called
    for help."""
    booking = link.booking
    if link.user_id == booking.client_id or not booking.listing.policy.stages:
        return True
    return Alarm.objects.filter(booking=booking, user=link.user_id).exists()


def _made(booking: Booking, by: User) -> Link:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = Link(booking=booking, user=by, fingerprint=_fingerprint(token), sealed=seal(token.encode()))
    # Another tap may be first: then its link is the one.
    Link.objects.bulk_create([link], ignore_conflicts=True)
    return Link.objects.get(booking=booking, user=by, revoked_at=None)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
