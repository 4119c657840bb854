import secrets
import uuid
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Now

from accounts.models import User
from bookings.models.ranges import MsRange
from bookings.models.states import FINISHED, OPEN, RUNNING, TOGETHER, UNSETTLED, PauseReason, Phase, State
from common.clock import moment
from listings.models import Listing
from payments.models import Account

# Without 0/O, 1/I/L and U: read aloud and typed on a phone without mistakes.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """A number for people, such as B7K2-91QF: 30**8, about 6·10¹¹ of them."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def typed_code(text: str) -> str:
    """The number as it is kept, however somebody typed it: in small letters, without the dash, with spaces."""
    letters = "".join(filter(str.isalnum, text.upper()))
    return f"{letters[:4]}-{letters[4:]}"


def was_paid() -> Exists:
    """True of a booking that reached its companion, wherever it went from there."""
    steps = apps.get_model("bookings", "Step").objects
    return Exists(steps.filter(booking=OuterRef("pk"), state=State.REQUESTED))


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, user: User) -> "BookingQuerySet":
        """A client's own orders; a companion's once they are paid."""
        return self.filter(Q(client=user.pk) | Q(was_paid(), companion=user.pk))

    def with_payment(self) -> "BookingQuerySet":
        """Each with `paid`: whether its payment ever came."""
        return self.annotate(paid=was_paid())

    def with_open_chat(self) -> "BookingQuerySet":
        """Those whose two may go to their chat; that of an online appointment was opened once its timer is its end."""
        opened = Q(now=True) | Q(online=False) | Q(due_ms__gt=F("starts_ms"))
        return self.filter(Q(state__in=RUNNING) | Q(opened, state=State.ACCEPTED))

    def running_first(self) -> "BookingQuerySet":
        """What runs before what is about to begin, that by its time."""
        return self.order_by(Case(When(state__in=RUNNING, then=0), default=1), F("starts_ms").asc(nulls_first=True))

    def of_client(self, user: User) -> "BookingQuerySet":
        return self.filter(client=user.pk)

    def between(self, one: User, other: User) -> "BookingQuerySet":
        """All that the two ever had with each other, whoever was the client."""
        return self.filter(Q(client=one.pk, companion=other.pk) | Q(client=other.pk, companion=one.pk))

    def busy(self) -> "BookingQuerySet":
        """Those in which the two are together, or about to be in this minute."""
        return self.filter(Q(state__in=RUNNING) | Q(state=State.ACCEPTED, now=True))

    def at_hand(self, now_ms: int) -> "BookingQuerySet":
        """Those that run or begin now: of two who meet in person from when they can check in on."""
        far = Q(state=State.ACCEPTED, online=False, starts_ms__gt=now_ms + settings.MEET_EARLY_MS)
        return self.with_open_chat().exclude(far)

    def of_companion(self, user: User) -> "BookingQuerySet":
        return self.filter(was_paid(), companion=user.pk)


class Booking(models.Model):
    """The moving part of an order. Times are epoch ms of the database's clock; what was agreed is in Terms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What a minute changes (billed_min, due_ms) is in no index, or all would be written each minute: see Timer. So a
    # code has no second one for LIKE, client and companion are found by those below that begin with them.
    code = models.CharField(max_length=9, default=new_code, editable=False)
    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    companion = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="served_bookings", db_index=False
    )
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="bookings", db_index=False)
    request_key = models.UUIDField(
        default=uuid.uuid4, help_text="Made with the form: a second click is the same order."
    )
    online = models.BooleanField(help_text="Served in the chat.")
    now = models.BooleanField(help_text="Starts as soon as it is accepted.")
    starts_ms = models.BigIntegerField(null=True, blank=True, help_text="When an appointment begins.")
    late_start_ms = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="An earlier start that late cancelling is still counted from: its client moved it too late.",
    )
    state = models.CharField(max_length=16, choices=State, default=State.AWAITING_PAYMENT)
    pause_reason = models.CharField(max_length=16, choices=PauseReason, null=True, blank=True)
    phase = models.GeneratedField(
        expression=Case(
            When(pause_reason=PauseReason.REPLY_OVERDUE, then=Value(Phase.OVERDUE)),
            When(state__in=RUNNING, then=Value(Phase.TOGETHER)),
            When(state__in=FINISHED, then=Value(Phase.OVER)),
            default=Value(Phase.APART),
        ),
        output_field=models.CharField(max_length=8, choices=Phase),
        db_persist=True,
    )
    granted_ms = models.BigIntegerField(help_text="Prepaid time; what was ordered and what was paid on top.")
    closed_ms = models.BigIntegerField(default=0, help_text="Live time in closed segments.")
    live_since_ms = models.BigIntegerField(null=True, blank=True)
    deadline_ms = models.GeneratedField(
        expression=F("live_since_ms") + F("granted_ms") - F("closed_ms"),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    billed_min = models.IntegerField(default=0, help_text="Minutes up to which is charged in the ledger.")
    client_paused_ms = models.BigIntegerField(default=0, help_text="How long the client's own pauses lasted.")
    due_ms = models.BigIntegerField(null=True, blank=True, help_text="The one timer of an open state.")
    ended_ms = models.BigIntegerField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    came_ms = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="The companion came to an appointment whose clock could not start: her first words since the agreed "
        "time, or that she said she is at the place.",
    )
    client_came_ms = models.BigIntegerField(
        null=True, blank=True, help_text="The client said he is at the place of an appointment."
    )
    missed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        help_text="Who did not come to a no-show; nobody if the chat was not opened in time, or another order "
        "kept her.",
    )
    kept_elsewhere = models.BooleanField(
        default=False, db_default=False, help_text="Another order of its companion kept her from a no-show to the end."
    )
    kept_fen = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="What was not given back when it was cancelled or somebody did not come; None before such a thing.",
    )
    disputed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Closed because a payer's bank wanted the money back: it costs nobody anything, or what ran "
        "was ended.",
    )
    hindered = models.BooleanField(default=False, help_text="She would have accepted, but one of the two was taken.")
    hold_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    earned_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="booking_code_once"),
            models.UniqueConstraint(fields=["client", "request_key"], name="booking_request_once"),
            models.UniqueConstraint(fields=["hold_account"], name="booking_hold_account_once"),
            models.UniqueConstraint(fields=["earned_account"], name="booking_earned_account_once"),
            models.CheckConstraint(condition=~Q(client=F("companion")), name="booking_between_two"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.PAUSED, pause_reason__in=PauseReason.values)
                | (~Q(state=State.PAUSED) & Q(pause_reason=None)),
                name="booking_pause_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=State.LIVE, live_since_ms__isnull=False)
                | (~Q(state=State.LIVE) & Q(live_since_ms=None)),
                name="booking_live_has_start",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, due_ms__isnull=False) | (~Q(state__in=OPEN) & Q(due_ms=None)),
                name="booking_open_has_timer",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED, ended_ms__isnull=False) | (~Q(state__in=FINISHED) & Q(ended_ms=None)),
                name="booking_finished_has_end",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CANCELLED, cancelled_by__isnull=False)
                & (Q(cancelled_by=F("client")) | Q(cancelled_by=F("companion")))
                | (~Q(state=State.CANCELLED) & Q(cancelled_by=None)),
                name="booking_cancelled_by_one_of_two",
            ),
            models.CheckConstraint(
                condition=Q(missed_by=None)
                | Q(state=State.NO_SHOW) & (Q(missed_by=F("client")) | Q(missed_by=F("companion"))),
                name="booking_missed_by_one_of_two",
            ),
            models.CheckConstraint(
                condition=Q(kept_elsewhere=False) | Q(state=State.NO_SHOW, missed_by=None),
                name="booking_kept_elsewhere_by_nobodys_fault",
            ),
            models.CheckConstraint(
                condition=Q(kept_fen=None)
                | Q(state__in=[State.CANCELLED, State.NO_SHOW], kept_fen=0)
                | Q(state__in=[State.CANCELLED, State.NO_SHOW], kept_fen__gt=0, hold_account__isnull=False),
                name="booking_kept_of_what_was_held",
            ),
            models.CheckConstraint(
                condition=Q(disputed=False)
                | Q(state__in=FINISHED)
                | Q(state=State.CANCELLED) & (Q(kept_fen=None) | Q(kept_fen=0)),
                name="booking_disputed_keeps_nothing",
            ),
            models.CheckConstraint(
                condition=Q(came_ms=None) | Q(now=False, came_ms__gte=F("starts_ms")) | Q(online=False),
                name="booking_came_when_agreed",
            ),
            models.CheckConstraint(
                condition=Q(client_came_ms=None) | Q(online=False), name="booking_client_comes_to_a_place"
            ),
            models.CheckConstraint(condition=Q(client_paused_ms__gte=0), name="booking_paused_not_negative"),
            # Where two meet in person the clock never stands.
            models.CheckConstraint(condition=~Q(state=State.PAUSED, online=False), name="booking_only_online_pauses"),
            models.CheckConstraint(
                condition=Q(granted_ms__gt=0) & Q(closed_ms__gte=0, closed_ms__lte=F("granted_ms")),
                name="booking_closed_within_granted",
            ),
            models.CheckConstraint(
                condition=Q(granted_ms=F("granted_ms") / 60_000 * 60_000), name="booking_granted_whole_minutes"
            ),
            models.CheckConstraint(
                condition=Q(billed_min__gte=0, granted_ms__gte=F("billed_min") * 60_000),
                name="booking_billed_within_granted",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.LIVE) | Q(due_ms__lte=F("live_since_ms") + F("granted_ms") - F("closed_ms")),
                name="booking_timer_within_deadline",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.AWAITING_PAYMENT, State.REQUESTED, State.DECLINED, State.EXPIRED])
                | Q(state=State.CANCELLED)
                | Q(hold_account__isnull=False, earned_account__isnull=False),
                name="booking_served_has_accounts",
            ),
            models.CheckConstraint(
                condition=Q(now=True, starts_ms=None) | Q(now=False, starts_ms__isnull=False),
                name="booking_appointment_has_start",
            ),
            models.CheckConstraint(
                condition=Q(late_start_ms=None) | Q(now=False), name="booking_late_start_of_appointment"
            ),
            ExclusionConstraint(
                name="booking_client_one_appointment",
                expressions=[
                    ("client", RangeOperators.EQUAL),
                    (MsRange("starts_ms", F("starts_ms") + F("granted_ms"), Value("[)")), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=TOGETHER, now=False),
            ),
            # She is in one place at a time, be it the chat.
            models.UniqueConstraint(
                fields=["companion"],
                condition=Q(state__in=RUNNING) | Q(state=State.ACCEPTED, now=True),
                name="booking_one_running_per_companion",
            ),
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(state__in=RUNNING, online=True) | Q(state=State.ACCEPTED, now=True),
                name="booking_one_running_per_client",
            ),
        ]
        indexes = [
            models.Index(fields=["companion", "-created_at"], name="booking_of_companion"),
            # Ended and not settled yet: its last stretch can still turn out to be shorter.
            models.Index(fields=["client"], condition=Q(state__in=UNSETTLED), name="booking_unsettled_of_client"),
            models.Index(fields=["companion"], condition=Q(state__in=UNSETTLED), name="booking_unsettled_of_companion"),
            # Asked each second who of them is back; a live row is never in it.
            models.Index(fields=["pause_reason"], condition=Q(state=State.PAUSED), name="booking_paused"),
            # Whose clock has only just begun to run: a minute does not touch it.
            models.Index(
                fields=["live_since_ms"], condition=Q(state=State.LIVE, online=True), name="booking_live_since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"

    @property
    def chat_is_open(self) -> bool:
        """The two may go to the chat: the same rule as `with_open_chat`."""
        opened = self.starts_ms is None or not self.online or (self.due_ms or 0) > self.starts_ms
        return self.state in RUNNING or (self.state == State.ACCEPTED and opened)

    @property
    def counted_start_ms(self) -> int | None:
        """The start that its client's cancelling is counted from; None of an order for now."""
        return min((ms for ms in (self.starts_ms, self.late_start_ms) if ms is not None), default=None)

    @property
    def starts_at(self) -> datetime | None:
        """When an appointment begins; None of an order for now."""
        return None if self.starts_ms is None else moment(self.starts_ms)

    @property
    def ends_at(self) -> datetime | None:
        """When an appointment would end if its clock never stood still."""
        return None if self.starts_ms is None else moment(self.starts_ms + self.granted_ms)

    def other(self, user: User) -> User:
        return self.companion if user.pk == self.client_id else self.client
