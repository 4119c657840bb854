"""What the log says, and what it keeps to itself."""

import logging
import re

# Who has one of these addresses needs nothing else: a meeting's link, an invitation, a companion's calendar as a feed.
# In a query, where one goes on to after signing in, it stands quoted.
SLASH = "(?:/|%2F)"
SECRETS = re.compile(rf"({SLASH}(?:safe{SLASH}with|parties{SLASH}with|listings{SLASH}calendar){SLASH})[^/%\s'\"?.]+")
HIDDEN = r"\1…"
# What somebody looks for in his own talks.
LOOKED_FOR = re.compile(rf"({SLASH}chat{SLASH}(?:\?|%3F))[^\s'\"]*")
# What PostgreSQL adds to an error is the failing row, its keys or the statement, words and photos included. A value may
# have lines of its own: all of it goes, up to the next traceback. In a repr, as Celery writes it, a line ends with \n.
ADDED = r"(?:\n|\\+n)[ |]*(?:DETAIL|CONTEXT|QUERY|LINE \d+):"
NEXT = r"\n[ |+-]*(?:(?:Exception Group )?Traceback \(most|The above exception was|During handling of the above)"
ROWS = re.compile(rf"{ADDED}.*?(?={NEXT}|\Z)", re.DOTALL)


class DiscreetFormatter(logging.Formatter):
    """Hides the secret part of addresses, and what the database adds to its errors, in all of a record, its traceback
    included."""

    def format(self, record: logging.LogRecord) -> str:
        return ROWS.sub(" …", LOOKED_FOR.sub(r"\1q=…", SECRETS.sub(HIDDEN, super().format(record))))
