"""The group of those who look after the money. Made after every migrate, because only then do permissions exist."""

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

FINANCE = "finance"


def ensure_finance(sender: AppConfig, using: str = "default", **kwargs: object) -> None:
    """Make the group if it is missing; a group that is there keeps what its admins gave it."""
    create_permissions(sender, verbosity=0, using=using)
    group, created = Group.objects.using(using).get_or_create(name=FINANCE)
    if created:
        ours = Permission.objects.using(using).filter(content_type__app_label="payments")
        group.permissions.set(ours.filter(codename__startswith="view_") | ours.filter(codename="answer_dispute"))
