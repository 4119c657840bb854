"""What vetting tells the apps above. Receivers run inside the sender's transaction."""

from django.dispatch import Signal

certificate_decided = Signal()
"""A moderator approved or refused a certificate. Arguments: certificate."""
