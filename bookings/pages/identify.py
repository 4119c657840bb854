"""The step before an order in person, as plain values for the templates."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from bookings.pages.chosen import chosen_part
from listings.models import Listing
from vetting.services import identity_of


def identify_page(listing: Listing, user: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen, and the user's newest check."""
    return {**chosen_part(listing, asked), "check": identity_of(user)}
