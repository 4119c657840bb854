"""What payments tells the apps above. Receivers run inside the sender's transaction; they are short."""

from django.dispatch import Signal

money_coming = Signal()
"""The money of a payment is about to be written down; nothing is locked yet. Who changes an order of his own in
`payment_settled` locks it here: the order comes before the accounts. Arguments: ref."""

payment_settled = Signal()
"""A payment succeeded and is in the ledger. Arguments: payment."""

payment_changed = Signal()
"""A payment was declined or its session expired. Arguments: payment."""

refund_changed = Signal()
"""A refund changed its status. Arguments: refund."""

books_checked = Signal()
"""The ledger is being checked. Receivers return a list of str, one for each thing wrong in what they own."""
