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


def test_mail_goes_to_a_provider_where_one_is_named():
    keys = '{"MAILGUN_API_KEY": "x"}'
    told = manage("diffsettings", "--all", ANYMAIL_BACKEND="mailgun", ANYMAIL=keys).stdout
    assert "EMAIL_BACKEND = 'anymail.backends.mailgun.EmailBackend'" in told
    assert "ANYMAIL = {'REQUESTS_TIMEOUT': 10, 'MAILGUN_API_KEY': 'x'}" in told
    assert "Set ANYMAIL to JSON" in manage("check", ANYMAIL="MAILGUN_API_KEY=x").stderr


def test_notices_need_no_key_but_with_one_somebody_to_write_to():
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
    told = {"VAPID_PRIVATE_KEY": key, "VAPID_SUBJECT": "mailto:ops@wozai.example"}
    assert "VAPID_PRIVATE_KEY = ''" in manage("diffsettings", "--all").stdout
    assert "Set VAPID_SUBJECT " in manage("check", VAPID_PRIVATE_KEY=key).stderr
    assert manage("check", "--tag", "notices", **told).returncode == 0
    assert "make_vapid_keys" in manage("check", "--tag", "notices", **told | {"VAPID_PRIVATE_KEY": "short"}).stderr


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


@pytest.mark.parametrize(("debug", "allowed"), [(None, "True"), ("1", "False")])
def test_an_address_that_waits_keeps_nobody_from_a_second_step_where_all_confirm_first(debug, allowed):
    assert f"MFA_ALLOW_UNVERIFIED_EMAIL = {allowed}" in manage("diffsettings", DEBUG=debug).stdout
