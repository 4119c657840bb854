"""Secret addresses stand in no line of the log, whatever went wrong at them."""

import logging
from io import StringIO

import pytest

from common.logs import DiscreetFormatter

pytestmark = pytest.mark.django_db
TOKEN = "Zk3-x_Y" * 4
KEY = "3b241101-e2bb-4255-8caf-4136c566a962"


@pytest.fixture
def log(monkeypatch) -> StringIO:
    """What the handler of settings.LOGGING writes."""
    said = StringIO()
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, DiscreetFormatter)]
    monkeypatch.setattr(handler, "stream", said)
    return said


@pytest.mark.parametrize(
    ("path", "secret", "shown"),
    [
        (f"/safe/with/{TOKEN}/", TOKEN, "/safe/with/…/"),
        (f"/safe/with/{TOKEN}/more/", TOKEN, "/safe/with/…/more/"),
        (f"/parties/with/{TOKEN}~{TOKEN}/more/", TOKEN, "/parties/with/…/more/"),
        (f"/listings/calendar/{KEY}.ics", KEY, "/listings/calendar/….ics"),
    ],
)
def test_one_that_is_not_there_is_not_named(client, log, path, secret, shown):
    client.get(path)
    assert f"Not Found: {shown}" in log.getvalue()
    assert secret not in log.getvalue()


def test_nor_is_one_at_which_something_broke(client, log, monkeypatch):
    def fail(token):
        raise RuntimeError(f"at /safe/with/{token}/")

    monkeypatch.setattr("safety.services.found", fail)
    client.raise_request_exception = False
    client.get(f"/safe/with/{TOKEN}/")
    assert "RuntimeError: at /safe/with/…/" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_other_addresses_stand_as_they_are(client, log):
    client.get("/nowhere/at/all/")
    assert "Not Found: /nowhere/at/all/" in log.getvalue()
