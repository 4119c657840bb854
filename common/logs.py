"""What the log says, and what it keeps to itself."""

import logging
import re

# Whoever has one of these addresses needs no account: a meeting's link, the feed of a companion's calendar.
SECRETS = re.compile(r"(/safe/with/|/listings/calendar/)[^/\s'\"?.]+")
HIDDEN = r"\1…"


class DiscreetFormatter(logging.Formatter):
    """Hides the secret part of addresses in all of a record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(HIDDEN, super().format(record))
