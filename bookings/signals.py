"""What bookings tells the apps above, once per step. Receivers run inside the sender's transaction."""

from django.dispatch import Signal

booking_stepped = Signal()
"""The booking changed its state. Arguments: booking (as it is now), step (the change that is told)."""

booking_touched = Signal()
"""What both pages show has changed without a step: somebody is there, or a code is new. Argument: booking."""

parting = Signal()
"""Two people part: `by` leaves `other`. Receivers return a queryset of further open bookings in which they would meet:
their rows are locked together with those of the two, before any money moves. Arguments: by, other."""

parted = Signal()
"""The two have parted, and all those rows are held still. Arguments: by, other."""

ticked_alone = Signal()
"""A second went by without Celery: what must not wait for it happens now."""

bill_explained = Signal()
"""A bill is told once more, beside the ledger. Receivers return a list of bookings.services.explaining.Line, of what
they own beside it. Argument: booking."""

chat_opened = Signal()
"""An appointment is near, and its chat opens. Argument: booking. What a receiver cannot do is tried again."""
