"""What a person keeps: listings she likes, and companions she waits for."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from listings.models.companion import Companion, online_now
from listings.models.listing import Listing

WATCHED_FOR = timedelta(days=7)
# "She is here now" is no news on a page an hour later.
SHOWN_FOR = timedelta(hours=1)


class Favourite(models.Model):
    """A listing somebody likes to find again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="favourite_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes listing {self.listing_id}"


class WatchQuerySet(models.QuerySet["Watch"]):
    def waiting(self) -> "WatchQuerySet":
        return self.filter(told_at=None, created_at__gt=Now() - WATCHED_FOR)

    def over(self) -> "WatchQuerySet":
        """Never told, and too old to be."""
        return self.filter(told_at=None, created_at__lte=Now() - WATCHED_FOR)

    def welcome(self) -> "WatchQuerySet":
        """Of active people whom no block keeps apart from the companion."""
        apart = Block.objects.between(OuterRef("user_id"), OuterRef("companion__user_id"))
        return self.filter(~Exists(apart), user__is_active=True)

    def to_show(self, user: User) -> "WatchQuerySet":
        """Whom this user waited for, who is still here and whom she has not seen announced."""
        news = self.welcome().filter(user=user, told_at__gt=Now() - SHOWN_FOR, seen_at=None)
        return news.filter(online_now("companion__")).select_related("companion").order_by("-told_at")


class Watch(models.Model):
    """Somebody wants to know, once, when a companion is here and free."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    companion = models.ForeignKey(Companion, models.CASCADE, related_name="watches")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    told_at = models.DateTimeField(null=True, editable=False, help_text="She was here and free.")
    seen_at = models.DateTimeField(null=True, editable=False, help_text="The notice on the site was put away.")

    objects: ClassVar[WatchQuerySet] = WatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        constraints = [
            models.UniqueConstraint(fields=["user", "companion"], condition=Q(told_at=None), name="watch_once"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=False) | Q(seen_at=None),
                name="watch_told_first",
            ),
        ]
        indexes = [
            models.Index(fields=["companion"], condition=Q(told_at=None), name="watch_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} waits for {self.companion_id}"

    @property
    def until(self) -> datetime:
        """When it ends by itself, told or not."""
        return self.created_at + WATCHED_FOR
