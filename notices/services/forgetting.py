from datetime import timedelta

from django.utils import timezone

from common.clock import database_now_ms
from notices.models import Device, Notice, Topic

# Who has not signed in there for so long will not miss it.
DEVICES_KEPT = timedelta(days=90)
ORDERS_KEPT_MS = 30 * 24 * 60 * 60_000


def forget() -> None:
    """Devices on which nobody has signed in for long, and what was told of orders. Notices of messages are used again,
    so there is one for each of the two of a talk at most."""
    here = Device.objects.signed_in().values("pk")
    Device.objects.filter(signed_in_at__lt=timezone.now() - DEVICES_KEPT).exclude(pk__in=here).delete()
    told = Notice.objects.filter(topic=Topic.ORDER, due_ms=None)
    told.filter(written_ms__lt=database_now_ms() - ORDERS_KEPT_MS).delete()
