from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking

MOST_TASTES, TASTE_LENGTH = 8, 10


class MealPaidBy(models.TextChoices):
    """Who pays what is eaten, which is no part of the order."""

    CLIENT = "client", _("The client pays")
    EACH = "each", _("Each pays for themselves")
    COMPANION = "companion", _("The companion pays")


class MealPlan(models.Model):
    """What goes along with a meal: the public place, as agreed before the order, and what the client likes."""

    booking = models.OneToOneField(Booking, models.PROTECT, primary_key=True, related_name="meal_plan")
    venue = models.CharField(_("Place"), max_length=40)
    address = models.CharField(_("Address"), max_length=80)
    district = models.CharField(_("District"), max_length=20)
    paid_by = models.CharField(_("The meal"), max_length=10, choices=MealPaidBy)
    tastes = ArrayField(models.CharField(max_length=TASTE_LENGTH), verbose_name=_("Tastes"), default=list, blank=True)

    class Meta:
        verbose_name = _("meal plan")
        verbose_name_plural = _("meal plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(venue__trim__length__gte=2, address__trim__length__gte=2, district__trim__length__gte=2),
                name="meal_has_place",
            ),
            models.CheckConstraint(condition=Q(paid_by__in=MealPaidBy.values), name="meal_paid_by_somebody"),
            models.CheckConstraint(condition=Q(tastes__len__lte=MOST_TASTES), name="meal_few_tastes"),
        ]

    def __str__(self) -> str:
        return f"{self.venue} for {self.booking_id}"
