"""What was chosen, on the pages between the choice and the payment, as plain values for the templates."""

from collections.abc import Mapping
from typing import Any

from listings.models import Listing
from listings.slots import picker


def chosen_part(listing: Listing, asked: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen (`asked`: minutes, starts_at), and whether it is free still."""
    chosen = picker(listing, asked)
    return {"listing": listing, "picker": chosen, "free": chosen.starts_at is not None}
