"""Who asked for help says that he is well. He may have been made to: it changes what those who were alarmed know, and
nothing else. Whoever he is with is told nothing, as of the call itself."""

from django.db import transaction

from accounts.models import User
from accounts.services import one_at_a_time
from common.clock import database_now_ms
from moderation import services as moderation
from safety.errors import CalledAgain, NotTogether, WellTooSoon
from safety.models import Alarm, AllClear, Outing
from safety.models.alarm import MOST_ALL_CLEARS, ONCE_MS
from safety.services.moments import is_dead
from safety.services.notices import tell_all_clear


@transaction.atomic
def give_all_clear(*, alarm: Alarm, by: User, now_ms: int | None = None) -> AllClear:
    """Written down once of each call, and told to those whom his calls alarmed. The case stays as open as it is: the
    moderators read of it there, and they decide.

    Raises NotTogether for anybody but who called, and once the links of the meeting are dead; CalledAgain where the
    call is not his last one; WellTooSoon where he went back and forth so often that it takes a minute. `now_ms` is for
    tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    if alarm.user_id != by.pk or is_dead(alarm.booking, now):
        raise NotTogether
    # Another call at the same moment comes before it or after it, and those alarmed hear of both in that order.
    one_at_a_time(by)
    if Alarm.objects.filter(booking=alarm.booking_id, user=by, at_ms__gt=alarm.at_ms).exists():
        raise CalledAgain
    if alarm.all_clears_before >= MOST_ALL_CLEARS and now < alarm.at_ms + ONCE_MS:
        raise WellTooSoon
    all_clear, created = AllClear.objects.get_or_create(alarm=alarm, defaults={"at_ms": max(now, alarm.at_ms)})
    if created:
        facts = {"alarm": alarm.pk, "told": len(tell_all_clear(all_clear))}
        moderation.record(
            actor=by, action="emergency.all_clear", target=Outing.objects.get(booking=alarm.booking_id), after=facts
        )
    return all_clear
