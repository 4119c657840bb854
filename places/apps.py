from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlacesConfig(AppConfig):
    name = "places"

    def ready(self) -> None:
        from places.shipped import ensure_hospitals

        post_migrate.connect(ensure_hospitals, sender=self)
