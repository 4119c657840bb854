"""Production starts only when it is safe, and says in one line what is missing."""

import subprocess
import sys

import pytest

from devstack.places import CHECKOUT

PRODUCTION = {
    "PATH": "/usr/bin:/bin",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_!",
    "ALLOWED_HOSTS": "wozai.example",
    "SITE_URL": "https://wozai.example",
    "DATABASE_URL": "postgres://wozai:x@127.0.0.1:1/wozai",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DOCUMENT_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MESSAGE_KEYS": "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=",
    "STRIPE_SECRET_KEY": "sk_live_0",
    "STRIPE_WEBHOOK_SECRET": "whsec_0",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_1",
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


def manage(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess:
    env = {name: value for name, value in {**PRODUCTION, **changes}.items() if value is not None}
    argv = [sys.executable, "manage.py", *arguments]
    return subprocess.run(argv, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)


def test_the_deployment_check_finds_nothing():
    answer = manage("check", "--deploy", "--fail-level", "WARNING", "--tag", "security", "--tag", "models")
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "DOCUMENT_KEYS",
        "MESSAGE_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_CONNECT_WEBHOOK_SECRET",
    ],
)
def test_a_missing_setting_stops_the_start_and_is_named(name):
    answer = manage("check", **{name: None})
    assert answer.returncode != 0
    assert f"Set {name} " in answer.stderr.strip().splitlines()[-1]


def test_mail_that_goes_to_the_terminal_can_be_read_there():
    assert "EMAIL_BACKEND = 'common.console.EmailBackend'" in manage("diffsettings", DEBUG="1", EMAIL_URL=None).stdout
    assert "smtp.EmailBackend" in manage("diffsettings", "--all").stdout


def test_the_stand_in_is_refused():
    answer = manage("check", STRIPE_API_BASE="http://127.0.0.1:12111")
    assert answer.returncode != 0
    assert "STRIPE_API_BASE" in answer.stderr.strip().splitlines()[-1]


def test_a_lag_in_which_an_absence_can_be_noticed_too_late_is_refused():
    answer = manage("check", POSTING_LAG_MS="44999")
    assert answer.returncode != 0
    assert "POSTING_LAG_MS is 44999" in answer.stderr
    assert "At least 45000" in answer.stderr


@pytest.mark.parametrize("changes", [{"POSTING_LAG_MS": "45000"}, {"POSTING_LAG_MS": "2000", "DEBUG": "1"}])
def test_the_lag_that_is_needed_is_not_refused_nor_a_short_one_where_nobody_pays(changes):
    assert manage("check", **changes).returncode == 0


@pytest.mark.parametrize("command", ["seed_demo", "demo_companion"])
def test_demonstrations_are_refused(command):
    answer = manage(command)
    assert answer.returncode != 0
    assert "DEBUG" in answer.stderr
