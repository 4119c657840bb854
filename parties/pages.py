"""What the pages of an order show of who comes along, as plain values for the templates."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Extract

from accounts.models import User
from bookings.errors import NotIdentified, NotMet
from bookings.models import PARTLY_KEPT, RUNNING, Booking, Share, State, Step
from bookings.pages import poll_s
from bookings.pages.moving import moving_part
from bookings.services.cancelling import Rule, late_cancel_ms, percent_back
from common.clock import MS_PER_MINUTE, database_now_ms, moment
from common.money import MINUTES_PER_HOUR
from common.words import in_short
from parties import services
from parties.errors import NoSeat
from parties.models import Guest, Party
from payments import services as payments

NEWS, NEWS_FOR = 5, timedelta(hours=12)


def party_part(booking: Booking, user: User) -> dict[str, Any] | None:
    """Who comes and who has paid, to one of the two or to a guest; None of an order for one.

    `has_to_pay` while a part waits for the reader, `due_fen` is what of it is open, `rest_fen` what nobody has paid
    yet, for who ordered; `link` is the invitation while seats are free, for who ordered, and `invites_next` that
    nothing is left for him to pay first.
    """
    party = Party.objects.filter(booking=booking).first()
    if party is None:
        return None
    is_shared = booking.terms.is_shared
    shares = list(booking.shares.wanted()) if is_shared else []
    seats, is_host = _seats(booking, party, user, shares), user.pk == booking.client_id
    page = {
        "size": party.size,
        "seats": seats,
        "free": party.size - len(seats),
        "is_shared": is_shared,
        "is_host": is_host,
        "is_companion": user.pk == booking.companion_id,
        "is_seated": any(seat["mine"] for seat in seats),
        "is_open": services.is_open(booking),
        **_money(booking, user, shares),
    }
    link = services.invitation(booking) if is_host and page["is_open"] and page["free"] else ""
    has_to_pay = booking.state == State.AWAITING_PAYMENT and (not is_shared or page["has_to_pay"])
    page["invites_next"] = bool(link) and not has_to_pay
    return {**page, "link": link, "version": in_short(*page.values(), bool(link))}


def seat_page(booking: Booking, user: User) -> dict[str, Any]:
    """The order as a guest sees it. `paid_fen` is what of his came, `stays_fen` what of it is the companion's and the
    platform's, of an order that closed without a meeting; `is_on`: they are to meet, or together."""
    now_ms = database_now_ms()
    money, party = payments.money_of(ref=booking.pk).by(user.pk), party_part(booking, user)
    moved, refunds = _moved(booking, user, now_ms), [refund.status for refund in money.refunds]
    last_decline = money.first.last_decline if money.payments else ""
    unsure = [payment.unsure_since for payment in money.payments]
    return {
        "server_now_ms": now_ms,
        "left_ms": max(0, (booking.due_ms or now_ms) - now_ms),
        "booking": booking,
        "terms": booking.terms,
        "companion": booking.listing.companion,
        "host": booking.client,
        "money": money,
        "paid_fen": money.paid,
        "stays_fen": money.paid - money.refunded if booking.state in PARTLY_KEPT else 0,
        "last_decline": last_decline,
        "party": party,
        "poll_s": poll_s(booking) if booking.due_ms is not None else 0,
        "version": in_short(booking.state, booking.starts_ms, party, moved["moving"], last_decline, unsure, refunds),
        "is_on": booking.state in (State.ACCEPTED, *RUNNING),
        "is_in": Guest.objects.filter(party=booking.pk, user=user).exists(),
        **moved,
    }


def invitation_page(booking: Booking, user: User | AnonymousUser) -> dict[str, Any]:
    """The order to somebody who has no seat, and may be anybody. `is_free` unless there is no seat for him,
    `may_join` when he can take one, `not_met` the words for whom its companion does not meet; `part_fen` is about what
    he would pay until `pay_by`, of an order that several pay and have not paid yet."""
    terms, party = booking.terms, booking.party
    waits = booking.state == State.AWAITING_PAYMENT and terms.is_shared
    return {
        "booking": booking,
        "terms": terms,
        "companion": booking.listing.companion,
        "host": booking.client,
        "size": party.size,
        **_seat_for(booking, user),
        "part_fen": terms.prepaid_fen // terms.shared_by if waits else 0,
        "pay_by": moment(booking.due_ms) if waits and booking.due_ms else None,
        "late_percent": percent_back(terms, Rule.LATE_CANCEL),
        "late_hours": late_cancel_ms(terms) // MS_PER_MINUTE // MINUTES_PER_HOUR,
    }


def _seat_for(booking: Booking, user: User | AnonymousUser) -> dict[str, Any]:
    try:
        if user.is_authenticated:
            services.check_seat(booking=booking, by=user)
        else:
            services.free_seat(booking)
    except NoSeat:
        return {"is_free": False}
    except NotMet as refusal:
        return {"is_free": True, "not_met": refusal}
    except NotIdentified:
        return {"is_free": True}
    return {"is_free": True, "may_join": user.is_authenticated}


def newcomers(user: User, now_ms: int) -> QuerySet[Guest]:
    """Who took a seat lately at a table that this companion had accepted before, the latest first."""
    lately = Guest.objects.filter(joined_at__gt=moment(now_ms) - NEWS_FOR)
    hers = lately.filter(party__booking__companion=user, party__booking__state=State.ACCEPTED)
    return _after_acceptance(hers).select_related("user", "party__booking__client").order_by("-joined_at")[:NEWS]


def _after_acceptance(guests: QuerySet[Guest]) -> QuerySet[Guest]:
    accepted = Step.objects.filter(booking=OuterRef("party"), state=State.ACCEPTED).values("at_ms")[:1]
    joined_ms = Extract("joined_at", "epoch", tzinfo=UTC) * 1000
    return guests.alias(accepted_ms=Subquery(accepted), joined_ms=joined_ms).filter(joined_ms__gt=F("accepted_ms"))


def _moved(booking: Booking, user: User, now_ms: int) -> dict[str, Any]:
    """`move`: another start, to who has paid a part, so is asked too; `moving`: changes with what he sees of it."""
    moving = moving_part(booking, user, now_ms)
    move = moving["move"] if moving["move_waits"] or (moving["move"] and moving["move"]["has_agreed"]) else None
    return {"move": move, "moving": move and in_short(move["pk"], move["has_agreed"], move["missing"])}


def _seats(booking: Booking, party: Party, user: User, shares: Sequence[Share]) -> list[dict[str, Any]]:
    guests = [guest.user for guest in party.guests.select_related("user").order_by("pk")]
    joined = _joined_since(booking, party) if user.pk == booking.companion_id else {}
    return [
        {
            "user": one,
            "joined": joined.get(one.pk),
            "mine": one.pk == user.pk,
            "paid": _has_paid(one, shares),
            "host": one.pk == booking.client_id,
            "blockable": user.pk in (booking.client_id, booking.companion_id) and one.pk != booking.client_id,
        }
        for one in [booking.client, *guests]
    ]


def _joined_since(booking: Booking, party: Party) -> dict[int, datetime]:
    """When whoever she did not count on when she accepted took a seat, by user; while it still is to come."""
    late = _after_acceptance(party.guests.all()) if booking.state == State.ACCEPTED else Guest.objects.none()
    return dict(late.values_list("user", "joined_at"))


def _has_paid(user: User, shares: Sequence[Share]) -> bool:
    his = [share.state for share in shares if share.payer_id == user.pk]
    return bool(his) and all(state == Share.State.PAID for state in his)


def _money(booking: Booking, user: User, shares: Sequence[Share]) -> dict[str, Any]:
    due = sum(share.amount_fen for share in shares if share.payer_id == user.pk and share.state == Share.State.OPEN)
    rest = booking.terms.prepaid_fen - sum(one.amount_fen for one in shares if one.state == Share.State.PAID)
    waits = booking.state == State.AWAITING_PAYMENT and booking.terms.is_shared
    mine = sum(share.amount_fen for share in shares if share.payer_id == user.pk)
    return {
        "waits": waits,
        "has_to_pay": waits and (due > 0 or mine == 0),
        "pay_by": moment(booking.due_ms) if waits and booking.due_ms else None,
        "due_fen": due if waits else 0,
        "rest_fen": rest if waits and user.pk == booking.client_id and rest > due else 0,
        "my_fen": mine,
        "has_paid": _has_paid(user, shares),
    }
