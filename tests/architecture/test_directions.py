"""Foreign keys point the way imports do. A string foreign key is invisible to import-linter, so it is walked here."""

import tomllib
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]


def layers() -> list[set[str]]:
    """The layers of the import contract, highest first; the group joined by | shares one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(contract for contract in contracts if contract["name"] == "Apps import downwards")
    return [{app.strip() for app in layer.split("|")} for layer in named["layers"]]


def height(app: str) -> int:
    return next(number for number, layer in enumerate(layers()) if app in layer)


def wrong_keys(keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs (from app, to app) that point up or sideways."""
    return [(a, b) for a, b in keys if a != b and height(a) >= height(b)]


def our_keys() -> list[tuple[str, str]]:
    ours = set(chain.from_iterable(layers()))
    fields = [field for model in apps.get_models() for field in model._meta.get_fields() if field.is_relation]
    keys = [
        (f.model._meta.app_label, f.related_model._meta.app_label) for f in fields if f.concrete and f.related_model
    ]
    return [(a, b) for a, b in keys if a in ours and b in ours]


def test_foreign_keys_point_down():
    assert our_keys()
    assert wrong_keys(our_keys()) == []


@pytest.mark.parametrize("key", [("accounts", "bookings"), ("payments", "moderation"), ("listings", "bookings")])
def test_a_key_that_points_up_or_sideways_is_found(key):
    assert wrong_keys([key]) == [key]


def test_every_app_has_its_layer():
    installed = {app.label for app in apps.get_app_configs() if (ROOT / app.name).is_dir()}
    assert installed <= set(chain.from_iterable(layers()))


def test_every_bell_rings_a_task_that_exists():
    """common.doorbell rings by name, so that services need not import tasks."""
    import re

    from celery import current_app

    current_app.loader.import_default_modules()
    sources = [path.read_text() for app in chain.from_iterable(layers()) for path in (ROOT / app).rglob("*.py")]
    rung = set(re.findall(r'ring_on_commit\(\s*"([\w.]+)"', "\n".join(sources)))
    assert rung
    assert rung <= set(current_app.tasks)


def test_every_beat_is_a_task_that_exists(settings):
    from celery import current_app

    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(current_app.tasks)
