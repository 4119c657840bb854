from safety.views.contacts import contact, contacts, remove
from safety.views.helping import all_clear, sos, well
from safety.views.meeting import directions, late, part
from safety.views.sharing import revoke, share, shared, tell

__all__ = [
    "all_clear",
    "contact",
    "contacts",
    "directions",
    "late",
    "part",
    "remove",
    "revoke",
    "share",
    "shared",
    "sos",
    "tell",
    "well",
]
