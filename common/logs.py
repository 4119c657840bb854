"""What the log says, and what it keeps to itself."""

import logging
import re

# Who has one of these addresses needs nothing else: a meeting's link, an invitation, a companion's calendar as a feed.
SECRETS = re.compile(r"(/safe/with/|/parties/with/|/listings/calendar/)[^/\s'\"?.]+")
HIDDEN = r"\1…"


class DiscreetFormatter(logging.Formatter):
    """Hides the secret part of addresses in all of a record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(HIDDEN, super().format(record))
