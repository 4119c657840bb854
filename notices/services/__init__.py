"""What other modules may ask of notices."""

from notices.gateway import Address, is_on, new_keys, public_key
from notices.services.devices import add_device, fingerprint, label_of, remove_device, signed_in_again, signed_out
from notices.services.forgetting import forget
from notices.services.letters import is_still_wanted
from notices.services.preferences import prefer, preference_of
from notices.services.sending import tell_due, tell_of_order
from notices.services.writing import note_order, write_notices

__all__ = [
    "Address",
    "add_device",
    "fingerprint",
    "forget",
    "is_on",
    "is_still_wanted",
    "label_of",
    "new_keys",
    "note_order",
    "prefer",
    "preference_of",
    "public_key",
    "remove_device",
    "signed_in_again",
    "signed_out",
    "tell_due",
    "tell_of_order",
    "write_notices",
]
