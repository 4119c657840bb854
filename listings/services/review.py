"""A listing's way through review. Rows are locked in this order everywhere: case, revision, listing."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from listings.errors import (
    DecidedMeanwhile,
    ListingNotFound,
    NoProfile,
    NothingToWithdraw,
    NotPublished,
    SubmittedTwice,
    TooManyListings,
)
from listings.kinds import KINDS
from listings.models import TEXT_FIELDS, Companion, Decision, Listing, ListingRevision, State
from listings.services.shelving import index_words
from moderation import services as moderation
from moderation.errors import AlreadyDecided

REVIEW = "listing"
LISTINGS_PER_COMPANION = 10


@transaction.atomic
def submit_listing(*, by: User, text: dict[str, Any], listing: Listing | None = None) -> ListingRevision:
    """Hand in a text for review: of a new listing (`text["kind"]` says which), or as an edit of one's own.

    A published listing keeps its approved text meanwhile; a text that already waits is replaced.
    Raises NoProfile, TooManyListings, ListingNotFound, SubmittedTwice, DecidedMeanwhile.
    """
    if listing is None:
        listing = _new_listing(by, text["kind"])
    elif not Listing.objects.filter(pk=listing.pk, companion__user=by).exists():
        raise ListingNotFound
    values = _own_text(listing.kind, text)
    waiting = listing.revisions.filter(status=Decision.PENDING).first()
    return _replace(waiting, values, by) if waiting else _propose(listing, values, by)


@transaction.atomic
def withdraw(*, by: User, listing: Listing) -> None:
    """Take back the text that waits for review. Raises NothingToWithdraw, DecidedMeanwhile."""
    waiting = listing.revisions.filter(status=Decision.PENDING, listing__companion__user=by).first()
    if waiting is None:
        raise NothingToWithdraw
    try:
        moderation.withdraw_case(kind=REVIEW, target=waiting, by=by)
    except AlreadyDecided as error:
        raise DecidedMeanwhile from error
    _close(waiting, Decision.WITHDRAWN)
    Listing.objects.filter(pk=listing.pk, status=State.PENDING).update(status=State.DRAFT)


@transaction.atomic
def apply_decision(*, revision: ListingRevision, approved: bool, reason: str) -> None:
    """What a moderator's decision does to the listing; its case is locked by the caller."""
    _close(revision, Decision.APPROVED if approved else Decision.REJECTED, reason)
    listing = Listing.objects.select_for_update().get(pk=revision.listing_id)
    if approved:
        listing.copy_text_from(revision)
        listing.approved_at = revision.decided_at
    if listing.status == State.PENDING:
        listing.status = State.PUBLISHED if approved else State.REJECTED
    listing.save(update_fields=[*TEXT_FIELDS, "approved_at", "status"])
    index_words(companion=listing.companion)


def hide(*, by: User, listing: Listing) -> None:
    """Take one's published listing off the shelves. Raises NotPublished."""
    _turn(by, listing, State.PUBLISHED, State.HIDDEN)


@transaction.atomic
def show(*, by: User, listing: Listing) -> None:
    """Put one's hidden listing, with its approved text, back. Raises NotPublished."""
    _turn(by, listing, State.HIDDEN, State.PUBLISHED)
    index_words(companion=listing.companion)


def _turn(by: User, listing: Listing, old: State, new: State) -> None:
    if not Listing.objects.filter(pk=listing.pk, companion__user=by, status=old).update(status=new):
        raise NotPublished


def _new_listing(by: User, kind: str) -> Listing:
    # The lock makes the count true until this listing is in it.
    companion = Companion.objects.select_for_update().filter(user=by).first()
    if companion is None:
        raise NoProfile
    if companion.listings.count() >= LISTINGS_PER_COMPANION:
        raise TooManyListings
    return Listing.objects.create(companion=companion, kind=kind)


def _own_text(kind: str, text: dict[str, Any]) -> dict[str, Any]:
    foreign = {*KINDS[kind].foreign_numbers, *KINDS[kind].foreign_words}
    return {name: text[name] for name in TEXT_FIELDS if name in text and name not in foreign}


def _propose(listing: Listing, values: dict[str, Any], by: User) -> ListingRevision:
    try:
        with transaction.atomic():
            revision = ListingRevision.objects.create(listing=listing, kind=listing.kind, **values)
    except IntegrityError as error:
        if listing.revisions.filter(status=Decision.PENDING).exists():
            raise SubmittedTwice from error
        raise
    moderation.open_case(kind=REVIEW, target=revision, by=by)
    unseen = Listing.objects.filter(pk=listing.pk, status__in=[State.DRAFT, State.REJECTED])
    unseen.update(status=State.PENDING)
    listing.refresh_from_db(fields=["status"])
    return revision


def _replace(waiting: ListingRevision, values: dict[str, Any], by: User) -> ListingRevision:
    for name, value in values.items():
        setattr(waiting, name, value)
    waiting.submitted_at = timezone.now()
    moderation.open_case(kind=REVIEW, target=waiting, by=by)
    if not ListingRevision.objects.filter(pk=waiting.pk, status=Decision.PENDING).exists():
        raise DecidedMeanwhile
    waiting.save(update_fields=[*values, "submitted_at"])
    return waiting


def _close(revision: ListingRevision, status: Decision, reason: str = "") -> None:
    revision.status, revision.decided_at, revision.reason = status, timezone.now(), reason
    revision.save(update_fields=["status", "decided_at", "reason"])
