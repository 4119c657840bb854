"""What two people say of each other once their order is settled. Both appear together (see `services.reviews`)."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Avg, Count, Exists, F, Func, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.states import State
from listings.models import Listing
from moderation.models import DECIDE

if TYPE_CHECKING:
    from accounts.models import User

WORDS_LENGTH = 500
STARS = range(1, 6)
REVIEW_WINDOW_MS = 14 * 24 * 60 * 60_000
"""From the end: how long one may write, and when what was written appears at the latest. Also in sql/reviews.sql."""

SHOWN = Q(shown_at__isnull=False, removed_at=None)


class Side(models.TextChoices):
    """Who wrote it."""

    CLIENT = "client"
    COMPANION = "companion"


class ReviewQuerySet(models.QuerySet["Review"]):
    def shown(self) -> "ReviewQuerySet":
        return self.filter(SHOWN)

    def visible_to(self, user: "User | AnonymousUser") -> "ReviewQuerySet":
        """Who may read the listing reads what clients say of it, and each what is said of himself, once it is shown.

        Before that only its author does; what was removed, its author and moderators.
        """
        public = SHOWN & Q(side=Side.CLIENT, listing__in=Listing.objects.visible_to(user))
        if not user.is_authenticated:
            return self.filter(public)
        if user.has_perm(DECIDE):
            public = Q(shown_at__isnull=False)
        return self.filter(public | (SHOWN & Q(about=user)) | Q(author=user))

    def reportable_by(self, user: "User | AnonymousUser") -> "ReviewQuerySet":
        """What is up, readable by him and not his own."""
        return self.visible_to(user).shown().exclude(author=user.pk)

    def of_listing(self, listing: Listing) -> "ReviewQuerySet":
        """What stands on the listing's page, newest first: the order of writing is the order of the ids."""
        return self.shown().filter(listing=listing, side=Side.CLIENT).order_by("-pk")

    def said_of(self, user_id: int, *, side: Side) -> "ReviewQuerySet":
        """What is up about this user, as written by that side."""
        return self.shown().filter(about=user_id, side=side)


class Review(models.Model):
    """One side's word about the other, once per booking. Triggers (sql/reviews.sql) hold it to a settled order with a
    billed minute, to its 14 days, and to its words: stars and text never change and no row is ever deleted."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="reviews")
    side = models.CharField(max_length=9, choices=Side)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_written")
    about = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_received")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("Stars"))
    text = models.TextField(_("In words"), max_length=WORDS_LENGTH, blank=True)
    written_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("Answer"), max_length=WORDS_LENGTH, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    removed_reason = models.TextField(max_length=500, blank=True, help_text="The author reads it word for word.")

    objects: ClassVar[ReviewQuerySet] = ReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["booking", "side"], name="review_once_per_side"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="review_side_known"),
            models.CheckConstraint(condition=~Q(author=F("about")), name="review_about_another"),
            models.CheckConstraint(condition=Q(stars__range=(STARS[0], STARS[-1])), name="review_one_to_five_stars"),
            models.CheckConstraint(
                condition=Q(text__length__lte=WORDS_LENGTH, answer__length__lte=WORDS_LENGTH),
                name="review_words_length",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="")
                | (Q(answered_at__isnull=False, shown_at__isnull=False) & ~Q(answer="")),
                name="review_answered_when_shown",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None, removed_reason="")
                | (
                    Q(removed_at__isnull=False, removed_by__isnull=False, shown_at__isnull=False)
                    & ~Q(removed_reason="")
                    & ~Q(removed_by=F("author"))
                    & ~Q(removed_by=F("about"))
                ),
                name="review_removed_by_another_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["listing", "-id"], condition=SHOWN & Q(side="client"), name="review_of_listing"),
            models.Index(fields=["about", "side"], condition=SHOWN, name="review_of_person"),
            models.Index(fields=["booking"], condition=Q(shown_at=None), name="review_unshown"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.side} {self.stars}/5"

    @property
    def is_shown(self) -> bool:
        return self.shown_at is not None and self.removed_at is None

    @property
    def is_public(self) -> bool:
        """It stands on the listing's page, or would; what companions say of clients does not."""
        return self.side == Side.CLIENT

    def review_title(self) -> str:
        """Who says it of whom: 小林 → 姗姗 · 2/5 · …"""
        companion = self.listing.companion.display_name
        pair = (self.author, companion) if self.is_public else (companion, self.about)
        return f"{pair[0]} → {pair[1]} · {self.stars}/5 · {self.text}"

    def review_owner(self) -> "User":
        return self.author

    def review_rows(self) -> list[tuple[str, str, str]]:
        """What is up, and what those who reported it say."""
        stars = gettext("%(stars)d of 5") % {"stars": self.stars}
        said = [(gettext("Stars"), stars), (gettext("Text"), self.text)]
        said += [(gettext("Answer"), self.answer)] if self.answer else []
        reported = gettext("Reported")
        said += [
            (f"{reported} · {report.get_category_display()}", report.words) for report in self.reports.order_by("pk")
        ]
        return [(label, words, words) for label, words in said]

    def review_choices(self) -> dict[str, str]:
        """How a moderator's page speaks of this kind of case."""
        return {
            "approve": gettext("Leave it up"),
            "reject": gettext("Remove it"),
            "hint": gettext("Needed to remove it. The author reads it word for word."),
            "approved": gettext("Left up"),
            "rejected": gettext("Removed"),
            "case.opened": gettext("Reported by"),
            "case.changed": gettext("Reported again by"),
            "case.approved": gettext("Left up"),
            "case.rejected": gettext("Removed"),
        }


class ReportCategory(models.TextChoices):
    CONTACT = "contact", _("Advertising or ways to get in touch elsewhere")
    INSULT = "insult", _("Insults or threats")
    PRIVATE = "private", _("Gives away something private")
    UNTRUE = "untrue", _("Untrue, or not about this meeting")
    OTHER = "other", _("Something else")


class ReviewReport(models.Model):
    """One reader's complaint about a review; all of them are read in one case."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=8, choices=ReportCategory)
    words = models.TextField(max_length=WORDS_LENGTH, blank=True)
    reported_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "reporter"], name="review_report_once"),
            models.CheckConstraint(
                condition=Q(category__in=ReportCategory.values), name="review_report_category_known"
            ),
            models.CheckConstraint(condition=Q(words__length__lte=WORDS_LENGTH), name="review_report_words_length"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.category}"


class DatabaseNowMs(Func):
    """The database's clock in epoch milliseconds."""

    function = "bookings_now_ms"
    arity = 0
    output_field = models.BigIntegerField()


def reviewable_by(user: "User") -> Exists:
    """True of a booking this user may write about at this moment."""
    mine = Booking.objects.filter(Q(client=user.pk) | Q(companion=user.pk), pk=OuterRef("pk"))
    ripe = mine.filter(state=State.SETTLED, billed_min__gt=0, ended_ms__gt=DatabaseNowMs() - REVIEW_WINDOW_MS)
    return Exists(ripe.exclude(reviews__author=user.pk))


def client_rating(what: Avg | Count) -> Subquery:
    """What companions say of a booking's client: `client_rating(Avg("stars"))` or `client_rating(Count("stars"))`."""
    said = Review.objects.filter(SHOWN, about=OuterRef("client"), side=Side.COMPANION).order_by()
    return Subquery(said.values("about").annotate(what=what).values("what"))
