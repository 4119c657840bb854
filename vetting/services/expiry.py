"""Telling people in time that a certificate ends."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts.ages import shanghai_today
from vetting.models import Certificate, CertificateLabel, ExpiryNotice, State
from vetting.models.certificate import NOTICE_DAYS

SUBJECTS = {
    30: _("Your certificate is valid for %(days)d more days"),
    7: _("Your certificate is valid for %(days)d more days"),
    0: _("Your certificate has expired"),
}
SOON = _(
    "“%(certificate)s” is valid until %(day)s. Listings that need it are taken down after that day. "
    "A photo of the new one is enough to go on without a gap."
)
OVER = _(
    "“%(certificate)s” was valid until %(day)s. Listings that need it cannot be found until a new one is approved. "
    "Nothing else changed."
)
BODIES = {30: SOON, 7: SOON, 0: OVER}
# Labels any one of which is enough for something; whoever asks for certificates adds them at the start.
alike: set[frozenset[str]] = set()


def serve_alike(labels: Collection[str]) -> None:
    """Say that a certificate of any of these labels is as good as one of the others; none says nothing."""
    if labels:
        alike.add(frozenset(labels))


def tell_of_expiry() -> int:
    """Write to everybody whose best certificate for something ends in 30 or 7 days, or has ended. Returns how many."""
    return sum(_tell(certificate) for certificate in _ending())


def _ending() -> QuerySet[Certificate]:
    """Approved certificates near their end, unless longer ones were approved for all they are good for."""
    approved = Certificate.objects.filter(state=State.APPROVED)
    near = approved.filter(expires_on__lte=shanghai_today() + timedelta(days=max(NOTICE_DAYS)))
    untold = near.exclude(notices__days=0)
    return untold.filter(_missed()).select_related("user")


def _missed() -> Q:
    """Certificates of which at least one use has no longer one."""
    longer = Certificate.objects.filter(
        state=State.APPROVED, user=OuterRef("user"), expires_on__gt=OuterRef("expires_on")
    )
    unasked = set(CertificateLabel.values).difference(*alike)
    missed = Q()
    for labels in [*alike, *({label} for label in unasked)]:
        missed |= Q(~Exists(longer.filter(label__in=labels)), label__in=labels)
    return missed


def _notice_due(days_left: int) -> int:
    """The last notice whose day has come: 0 only once the last valid day is over."""
    if days_left < 0:
        return 0
    return 7 if days_left <= 7 else 30


@transaction.atomic
def _tell(certificate: Certificate) -> bool:
    days = _notice_due(certificate.days_left)
    _notice, new = ExpiryNotice.objects.get_or_create(certificate=certificate, days=days)
    if new:
        accounts.write_letter(
            to=certificate.user,
            key=f"certificate-{certificate.pk}-expiry-{days}",
            subject=SUBJECTS[days],
            body=BODIES[days],
            path=reverse("vetting:certificates"),
            days=certificate.days_left,
            certificate=certificate.get_label_display(),
            day=certificate.expires_on.isoformat(),
        )
    return new
