"""What accounts tells the apps above. Receivers run inside the sender's transaction."""

from django.dispatch import Signal

user_blocked = Signal()
"""One user has just blocked another. Arguments: blocker, blocked (both User)."""

letter_leaves = Signal()
"""A letter is about to be sent. A receiver that knows of another address for it than that of the account it belongs to
returns it, or "" if it is not to be sent any more; None leaves it as it is. Argument: letter."""

letters_for_others = Signal()
"""Which letters are for somebody else than the account they belong to? They leave also when that account is closed. A
receiver returns a queryset of their ids. No arguments."""
