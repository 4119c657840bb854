"""What Stripe wants to know of an account, and what the account may do meanwhile; all of it follows from `Known`."""

from dataclasses import dataclass, field
from typing import Any

BANK = "external_account"
NEEDED = (
    BANK,
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.first_name",
    "individual.id_number",
    "individual.last_name",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)
CHECKED = ("individual.id_number",)
MORE_WHEN_MISSING = ("individual.verification.document",)
REASONS = (
    "action_required.requested_capabilities",
    "listed",
    "other",
    "platform_paused",
    "requirements.past_due",
    "under_review",
)
# How the check of what was told ends.
GOOD, MISSING, REJECTED = "good", "missing", "rejected"
OUTCOMES = (GOOD, MISSING, REJECTED)
MISSING_ERROR = {
    "code": "verification_document_missing_front",
    "reason": "The front of the identity document is missing. Please provide it.",
    "requirement": MORE_WHEN_MISSING[0],
}


@dataclass
class Known:
    """The part of an account that Stripe keeps to itself. `deadline` (a timestamp) is when `asked` starts to bite;
    `home` is where its holder last came from."""

    given: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    reason: str | None = None
    deadline: int | None = None
    submitted: bool = False
    checking: bool = False
    outcome: str = GOOD
    rejected: bool = False
    deauthorized: bool = False
    home: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)

    def give(self, names: list[str]) -> None:
        self.given = sorted({*self.given, *names})
        self.errors = [one for one in self.errors if one["requirement"] not in self.given]

    def ask(self, names: list[str]) -> None:
        self.asked = sorted({*self.asked, *names})
        self.given = [one for one in self.given if one not in names]

    def due(self, bank: dict[str, Any] | None) -> list[str]:
        wanted = {*NEEDED, *self.asked} - {BANK}
        no_bank = bank is None or bank["status"] == "errored" or (BANK in self.asked and BANK not in self.given)
        return sorted({one for one in wanted if one not in self.given} | ({BANK} if no_bank else set()))


def blocking(due: list[str]) -> list[str]:
    """A missing bank account stops payouts, not transfers."""
    return [one for one in due if one != BANK]


def disabled_reason(known: Known, due: list[str], now: int) -> str | None:
    if known.rejected:
        return "rejected.other"
    if not known.submitted:
        return "requirements.past_due"
    if now >= (known.deadline or 0) and (known.reason or blocking(due)):
        return known.reason or "requirements.past_due"
    return "requirements.pending_verification" if known.checking else None


def state(known: Known, bank: dict[str, Any] | None, requested: list[str], now: int) -> dict[str, Any]:
    """The fields of the account that follow."""
    due = known.due(bank)
    reason = disabled_reason(known, due, now)
    active = reason is None
    capability = "active" if active else "pending" if reason == "requirements.pending_verification" else "inactive"
    return {
        "capabilities": dict.fromkeys(requested, capability),
        "charges_enabled": active and bool(requested),
        "details_submitted": known.submitted,
        "payouts_enabled": active and bool(requested) and BANK not in due,
        "requirements": {
            **nothing(),
            "current_deadline": known.deadline if blocking(due) else None,
            "currently_due": due,
            "disabled_reason": reason,
            "errors": known.errors,
            "eventually_due": due,
            "past_due": blocking(due) if reason and not known.rejected else [],
            "pending_verification": list(CHECKED) if known.checking else [],
        },
    }


def nothing() -> dict[str, Any]:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }
