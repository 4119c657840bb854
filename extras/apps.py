from django.apps import AppConfig


class ExtrasConfig(AppConfig):
    name = "extras"

    def ready(self) -> None:
        from extras import receivers  # noqa: F401 - connects them
