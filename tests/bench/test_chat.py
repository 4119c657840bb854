"""The benchmark still runs on today's server, and its load hears what is sent: whole, and in which order."""

import asyncio
import json
import subprocess
import sys

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bench.chat.load.ours import Ours
from bench.chat.load.seats import ESCAPED, RAW, SIZE_BYTES, NodeWs, Place, Tutorial
from bench.chat.load.wire import Wire, handshake
from devstack.places import CHECKOUT

COMMAND = ["-m", "devstack", "shell", "--no-stripe", "--", sys.executable, "-m", "bench.chat", "--only", "ours"]
SMALL = ["--rounds", "1", "--pairs", "4", "8", "--seconds", "1", "--warm-up", "0.5", "--rates", "40", "--idle", "20"]
CLIENT, COMPANION = 7, 107
# One byte of length, two, eight.
SIZES = (0, 5, 125, 126, 65_535, 65_536, 200_000)


def test_the_last_line_is_one_json_object_with_its_figures():
    done = subprocess.run([sys.executable, *COMMAND, *SMALL], cwd=CHECKOUT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["bench"], figures["pairs"], figures["valid"]) == ("chat", [4, 8], True)
    assert (figures["lost"], figures["doubled"], figures["reordered"], figures["wrong"]) == (0, 0, 0, {})
    assert all(figures["ours_msgs_per_s"][pairs] > 0 for pairs in ("4", "8"))
    assert all(0 < figures["ours_p50_ms"][pairs] <= figures["ours_p99_ms"][pairs] for pairs in ("4", "8"))
    assert all(figures["commits_per_message"][pairs] > 0 for pairs in ("4", "8"))
    assert figures["by_contestant"]["ours"]["open"]["40"]["p50_ms"][0] > 0
    assert figures["idle_kib_per_socket"] > 0 and figures["receipts"]["sent"] > 0


class Heard(Wire):
    def __init__(self, path: str = "/") -> None:
        super().__init__(handshake(path, {}))
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()

    def heard(self, payload: bytes) -> None:
        self.inbox.put_nowait(payload)


class Bytewise(Heard):
    """What arrives comes in the smallest of pieces."""

    def data_received(self, data: bytes) -> None:
        for place in range(len(data)):
            super().data_received(data[place : place + 1])


async def echo(socket: ServerConnection) -> None:
    async for text in socket:
        await (await socket.ping())
        await socket.send(text)
        await socket.send([text[:3], text[3:]])


async def connected(kind: type[Heard], port: int) -> Heard:
    _, wire = await asyncio.get_running_loop().create_connection(kind, "127.0.0.1", port)
    await wire.opened
    return wire


@pytest.mark.parametrize("size", SIZES)
async def test_texts_of_all_lengths_go_out_and_come_back_whole_and_in_parts(size):
    async with serve(echo, "127.0.0.1", 0, max_size=None) as server:
        wire = await connected(Heard, server.sockets[0].getsockname()[1])
        wire.say(b"a" * size)
        assert [await asyncio.wait_for(wire.inbox.get(), 5) for _ in range(2)] == [b"a" * size] * 2
        wire.transport.close()


async def test_frames_may_be_cut_anywhere():
    async with serve(echo, "127.0.0.1", 0) as server:
        wire = await connected(Bytewise, server.sockets[0].getsockname()[1])
        wire.say("你好".encode() * 40)
        assert [await asyncio.wait_for(wire.inbox.get(), 5) for _ in range(2)] == ["你好".encode() * 40] * 2
        wire.transport.close()


async def test_a_server_that_closes_or_does_not_agree_is_noticed():
    async def close(socket: ServerConnection) -> None:
        await socket.close(4008)

    async with serve(close, "127.0.0.1", 0) as server:
        wire = await connected(Heard, server.sockets[0].getsockname()[1])
        assert await asyncio.wait_for(wire.closed, 5) == "closed with 4008"
    async with serve(close, "127.0.0.1", 0, process_request=lambda socket, _: socket.respond(403, "no")) as server:
        with pytest.raises(ConnectionError, match="403"):
            await connected(Heard, server.sockets[0].getsockname()[1])


def text(number: int, user: int = COMPANION, filler: bytes = RAW) -> bytes:
    return b'{"text":"%06d.%08d %b"}' % (user, number, filler)


def seated(kind: type[NodeWs] = NodeWs, sent: int = 5) -> NodeWs:
    """A client whose companion has sent so many."""
    seat = kind(Place(CLIENT, COMPANION, 7), receipts=False)
    seat.partner = kind(Place(COMPANION, CLIENT, 7), receipts=False)
    seat.partner.since = [0.0] * sent
    return seat


def counts(seat: NodeWs) -> tuple[int, int, int]:
    return seat.lost, seat.doubled, seat.reordered


@pytest.mark.parametrize(
    ("heard", "lost_doubled_reordered"),
    [
        ((0, 1, 2, 3, 4), (0, 0, 0)),
        ((0, 1, 2), (2, 0, 0)),
        ((0, 1, 3, 4), (1, 0, 0)),
        ((0, 2, 1, 3, 4), (0, 0, 1)),
        ((0, 1, 1, 2, 3, 4, 4), (0, 2, 0)),
        ((3, 1, 3, 1), (3, 2, 1)),
    ],
)
async def test_what_is_lost_doubled_and_out_of_order_is_counted(heard, lost_doubled_reordered):
    seat = seated()
    for number in heard:
        seat.heard(text(number))
    assert counts(seat) == lost_doubled_reordered
    assert not seat.wrong


async def test_texts_that_are_spoilt_or_of_others_are_no_messages():
    seat = seated()
    seat.heard(text(0)[:-9] + b'"}')
    seat.heard(text(0, user=8))
    seat.heard(text(0, user=CLIENT))
    assert (seat.wrong, seat.echoes, seat.lost) == ({"spoilt": 1, "somebody else's": 1}, 1, 5)


async def test_a_text_is_120_bytes_and_may_come_escaped():
    assert len(b"%06d.%08d %b" % (CLIENT, 0, RAW)) == SIZE_BYTES
    seat = seated(Tutorial, sent=1)
    seat.heard(text(0, filler=ESCAPED))
    assert counts(seat) == (0, 0, 0) and not seat.wrong


def message(seq: int, number: int) -> bytes:
    return b'{"t":"msg","conv":7,"seq":%d,"kind":"text","body":"%06d.%08d %b"}' % (seq, COMPANION, number, RAW)


async def test_our_own_messages_have_each_seq_once_and_in_order():
    seat = seated(Ours)
    seat.heard(b'{"t":"welcome","heads":[{"conv":7,"head":40}]}')
    seat.heard(message(41, 0))
    seat.heard(b'{"t":"msg","conv":7,"seq":42,"kind":"system","body":"{}"}')
    seat.heard(message(43, 1).replace(b":", b": "))
    assert not +seat.wrong
    seat.heard(message(45, 2))
    assert seat.wrong == {"out of seq": 1}


async def test_an_error_is_trouble_and_so_is_an_ack_of_what_was_not_sent():
    seat = seated(Ours)
    seat.heard(b'{"t":"ack","cmid":"00000007-0000-4000-8000-000000000000","conv":7,"seq":1,"at":1,"dup":false}')
    seat.heard(b'{"t":"error","ref":null,"code":"rate_limited","retry_after":0.1}')
    assert seat.wrong == {"ack of nothing": 1, "rate_limited": 1}
