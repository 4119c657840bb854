"""The running site of this checkout, for whoever comes to it from another terminal: `make manage ARGS="…"`."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from devstack import children
from devstack.errors import StackError
from devstack.lock import is_held
from devstack.places import CHECKOUT, DATA_DIR

NOTE = "site.json"
NONE = "No site runs in this checkout: `make run` first, in another terminal."


@contextmanager
def noted(data_dir: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """The site's variables stand in its data directory until the block ends, for its owner's eyes: there are keys."""
    note = data_dir / NOTE
    note.unlink(missing_ok=True)
    note.touch(0o600, exist_ok=False)
    note.write_text(json.dumps(dict(variables)))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def manage(arguments: Sequence[str]) -> int:
    """The exit code of manage.py, run with the variables of the running site. Raises StackError when none runs."""
    env = {**os.environ, **_variables(DATA_DIR)}
    return children.call([sys.executable, "manage.py", *arguments], env=env, cwd=CHECKOUT)


def _variables(data_dir: Path) -> dict[str, str]:
    """The lock tells a site that runs from the note of one that was killed."""
    try:
        said = (data_dir / NOTE).read_text()
    except FileNotFoundError:
        raise StackError(NONE) from None
    if not is_held(data_dir):
        raise StackError(NONE)
    return json.loads(said)
