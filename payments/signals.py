"""What payments tells the apps above. Receivers run inside the sender's transaction; they are short."""

from django.dispatch import Signal

money_moving = Signal()
"""Money of an order is about to move by Stripe's word: a payment, or a refund that may have failed. Nothing is locked
yet. Who owns the order locks it here: it comes before its payments, and they before the accounts. Arguments: ref."""

payment_settled = Signal()
"""A payment succeeded and is in the ledger. Arguments: payment."""

payment_changed = Signal()
"""A payment was declined or its session expired. Arguments: payment."""

refund_changed = Signal()
"""A refund changed its status. Arguments: refund."""

books_checked = Signal()
"""The ledger is being checked. Receivers return a list of str, one for each thing wrong in what they own."""

payouts_asked = Signal()
"""Money is about to leave for companions. Receivers return those references of which it must not leave yet, because
somebody is still looking at what happened. Arguments: refs."""

dispute_changed = Signal()
"""A payer's bank asks for money back, or has decided. Arguments: dispute."""

evidence_asked = Signal()
"""A dispute is to be answered. Receivers return a list of payments.services.Evidence. Arguments: ref."""

reference_asked = Signal()
"""Somebody of finance looks for the money of something by the number people know it by. Receivers return its
reference, or None. Arguments: text."""

names_asked = Signal()
"""A companion is told of her money, or finance of anybody's. Receivers return a dict from those references that are
theirs to payments.services.Named. Arguments: refs."""
