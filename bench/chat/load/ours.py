"""A page of our own site: docs/protocol.md, with the receipts that a page sends."""

import json
import re

from bench.chat.load.seats import Place, Seat

CMID = re.compile(rb'"cmid":"([0-9a-f-]{36})"')
READ_EVERY_S = 0.5
# More than any conversation has: the page starts at its head.
NOTHING_MISSED = 2**40


class Ours(Seat):
    def __init__(self, place: Place, *, receipts: bool) -> None:
        super().__init__(place, receipts=receipts)
        self.seq, self.seq_base, self.read_seq, self.read_at = 0, 0, 0, 0.0
        self.unacked: set[bytes] = set()
        self.receipts_sent = self.receipts_heard = self.receipts_unknown = 0

    @staticmethod
    def path(place: Place) -> str:
        return "/ws/"

    @staticmethod
    def headers(place: Place) -> dict[str, str]:
        return {"Origin": "http://localhost", "Cookie": f"sessionid={place.cookie}"}

    def greet(self) -> None:
        self.say(b'{"t":"hello","v":1,"resume":[{"conv":%d,"last_seq":%d}]}' % (self.place.conv, NOTHING_MISSED))

    def packed(self, number: int, text: bytes) -> bytes:
        cmid = b"%08d-0000-4000-8000-%012d" % (self.place.user, self.seq_base + number)
        self.unacked.add(cmid)
        return b'{"t":"send","cmid":"%b","conv":%d,"kind":"text","body":"%b"}' % (cmid, self.place.conv, text)

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"t":"msg"'):
            self.number(payload)
            super().heard(payload)
        elif payload.startswith(b'{"t":"ack"'):
            self.settle(payload)
        elif payload.startswith(b'{"t":"receipt"'):
            self.receipts_heard += 1
        else:
            self.told(payload)

    def number(self, payload: bytes) -> None:
        """Each message of the conversation, his own and system lines too, has the seq after the last one's."""
        self.seq += 1
        if b'"seq":%d,' % self.seq not in payload:
            found = json.loads(payload)["seq"]
            self.wrong["out of seq"] += found != self.seq
            self.seq = found

    def settle(self, payload: bytes) -> None:
        cmid = CMID.search(payload)
        if cmid is None or cmid[1] not in self.unacked:
            self.wrong["ack of nothing"] += 1
            return
        self.unacked.discard(cmid[1])
        # In its place in the order it stands for the message itself, which otherwise comes as well.
        if b'"seq":%d,' % (self.seq + 1) in payload:
            self.seq += 1
            self.echoes += 1

    def count(self, number: int) -> None:
        super().count(number)
        if self.receipts and self.now - self.read_at >= READ_EVERY_S:
            self.tell_read()

    def tell_read(self) -> None:
        self.read_at, self.read_seq = self.now, self.seq
        self.receipts_sent += 1
        self.say(b'{"t":"read","conv":%d,"seq":%d}' % (self.place.conv, self.seq))

    def told(self, payload: bytes) -> None:
        frame = json.loads(payload)
        if frame["t"] == "welcome":
            self.seq = next((each["head"] for each in frame["heads"]), 0)
            self.seq_base = self.seq
            super().told(payload)
        elif frame["t"] == "error":
            self.refused(frame["code"])

    def refused(self, code: str) -> None:
        if code == "unknown_type" and self.receipts:
            self.receipts_unknown += 1
        else:
            self.wrong[code] += 1

    @property
    def owed(self) -> int:
        return max(super().owed, len(self.unacked))

    def finish(self) -> None:
        if self.receipts and self.read_seq < self.seq:
            self.tell_read()
