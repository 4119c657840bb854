"""What the pages of a visit show, as plain values for the templates."""

from typing import Any

from accounts.models import User
from bookings.models import FINISHED, Booking, State
from bookings.services import are_parted
from common.clock import database_now_ms, moment
from common.words import in_short
from listings.kinds import KINDS
from visits import services
from visits.models import StageName, VisitPlan


def visit_part(booking: Booking, user: User) -> dict[str, Any] | None:
    """What its page shows of a visit, to one of the two; None where nothing is planned and no stages are noted.

    `version` changes with what is shown.
    """
    plan = plan_of(booking)
    stages = stages_part(booking, user) if services.has_stages(booking) else None
    if plan is None and stages is None:
        return None
    needs = services.needs_for(plan, user) if plan else None
    return {
        "plan": plan,
        "needs": needs,
        "locked_away": plan is not None and services.may_read(booking, user) and services.is_locked_away(plan),
        "handover": services.handover_for(plan, user) if plan else "",
        "stages": stages,
        **_may(booking, user, plan),
        "version": f"{_seen(plan, needs)} {len(stages['noted']) if stages else 0}",
    }


def _seen(plan: VisitPlan | None, needs: services.Needs | None) -> str:
    """Of what is sealed as it is sealed: nothing of its content is written anywhere but in its place."""
    if plan is None:
        return ""
    kept = [bytes(one or b"") for one in (plan.needs, plan.handover)]
    return in_short(plan.patient, plan.meeting_point, plan.erased_at, needs is None, *kept)


def _may(booking: Booking, user: User, plan: VisitPlan | None) -> dict[str, bool]:
    mine, kept = user.pk == booking.client_id, plan is not None and plan.consent_id is not None and not plan.erased_at
    begun = booking.live_since_ms is not None or booking.state in FINISHED
    return {
        "may_change": mine and plan is not None and services.may_change(booking),
        "may_withdraw": mine and kept,
        "may_hand_over": kept and begun and user.pk == booking.companion_id and not are_parted(booking),
        "health_hidden": kept and not services.may_read(booking, user),
    }


def stages_part(booking: Booking, user: User | None = None) -> dict[str, Any]:
    """How far the two are. For whoever may see it: nothing medical. `buttons` and `last` are for the companion."""
    noted, now = services.stages_of(booking), database_now_ms()
    hers = user is not None and user.pk == booking.companion_id and booking.state == State.LIVE
    last = noted[-1] if noted else None
    can_undo = hers and last is not None and services.can_be_taken_back(last, noted, now)
    return {
        "noted": [{"label": one.get_name_display(), "at": moment(one.at_ms)} for one in noted],
        "came": _at(booking.came_ms),
        "began": _at(booking.live_since_ms or _first_ms(booking)),
        "ended": _at(booking.ended_ms),
        "buttons": [one for one in StageName if last is None or one != last.name] if hers else [],
        "proposed": _next(last.name if last else None),
        "last": last if can_undo else None,
    }


def plan_of(booking: Booking) -> VisitPlan | None:
    kind = KINDS.get(booking.terms.kind)
    if kind is None or not kind.plan_page:
        return None
    return VisitPlan.objects.select_related("booking", "consent").filter(booking=booking).first()


def _next(name: str | None) -> StageName | None:
    """The stage that usually follows; None after the last."""
    order = list(StageName)
    after = 0 if name is None else order.index(StageName(name)) + 1
    return order[after] if after < len(order) else None


def _first_ms(booking: Booking) -> int | None:
    return booking.segments.order_by("start_ms").values_list("start_ms", flat=True).first()


def _at(ms: int | None) -> Any:
    return None if ms is None else moment(ms)
