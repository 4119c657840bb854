"""Redis goes while a worker holds what it has not acknowledged and waits for more: it must be left to come back to."""

import pytest
from kombu import Connection, Exchange, Queue
from kombu.transport import redis

from marketplace.broker import Transport
from tests.faults.servers import Server
from tests.waiting import until

TICKS = Queue("ticks", routing_key="ticks")
# What a worker is asked and told by `celery inspect` and `celery control`.
CONTROL = Queue("asked", Exchange("control", type="fanout"), auto_delete=True)


def at_work(valkey: Server, transport: type[redis.Transport]) -> Connection:
    """One message taken, as by a worker with a task that runs, and the next one waited for."""
    taken: list[object] = []
    connection = Connection(valkey.url, transport=transport)
    connection.Producer().publish({}, routing_key=TICKS.routing_key, declare=[TICKS])
    connection.Consumer(TICKS, callbacks=[lambda *message: taken.append(message)]).consume()
    connection.Consumer(CONTROL, channel=connection.channel()).consume()
    until(lambda: connection.drain_events(timeout=5) or taken, what="the message")
    connection.transport.cycle.on_poll_start()
    return connection


def lose(connection: Connection, valkey: Server) -> None:
    """As Celery's consumer does, which goes on after errors of the connection and after no others."""
    valkey.kill()
    connection.collect(socket_timeout=1)
    connection.close()


def test_a_lost_connection_is_let_go(valkey):
    lose(at_work(valkey, Transport), valkey)


def test_control_kombu_alone_ends_the_worker(valkey):
    """When this fails, marketplace/broker.py can go."""
    connection = at_work(valkey, redis.Transport)
    with pytest.raises(AttributeError, match="hostname"):
        lose(connection, valkey)
