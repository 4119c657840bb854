"""The steps of an application, in order, and whether each has all it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.ages import shanghai_today
from listings.models import Application
from listings.rules import VERSION
from vetting import services as vetting
from vetting.models import Certificate, State


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    label: str | Promise
    is_done: Callable[[Application], bool]


def _has_offer(application: Application) -> bool:
    return bool(application.kinds and application.topics)


def _has_identity(application: Application) -> bool:
    check = vetting.identity_of(application.companion.user)
    return check is not None and (check.is_approved or check.is_pending or (check.is_draft and check.is_complete))


def _has_certificates(application: Application) -> bool:
    return not missing_certificates(application)


def missing_certificates(application: Application) -> list[str | Promise]:
    """Labels of the kinds that ask for a certificate and have none that is valid still."""
    usable = Certificate.objects.filter(
        user=application.companion.user, state__in=[State.DRAFT, State.APPROVED], expires_on__gte=shanghai_today()
    ).exclude(state=State.DRAFT, document__erased_at__isnull=False)
    labels = set(usable.values_list("label", flat=True))
    asking = [kind for kind in application.policies if kind.certificate_required]
    return [kind.label for kind in asking if not labels & set(kind.certificates)]


def _knows_rules(application: Application) -> bool:
    return application.rules_version == VERSION


WHO = Step("who", _("Who you are"), lambda application: True)
OFFER = Step("offer", _("What you offer"), _has_offer)
IDENTITY = Step("identity", _("Your identity"), _has_identity)
CERTIFICATES = Step("certificates", _("Certificates"), _has_certificates)
RULES = Step("rules", _("Rules quiz"), _knows_rules)
STEPS = (WHO, OFFER, IDENTITY, CERTIFICATES, RULES)


def steps_of(application: Application | None) -> list[Step]:
    """The steps this application has: certificates only where one of its kinds asks for them."""
    asked = application is not None and any(kind.certificate_required for kind in application.policies)
    return [step for step in STEPS if step is not CERTIFICATES or asked]


def missing_steps(application: Application) -> list[Step]:
    return [step for step in steps_of(application) if not is_done(step, application)]


def is_done(step: Step, application: Application) -> bool:
    """It has all it needs, and nobody waits for it to be put right."""
    return step.key not in application.parts and step.is_done(application)
