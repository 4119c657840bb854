"""The browsers that show notices. Each belongs to the session it was signed in with, so that who signs out on a
device hears nothing there any more."""

import hashlib

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notices import gateway
from notices.errors import NoSuchService
from notices.gateway import Address
from notices.models import MOST_DEVICES, Device

BROWSERS = {"Edg": "Edge", "Firefox/": "Firefox", "FxiOS": "Firefox", "Chrome/": "Chrome", "CriOS": "Chrome"}
BROWSERS |= {"Safari/": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "Mac"}
SYSTEMS |= {"Linux": "Linux"}


def fingerprint(text: str) -> str:
    """Of an endpoint or a cookie: it is known again, and says nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def label_of(user_agent: str) -> str:
    """ "Chrome · Android"; "" where the browser does not say."""
    found = [next((name for mark, name in words.items() if mark in user_agent), "") for words in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found))


@transaction.atomic
def add_device(*, by: User, address: Address, label: str, session_key: str, cookie: str, replaces: str = "") -> Device:
    """From now on this browser shows notices to him, and to nobody who used it before. Twice is once, and `replaces`
    is the endpoint that it had before; beyond MOST_DEVICES the one that was signed in longest ago goes.

    Raises NoSuchService."""
    if not (gateway.is_known(address.endpoint) and gateway.is_whole(address)):
        raise NoSuchService
    keys = {"p256dh": address.p256dh, "auth": address.auth}
    known = Device.objects.select_for_update().filter(endpoint=address.endpoint).first()
    # Only the browser itself knows its secret: nobody turns off another's by its address alone.
    if known and (known.p256dh, known.auth) != (address.p256dh, address.auth) and known.user_id != by.pk:
        raise NoSuchService
    signed_in = {"session_key": session_key, "password_mark": by.get_session_auth_hash(), "mark": fingerprint(cookie)}
    values = {"user": by, "label": label, "signed_in_at": timezone.now(), **keys, **signed_in}
    device, _created = Device.objects.update_or_create(endpoint=address.endpoint, defaults=values)
    by.devices.filter(endpoint=replaces).exclude(pk=device.pk).delete()
    kept = by.devices.order_by("-signed_in_at", "-pk").values("pk")[:MOST_DEVICES]
    by.devices.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return device


def remove_device(*, device: Device) -> None:
    device.delete()


def signed_in_again(*, user: User, session: SessionBase, cookie: str) -> None:
    """The browser of that cookie has another session, or he another password: it goes on showing his notices."""
    own = user.devices.filter(mark=fingerprint(cookie)) if cookie else Device.objects.none()
    if not own.exists():
        return
    if not session.session_key:
        session.save()
    mark = user.get_session_auth_hash()
    own.update(session_key=session.session_key, password_mark=mark, signed_in_at=timezone.now())


def signed_out(*, session_key: str | None) -> None:
    """Whoever had notices on this browser has to ask for them again."""
    Device.objects.filter(session_key=session_key or "").delete()


def devices_that_hear(user: User) -> list[Device]:
    """Those of his on which he is signed in."""
    return [device for device in user.devices.signed_in().order_by("pk") if device.is_of(user)]
