"""The embedded servers, really started and really killed."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

import devstack
from devstack import places
from devstack.lock import only_one
from devstack.places import CHECKOUT
from tests.devstack.conftest import Held

# Dies without unwinding and leaves a fork of itself behind.
FORK = """
import os, pathlib, signal, sys, time
from devstack.lock import only_one
with only_one(pathlib.Path(sys.argv[1])):
    fork = os.fork()
    if not fork:
        os.closerange(1, 3)
        time.sleep(60)
    print(fork, flush=True)
    os._exit(0)
"""


def ask(database_url: str, sql: str):
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
        answer = cursor.fetchone() if cursor.description else None
    connection.close()
    return answer


def test_everything_answers_and_nothing_stays():
    with devstack.services(throwaway=True) as stack:
        assert ask(stack.database_url, "SHOW server_encoding") == ("UTF8",)
        assert redis.Redis.from_url(stack.redis_url).ping()
        assert stack.environment["STRIPE_API_BASE"] == stack.stripe_url
    assert not stack.data_dir.exists()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(stack.database_url)


def test_chinese_words_have_trigrams():
    with devstack.services(throwaway=True, with_stripe=False) as stack:
        ask(stack.database_url, "CREATE EXTENSION pg_trgm")
        assert ask(stack.database_url, "SELECT similarity('陪你聊聊天', '聊天') > 0") == (True,)


def test_what_is_given_is_not_started():
    given = {"DATABASE_URL": "postgres://there/x", "REDIS_URL": "redis://there/0", "STRIPE_SECRET_KEY": "sk_test_1"}
    with devstack.services(throwaway=True, given=given) as stack:
        assert stack.environment == {name: given[name] for name in ("DATABASE_URL", "REDIS_URL")}


def test_a_port_in_use_is_said(home: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(devstack.StackError, match=f"Port {port} is in use.*PORT=.* make run"),
            devstack.services(data_dir=home, web_port=port),
        ):
            pytest.fail("it started")


def test_after_the_launcher_was_killed_the_next_one_ends_the_rest_and_has_the_data(home: Path):
    killed = Held(home)
    ask(killed.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
    killed.launcher.kill()
    killed.launcher.wait()
    assert {server.name() for server in killed.servers if server.is_running()} == {"postgres", "valkey-server"}
    with devstack.services(data_dir=home, with_stripe=False) as stack:
        assert killed.left() == []
        assert ask(stack.database_url, "SELECT n FROM kept") == (7,)
        assert stack.database_url == killed.database_url


def test_after_everything_was_killed_the_data_is_there(home: Path):
    killed = Held(home)
    ask(killed.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
    for process in (killed.launcher, killed.postmaster()):
        process.kill()
    killed.launcher.wait()
    with devstack.services(data_dir=home, with_stripe=False) as stack:
        assert killed.left() == []
        assert ask(stack.database_url, "SELECT n FROM kept") == (7,)


def test_the_number_of_a_killed_server_may_be_anothers_by_now(home: Path):
    with devstack.services(data_dir=home, with_stripe=False):
        left = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    other = subprocess.Popen(["sleep", "60"], cwd="/", **places.identity(places.unprivileged()))
    (home / "postgres" / "postmaster.pid").write_text("\n".join([str(other.pid), *left[1:], ""]))
    with devstack.services(data_dir=home, with_stripe=False) as stack:
        assert ask(stack.database_url, "SELECT 1") == (1,)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_killed_throwaway_stack_is_ended_by_the_next():
    killed = Held(places.temporary())
    killed.launcher.kill()
    killed.launcher.wait()
    lock = killed.home / "lock"
    os.utime(lock, (lock.stat().st_atime, lock.stat().st_mtime - 60))
    with devstack.services(throwaway=True, with_stripe=False):
        assert killed.left() == []
        assert not killed.home.exists()


def test_a_fork_of_the_launcher_does_not_hold_the_lock(home: Path):
    argv = [sys.executable, "-c", FORK, str(home)]
    fork = int(subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout)
    with only_one(home):
        os.kill(fork, signal.SIGKILL)


def test_one_at_a_time(home: Path):
    held = Held(home)
    try:
        with (
            pytest.raises(devstack.StackError, match=f"already runs.*{held.launcher.pid}"),
            devstack.services(data_dir=home),
        ):
            pytest.fail("it started")
        assert ask(held.database_url, "SELECT 1") == (1,)
    finally:
        held.launcher.terminate()
        held.launcher.wait()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_end_it_leaves_nothing_running(home: Path, asked: signal.Signals):
    held = Held(home)
    held.launcher.send_signal(asked)
    held.launcher.wait(timeout=20)
    assert held.left() == []


def test_a_command_gets_the_services_and_its_exit_code_comes_back(tmp_path: Path):
    command = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['DEBUG']); sys.exit(3)"
    argv = [sys.executable, "-m", "devstack", "shell", "--no-stripe", "--", sys.executable, "-c", command]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, env={**os.environ, "TMPDIR": "/tmp"})
    assert done.returncode == 3
    assert done.stdout.startswith("postgres://") and done.stdout.endswith(" 1\n")


def test_what_a_command_left_running_ends_with_the_services(tmp_path: Path):
    """A test run that is told to end does not get to stop the servers it started."""
    argv = [sys.executable, "-m", "devstack", "shell", "--no-stripe", "--", "sh", "-c", "sleep 600 & echo $!; wait"]
    launcher = subprocess.Popen(argv, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    left = psutil.Process(int(launcher.stdout.readline()))
    launcher.terminate()
    assert launcher.wait(timeout=30) == 143
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
