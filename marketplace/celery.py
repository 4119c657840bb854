import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("wozai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["marketplace"])  # not in INSTALLED_APPS
# The one package with tasks that is no Django app.
app.autodiscover_tasks(["marketplace"])
