import logging
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun, task_success, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
KEPT_S = 600

app = Celery("wozai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The one package with tasks that is no Django app.
app.autodiscover_tasks(["marketplace"])


@setup_logging.connect
def keep_the_log(loglevel: int | None, **_: Any) -> None:
    """Celery's own handlers would take the place of those of settings.LOGGING, and hide nothing."""
    if loglevel:
        logging.getLogger().setLevel(loglevel)


@worker_process_init.connect
def keep_the_connection(**_: Any) -> None:
    """A worker's process speaks to the database each second: to log in and plan anew each time costs more than metering
    a thousand orders. Celery closes after each task unless told otherwise."""
    from django.db import connection

    connection.settings_dict |= {"CONN_MAX_AGE": KEPT_S, "CONN_HEALTH_CHECKS": True}


@task_prerun.connect
def look_at_the_connection(task: Any, **_: Any) -> None:
    """One that is broken or too old is closed, as Django does before each request."""
    from django.db import close_old_connections

    if not task.request.is_eager:
        close_old_connections()


@task_success.connect
def note_the_sweep(sender: Any, **_: Any) -> None:
    """Business tasks know nothing of readiness."""
    from marketplace import pulse

    if sender.name == "bookings.tasks.sweep":
        pulse.beat(pulse.SWEPT)
