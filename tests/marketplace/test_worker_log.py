"""A worker writes its log as everything else does: without secrets and rows."""

import logging

import pytest

from common.logs import DiscreetFormatter
from marketplace.celery import app


@pytest.fixture
def root(monkeypatch):
    """As it is when a worker begins."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(type(app.log), "_setup", False)
    yield root
    root.setLevel(level)


def test_its_lines_go_through_the_same_formatter(root):
    app.log.setup(loglevel="WARNING")
    assert any(isinstance(handler.formatter, DiscreetFormatter) for handler in root.handlers)
    assert root.level == logging.WARNING
