from safety.views.contacts import contact, contacts, remove
from safety.views.helping import sos, well
from safety.views.meeting import directions, late, part
from safety.views.sharing import revoke, share, shared, tell

__all__ = [
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
