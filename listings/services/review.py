"""A listing's way through review. Rows are locked in this order everywhere: case, revision, companion, listing."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from common.database import broken_constraint
from listings.errors import (
    CertificateLacking,
    CompanionNotApproved,
    KindNotAppliedFor,
    ListingNotFound,
    NoProfile,
    NotAppliedYet,
    NotPublished,
    TooManyListings,
)
from listings.kinds import KINDS
from listings.models import TEXT_FIELDS, ApplicationState, Companion, Decision, Listing, ListingRevision, State
from listings.services import proposing
from listings.services.proposing import close
from listings.services.shelving import index_words
from places import services as places
from vetting import services as vetting

REVIEW = "listing"
REFUSALS = {
    "listing_companion_is_approved": CompanionNotApproved,
    "listing_published_has_certificate": CertificateLacking,
}
LISTINGS_PER_COMPANION = 10


@transaction.atomic
def submit_listing(*, by: User, text: dict[str, Any], listing: Listing | None = None) -> ListingRevision:
    """Hand in a text for review: of a new listing (`text["kind"]` says which), or as an edit of one's own.

    A published listing keeps its approved text meanwhile; a text that already waits is replaced. A hospital of the
    table gets its official name and its district, whatever it was called.
    Raises NoProfile, NotAppliedYet, KindNotAppliedFor, TooManyListings, ListingNotFound, SubmittedTwice,
    DecidedMeanwhile.
    """
    if listing is None:
        listing = _new_listing(by, text["kind"])
    elif not Listing.objects.filter(pk=listing.pk, companion__user=by).exists():
        raise ListingNotFound
    values = _at_known_place(_own_text(listing.kind, text)) | {"kind": listing.kind}
    revision = proposing.hand_in(case_kind=REVIEW, proposals=listing.revisions, values=values, by=by)
    unseen = Listing.objects.filter(pk=listing.pk, status__in=[State.DRAFT, State.REJECTED])
    unseen.update(status=State.PENDING)
    listing.refresh_from_db(fields=["status"])
    return revision  # type: ignore[return-value]


@transaction.atomic
def withdraw(*, by: User, listing: Listing) -> None:
    """Take back the text that waits for review. Raises NothingToWithdraw, DecidedMeanwhile."""
    own = listing.revisions.filter(listing__companion__user=by)
    proposing.take_back(case_kind=REVIEW, proposals=own, by=by)
    Listing.objects.filter(pk=listing.pk, status=State.PENDING).update(status=State.DRAFT)


@transaction.atomic
def apply_decision(*, revision: ListingRevision, approved: bool, reason: str) -> None:
    """What a moderator's decision does to the listing; its case is locked by the caller.

    Raises CompanionNotApproved or CertificateLacking when it would be published and its companion may not offer it yet.
    """
    close(revision, Decision.APPROVED if approved else Decision.REJECTED, reason)
    listing = Listing.objects.select_for_update().get(pk=revision.listing_id)
    if approved:
        listing.copy_text_from(revision)
        listing.approved_at = revision.decided_at
        listing.valid_until = _last_day(listing) or listing.valid_until
    if listing.status == State.PENDING:
        listing.status = State.PUBLISHED if approved else State.REJECTED
    _save_decided(listing)
    index_words(companion=listing.companion)


def hide(*, by: User, listing: Listing) -> None:
    """Take one's published listing off the shelves. Raises NotPublished."""
    _turn(by, listing, State.PUBLISHED, State.HIDDEN)


@transaction.atomic
def show(*, by: User, listing: Listing) -> None:
    """Put one's hidden listing, with its approved text, back. Raises NotPublished."""
    _turn(by, listing, State.HIDDEN, State.PUBLISHED)
    index_words(companion=listing.companion)


@transaction.atomic
def refresh_valid_until(*, user: User) -> None:
    """Listings of kinds that ask for a certificate end with the user's best one."""
    # A listing that is handed in at this moment is there once the lock is given, or else reads the certificate itself.
    companion = _locked_companion(user)
    if companion is None:
        return
    for kind in KINDS.values():
        if best := vetting.valid_until(user, kind.certificates):
            companion.listings.filter(kind=kind.key).update(valid_until=best)


def kinds_open_to(companion: Companion) -> list[str]:
    """Kinds she may write a listing of: approved, or handed in with an application that waits."""
    asked = companion.applications.filter(status=ApplicationState.PENDING).values_list("kinds", flat=True).first()
    return [key for key in KINDS if key in companion.approved_kinds or key in (asked or [])]


def _turn(by: User, listing: Listing, old: State, new: State) -> None:
    hers = Companion.objects.filter(user=by)
    if not Listing.objects.filter(pk=listing.pk, companion__in=hers, status=old).update(status=new):
        raise NotPublished


def _new_listing(by: User, kind: str) -> Listing:
    # The lock makes the count true until this listing is in it, and so is the last day of her certificate.
    companion = _locked_companion(by)
    if companion is None:
        raise NoProfile
    kinds = kinds_open_to(companion)
    if kind not in kinds:
        raise KindNotAppliedFor if kinds else NotAppliedYet
    if companion.listings.count() >= LISTINGS_PER_COMPANION:
        raise TooManyListings
    valid_until = vetting.valid_until(by, KINDS[kind].certificates)
    return Listing.objects.create(companion=companion, kind=kind, valid_until=valid_until)


def _locked_companion(user: User) -> Companion | None:
    return Companion.objects.select_for_update(no_key=True).filter(user=user).first()


def _last_day(listing: Listing) -> date | None:
    return vetting.valid_until(listing.companion.user, listing.policy.certificates)


def _own_text(kind: str, text: dict[str, Any]) -> dict[str, Any]:
    foreign = {*KINDS[kind].foreign_numbers, *KINDS[kind].foreign_words}
    return {name: text[name] for name in TEXT_FIELDS if name in text and name not in foreign}


def _at_known_place(text: dict[str, Any]) -> dict[str, Any]:
    hospital = places.find(text.get("city", ""), text["hospital"]) if text.get("hospital") else None
    return text if hospital is None else text | {"hospital": hospital.name, "district": hospital.district}


def _save_decided(listing: Listing) -> None:
    try:
        with transaction.atomic():
            listing.save(update_fields=[*TEXT_FIELDS, "approved_at", "status", "valid_until"])
    except IntegrityError as error:
        if (refusal := REFUSALS.get(broken_constraint(error))) is None:
            raise
        raise refusal from error
