"""The settings of the tutorial's chat: what it says, with connections to the database that are kept."""

import os

import environ

SECRET_KEY = "tutorial"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["bench.chat.peers.tutorial"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.chat.peers.tutorial.routing"
ASGI_APPLICATION = "bench.chat.peers.tutorial.asgi.application"
# The tutorial's default would connect anew for each message.
DATABASES = {"default": {**environ.Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": os.environ["TUTORIAL_LAYER"], "CONFIG": {"hosts": [os.environ["REDIS_URL"]]}},
}
