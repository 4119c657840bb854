"""`manage`: a command in the environment of the site that runs, in a checkout of its own."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from devstack import site
from devstack.errors import StackError
from devstack.lock import only_one
from devstack.places import CHECKOUT

TELLS = "import os, sys; print(os.environ['DATABASE_URL'], *sys.argv[1:]); sys.exit(3)"
VARIABLES = {"DATABASE_URL": "postgres://of-the-site/", "DEBUG": "1"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Its manage.py tells what it was given."""
    made = tmp_path / "my checkout"
    shutil.copytree(CHECKOUT / "devstack", made / "devstack")
    (made / "manage.py").write_text(TELLS)
    return made


def manage(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "DATABASE_URL": "postgres://of-the-terminal/"}
    argv = [sys.executable, "-m", "devstack", "manage", *arguments]
    return subprocess.run(argv, cwd=checkout, env=env, capture_output=True, text=True)


def test_a_command_has_the_variables_of_the_site_and_its_own_exit(checkout: Path):
    home = checkout / ".data"
    with only_one(home), site.noted(home, VARIABLES):
        done = manage(checkout, "explain_booking", "B7K2-91QF", "--help")
    assert done.stdout == "postgres://of-the-site/ explain_booking B7K2-91QF --help\n"
    assert done.returncode == 3


def test_without_a_site_it_is_one_line_and_a_bad_exit(checkout: Path):
    done = manage(checkout, "check")
    assert (done.stdout, done.stderr.strip(), done.returncode) == ("", site.NONE, 1)
    assert not (checkout / ".data").exists()


def test_what_a_killed_site_left_is_not_a_site(checkout: Path):
    home = checkout / ".data"
    with only_one(home):
        (home / site.NOTE).write_text('{"DATABASE_URL": "postgres://gone/"}')
    done = manage(checkout, "check")
    assert (done.stdout, done.stderr.strip(), done.returncode) == ("", site.NONE, 1)


def test_the_note_is_its_owners_and_goes_with_the_site(tmp_path: Path):
    note = tmp_path / site.NOTE
    note.write_text("of a killed one")
    note.chmod(0o644)
    with suppress(StackError), site.noted(tmp_path, VARIABLES):
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        raise StackError("it ended badly")
    assert not note.exists()
