"""What was measured of a companion. Computed elsewhere and only shown here; null means not enough yet."""

from django.db import models
from django.db.models import Q

SHARES = ("acceptance_pm", "on_time_pm", "completion_pm")


class Figures(models.Model):
    """Shares are permille, rounded down; how each is counted is said in bookings/services/figures.py."""

    reply_median_ms = models.PositiveIntegerField(null=True, blank=True, editable=False)
    acceptance_pm = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    on_time_pm = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    completion_pm = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    figures_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def shares_are_permille() -> Q:
    shares = Q()
    for name in SHARES:
        shares &= Q(**{name: None}) | Q(**{f"{name}__lte": 1000})
    return shares
