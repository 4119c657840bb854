"""What is done about each category: where the text stands, by whom it is, whether it offers or only suggests."""

from collections.abc import Mapping
from typing import Literal

from moderation.screening.findings import Action, Category

Role = Literal["client", "companion"]
Stage = Literal["listing", "profile", "review", "chat"]
ROLES: tuple[Role, ...] = ("client", "companion")
STAGES: tuple[Stage, ...] = ("listing", "profile", "review", "chat")

# What a companion sells and how he presents himself stands on the shelf: offers are refused, hints are looked at first.
SHOWN = {
    Category.CONTACT: (Action.BLOCK, Action.HOLD),
    Category.TRANSFER: (Action.BLOCK, Action.HOLD),
    Category.DATING: (Action.BLOCK, Action.HOLD),
    Category.SEXUAL: (Action.BLOCK, Action.HOLD),
    Category.THERAPY: (Action.BLOCK, Action.HOLD),
    Category.TOUTING: (Action.BLOCK, Action.HOLD),
    Category.INVESTMENT: (Action.BLOCK, Action.HOLD),
    # Who offers to listen to people in need names the need.
    Category.CRISIS: (Action.NOTE, Action.NOTE),
    # Nobody under 18 may offer anything; a moderator looks whether it is so.
    Category.MINOR: (Action.HOLD, Action.HOLD),
}
REVIEWED = {
    **dict.fromkeys(SHOWN, (Action.BLOCK, Action.BLOCK)),
    Category.THERAPY: (Action.ALLOW, Action.ALLOW),
    Category.CRISIS: (Action.CARD, Action.CARD),
    Category.MINOR: (Action.NOTE, Action.NOTE),
}
# In a chat the writer is told, and may edit: nobody is kept from speaking.
SAID = {
    **dict.fromkeys(SHOWN, (Action.NUDGE, Action.NUDGE)),
    Category.CRISIS: (Action.CARD, Action.CARD),
    Category.MINOR: (Action.NOTE, Action.NOTE),
}
# A client tells of a diagnosis, or of money lost.
SAID_BY_CLIENTS = {
    **SAID,
    Category.THERAPY: (Action.ALLOW, Action.ALLOW),
    Category.INVESTMENT: (Action.ALLOW, Action.ALLOW),
}

Row = Mapping[Category, tuple[Action, Action]]
POLICY: Mapping[tuple[Stage, Role], Row] = {
    ("listing", "companion"): SHOWN,
    ("listing", "client"): SHOWN,
    ("profile", "companion"): SHOWN,
    ("profile", "client"): SHOWN,
    ("review", "companion"): REVIEWED,
    ("review", "client"): REVIEWED,
    ("chat", "companion"): SAID,
    ("chat", "client"): SAID_BY_CLIENTS,
}


def action(category: Category, *, role: Role, stage: Stage, hint: bool) -> Action:
    return POLICY[stage, role][category][hint]


def of_all(actions: Mapping[Category, Action]) -> Action:
    """The greatest, but a cry for help is never held back: where a card is due, the card it is."""
    if actions.get(Category.CRISIS) == Action.CARD:
        return Action.CARD
    return max(actions.values(), default=Action.ALLOW)
