"""The step before an order in person, as plain values for the templates."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from listings.models import Listing
from listings.slots import picker
from vetting.services import identity_of


def identify_page(listing: Listing, user: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen (`asked`: minutes, starts_at), whether it is free still, and the user's newest check."""
    chosen = picker(listing, asked)
    return {"listing": listing, "picker": chosen, "check": identity_of(user), "free": chosen.starts_at is not None}
