"""What accounts tells the apps above. Receivers run inside the sender's transaction."""

from django.dispatch import Signal

user_blocked = Signal()
"""One user has just blocked another. Arguments: blocker, blocked (both User)."""
