"""Lines a companion keeps at hand. Each change locks her list, so that positions stay 1, 2, 3 … without gaps."""

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import one_at_a_time
from chat.errors import TooManyQuickReplies
from chat.models import MOST_QUICK_REPLIES, QuickReply

STARTERS = (
    _("I'm here. Take your time, I'm listening."),
    _("That sounds really hard. What happened then?"),
    _("Give me a moment to read this properly."),
    _("We have a few minutes left. Is there anything you still want to say?"),
    _("Thank you for telling me. Rest well tonight."),
)


def quick_replies(*, user: User) -> QuerySet[QuickReply]:
    return QuickReply.objects.filter(user=user).order_by("position")


@transaction.atomic
def add_quick_reply(*, by: User, text: str) -> QuickReply:
    """Raises TooManyQuickReplies."""
    position = _locked(by).count() + 1
    if position > MOST_QUICK_REPLIES:
        raise TooManyQuickReplies
    return QuickReply.objects.create(user=by, position=position, text=text)


def change_quick_reply(*, reply: QuickReply, text: str) -> None:
    QuickReply.objects.filter(pk=reply.pk).update(text=text)


@transaction.atomic
def delete_quick_reply(*, reply: QuickReply, by: User) -> None:
    """Those behind it move up. Twice is once."""
    there = _locked(by).filter(pk=reply.pk).first()
    if there is None:
        return
    there.delete()
    quick_replies(user=by).filter(position__gt=there.position).update(position=F("position") - 1)


@transaction.atomic
def move_quick_reply(*, reply: QuickReply, by: User, up: bool) -> None:
    """Changes places with the one before or behind it; at the end of the list nothing happens."""
    here = _locked(by).values_list("position", flat=True).filter(pk=reply.pk).first()
    if here is None:
        return
    there = here - 1 if up else here + 1
    if quick_replies(user=by).filter(position=there).exists():
        swapped = Case(When(position=here, then=Value(there)), default=Value(here))
        quick_replies(user=by).filter(position__in=[here, there]).update(position=swapped)


@transaction.atomic
def take_starters(*, by: User) -> int:
    """Copies the suggestions, in her language, into a list that is empty; returns how many. Twice is once."""
    if _locked(by).exists():
        return 0
    rows = [QuickReply(user=by, position=number, text=str(text)) for number, text in enumerate(STARTERS, start=1)]
    return len(QuickReply.objects.bulk_create(rows))


def _locked(user: User) -> QuerySet[QuickReply]:
    # Her own row, because an empty list has none that could be locked.
    one_at_a_time(user)
    return quick_replies(user=user)
