from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        from moderation.groups import ensure_moderators

        post_migrate.connect(ensure_moderators, sender=self)
