"""Celery's way to Redis, where a worker outlives its loss.

Celery 5.7.0 closes a lost connection twice: `collect` takes the transport away, then `close` closes the channel that
`collect` could not. Kombu 5.7.0's channel gives up closing when what it waits for answers with an error, so that the
second attempt finds no transport; with a task not yet acknowledged that is an AttributeError, and the worker ends.
"""

from queue import Empty
from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    def _brpop_read(self, **options: Any) -> bool | None:
        """
        Raises:
            Empty: nothing will come any more, of which `close` knows; a lost connection while it closes is that.
        """
        try:
            return super()._brpop_read(**options)
        except self.connection_errors as lost:
            if self._closing:
                raise Empty from lost
            raise


class Transport(redis.Transport):
    Channel = Channel
