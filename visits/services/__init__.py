"""What other apps may ask of visits."""

from visits.services.erasing import KEPT_DAYS, erase_due, withdraw_consent
from visits.services.handover import write_handover
from visits.services.needs import Help, Needs, handover_for, is_locked_away, may_read, needs_for
from visits.services.planning import CONSENT_VERSION, Plan, change_plan, is_in_force, may_change, order_visit
from visits.services.resealing import reseal_visits
from visits.services.stages import can_be_taken_back, has_stages, note_stage, stages_of, take_back_stage

__all__ = [
    "CONSENT_VERSION",
    "KEPT_DAYS",
    "Help",
    "Needs",
    "Plan",
    "can_be_taken_back",
    "change_plan",
    "erase_due",
    "handover_for",
    "has_stages",
    "is_in_force",
    "is_locked_away",
    "may_change",
    "may_read",
    "needs_for",
    "note_stage",
    "order_visit",
    "reseal_visits",
    "stages_of",
    "take_back_stage",
    "withdraw_consent",
    "write_handover",
]
