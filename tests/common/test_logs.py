"""Secret addresses, and the rows of statements that failed, stand in no line of the log, whatever went wrong."""

import logging
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

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


def test_nor_where_it_stands_quoted_as_the_page_to_come_back_to(log):
    logging.getLogger("django.request").error("Gone wrong: /accounts/login/?next=%%2Fparties%%2Fwith%%2F%s%%2F", TOKEN)
    assert "?next=%2Fparties%2Fwith%2F…%2F" in log.getvalue() and TOKEN not in log.getvalue()


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


def fail(statement: str, *values: object) -> None:
    """With both errors, psycopg's and Django's: the one is the other's cause."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


TWICE = "INSERT INTO auth_group (name) VALUES (%s), ('other')"
NO_NUMBER = "SELECT '' = %s AND id = 'none' FROM auth_group"
CHECKED = "CREATE TABLE t (w text, CONSTRAINT short_words CHECK (w = '')); INSERT INTO t VALUES (%s)"


class TestTheRowOfAFailedStatement:
    @pytest.fixture(autouse=True)
    def known(self) -> None:
        Group.objects.create(name=TOKEN)

    @pytest.mark.parametrize(
        ("statement", "value", "named"),
        [
            (CHECKED, TOKEN, "short_words"),
            (CHECKED, f"one line\n\n{TOKEN}", "short_words"),
            (TWICE, TOKEN, "auth_group_name"),
            (NO_NUMBER, TOKEN, "invalid input syntax"),
        ],
        ids=["row", "lines", "key", "statement"],
    )
    @pytest.mark.parametrize("form", ["%s", "%r"])
    def test_is_in_neither_message_nor_traceback(self, log, statement, value, named, form):
        with pytest.raises(DatabaseError) as caught:
            fail(statement, value)
        assert TOKEN in str(caught.value)
        logging.getLogger("any").error(f"It failed: {form}", caught.value, exc_info=caught.value)
        text = log.getvalue()
        assert TOKEN not in text and text.count(named) == 3
        assert "direct cause" in text and text.count("cursor.execute") > 1

    def test_nor_in_a_group_or_a_traceback_that_somebody_else_formatted(self, log):
        with pytest.raises(DatabaseError) as caught:
            fail(CHECKED, TOKEN)
        with pytest.raises(ValueError, match="another") as other:
            raise ValueError("another")
        group = ExceptionGroup("all", [caught.value, other.value])
        record = logging.makeLogRecord({"msg": "It failed", "exc_info": (ExceptionGroup, group, None)})
        assert TOKEN in logging.Formatter().format(record) and TOKEN in record.exc_text
        text = DiscreetFormatter().format(record)
        assert TOKEN not in text and "short_words" in text and "ValueError: another" in text

    def test_other_lines_stand_as_they_are(self, log):
        logging.getLogger("any").error("one\ntwo: DETAIL: three\nin detail")
        assert log.getvalue().endswith("one\ntwo: DETAIL: three\nin detail\n")
