"""What notices does when an order arrives, somebody comes or goes, or a letter leaves."""

from typing import Any

from allauth.account.signals import password_changed, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Letter, User
from accounts.signals import letter_leaves
from bookings.models import Booking, State, Step
from bookings.signals import booking_stepped
from notices import services
from notices.cookies import device_cookie

TOLD = {State.REQUESTED}


@receiver(booking_stepped)
def tell_the_companion(sender: type[Step], booking: Booking, step: Step, **_: Any) -> None:
    if step.state in TOLD:
        services.note_order(booking=booking)


@receiver(letter_leaves)
def only_while_it_is_true(sender: type[Letter], letter: Letter, **_: Any) -> str | None:
    return None if services.is_still_wanted(letter) else ""


@receiver([user_logged_in, password_changed, password_set])
def go_on_on_this_device(request: HttpRequest | None, user: User, **_: Any) -> None:
    if request is not None and (cookie := device_cookie(request)):
        services.signed_in_again(user=user, session=request.session, cookie=cookie)


@receiver(user_logged_out)
def fall_silent_on_this_device(request: HttpRequest | None, **_: Any) -> None:
    if request is not None:
        services.signed_out(session_key=request.session.session_key)
