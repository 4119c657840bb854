from django.dispatch import receiver

from listings import services
from moderation.models import ReviewCase
from moderation.signals import case_decided


@receiver(case_decided)
def listing_decided(sender: type[ReviewCase], case: ReviewCase, approved: bool, reason: str, **kwargs) -> None:
    if case.kind == services.REVIEW:
        services.apply_decision(revision=case.target, approved=approved, reason=reason)
