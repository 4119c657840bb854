from django.apps import AppConfig


class TutorialConfig(AppConfig):
    name = "bench.chat.peers.tutorial"
    label = "tutorial"
