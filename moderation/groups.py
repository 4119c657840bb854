"""The group of those who decide. Made after every migrate, because only then do permissions exist."""

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

MODERATORS = "moderators"
PERMISSIONS = ("decide_reviewcase", "view_reviewcase", "view_auditevent")


def ensure_moderators(sender: AppConfig, using: str = "default", **kwargs) -> None:
    """Make the group if it is missing; a group that is there keeps what its admins gave it."""
    create_permissions(sender, verbosity=0, using=using)
    group, created = Group.objects.using(using).get_or_create(name=MODERATORS)
    if created:
        group.permissions.set(
            Permission.objects.using(using).filter(content_type__app_label="moderation", codename__in=PERMISSIONS)
        )
