"""The process's sockets and what reaches them. PostgreSQL is the log; Redis is only a hint."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from channels.db import database_sync_to_async

from bookings import services as bookings
from chat.live import log as message_log
from chat.live.alarms import Alarms
from chat.live.clock import DatabaseClock
from chat.live.company import Company
from chat.live.connection import Connection
from chat.live.frames import Seen, Typing
from chat.live.lane import Lane, Outgoing
from chat.live.log import Standing, Written, open_pool
from chat.live.places import Places
from chat.live.presence import Presence
from chat.live.receipts import Receipts
from chat.live.replies import acknowledgement, message, refusal
from chat.live.rounds import each, go_on_after_errors
from chat.live.speaker import Speaker
from chat.live.standing import FORBIDDEN, SIGNED_OUT, who_must_go
from chat.live.subscription import IDLE_CHANNEL, Subscription
from chat.live.wire import Parcel, parcel, unpack
from chat.services.fanout import channel_of, mark_of, user_of
from listings import services as listings

log = logging.getLogger(__name__)
SEEN_EVERY_S = 15
# Who is suspended or signed out hears nothing more after five seconds, also when the word about it is lost.
SHOW_OUT_EVERY_S = 4
HEADS_EVERY_S = 30
# A browser sees no ping of the protocol's own, and a lost network closes nothing: so silence is broken in words.
PING_AFTER_S = 25
PING_ROUND_S = 5
# After a reconnect the subscriptions are confirmed one by one, and so do people come back: they are waited for, and
# asked about together.
GATHER_S = 0.1
# More than speaker.BELIEVED_S: so long others may have believed that a user is not here, and have told him nothing.
LOOK_AGAIN_S = 0.1
AFTER_ERROR_S = 2
PING = Parcel("ping", b'{"t":"ping"}')


class Hub:
    """Frames to a user go to all of his pages here at once, and over Redis to those in other processes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.places = Places()
        self._subscription = Subscription(self._hear, self._confirm, lambda: self._speaker.believe_nothing())
        self._speaker = Speaker(secrets.token_hex(4), self._subscription.hears)
        self._lost_hints = asyncio.Event()
        clock = DatabaseClock()
        self.presence = Presence(pool, clock)
        self.alarms = Alarms(pool, clock)
        self.company = Company(pool, self.presence, self.tell, self.announce)
        self.receipts = Receipts(pool)
        self.lane = Lane(pool, self._written, self._not_written)
        self._told: set[asyncio.Task[None]] = set()
        self._came: set[int] = set()
        self._new: list[Connection] = []
        self._rounds = [
            asyncio.create_task(rounds)
            for rounds in (
                self._subscription.listen_forever(),
                self.presence.keep_writing(),
                self.receipts.keep_writing(),
                self._keep_up(),
                each(SHOW_OUT_EVERY_S, self._show_out),
                each(SEEN_EVERY_S, lambda: self._seen(self.places.users)),
                each(PING_ROUND_S, self._break_silence),
            )
        ]

    async def join(self, page: Connection) -> None:
        """From here on the page hears its user's frames. Join before reading the log, or one may be missed.

        Raises what the database does: then nobody has arrived, and the page has to come again.
        """
        user_id = page.user_id
        self.places.join(page)
        await self._subscription.add(channel_of(user_id))
        await self.company.arrive(user_id, lambda: bool(self.places.hearing(user_id)))
        self._seen_soon(user_id)

    def leave(self, page: Connection) -> None:
        """Gives the place back and hears no more. May be called at any time, also again."""
        if self.places.leave(page):
            self._subscription.drop(channel_of(page.user_id))
            self.alarms.forget(page.user_id)
            self.receipts.forget(page.user_id)
            self.company.depart(page.user_id)

    async def close(self) -> None:
        """Writes down that everybody here is gone, then lets go of everything."""
        for task in (*self._rounds, *self._told):
            task.cancel()
        self.lane.close()
        self.alarms.close()
        self.company.close()
        await go_on_after_errors(self.receipts.write())
        await self.presence.close()
        await self._subscription.close()
        await self._speaker.close()
        await self.pool.close()

    async def acquaint(self, page: Connection) -> None:
        """What a new page's conversations need: what it may not have heard of in its first moment is looked for, their
        clocks are watched, and it is told who of the others is here."""
        self._look_again_soon(page)
        await self.company.learn(page, list(page.convs))
        for standing in page.standings.values():
            self.alarms.set(page.user_id, standing.booking_id, standing.stop_ms)
        await self.company.introduce(page)

    def tell(self, user_ids: Iterable[int], frame: dict[str, Any], *, but: Connection | None = None) -> None:
        """To all pages of these users, here and elsewhere, `but` the one that says so itself."""
        self._spread(tuple(user_ids), parcel(frame), but)

    async def announce(self, booking_id: UUID) -> None:
        """Tells of the booking's steps. They are in the database: what fails here is told by the next sweep."""
        await go_on_after_errors(database_sync_to_async(bookings.announce)(only=booking_id))

    def note_seen(self, page: Connection, seen: Seen, standing: Standing) -> None:
        """Tells both how far the page's user has the conversation."""
        # Nobody has seen what he was not sent.
        cursors = self.receipts.note(page.user_id, seen.conv, min(seen.seq, page.has(seen.conv)), read=seen.read)
        if cursors:
            recv, read = cursors
            frame = {"t": "receipt", "conv": seen.conv, "user": page.user_id, "recv": recv, "read": read}
            self.tell((standing.peer, page.user_id), frame, but=page)

    def note_typing(self, page: Connection, typing: Typing, standing: Standing) -> None:
        """Tells the other one, while the conversation is open."""
        if standing.gate:
            self.tell((standing.peer,), {"t": "typing", "conv": typing.conv, "user": page.user_id})

    def _written(self, outgoing: Outgoing, written: Written) -> None:
        outgoing.page.acknowledge(outgoing.send.conv, written.seq, acknowledgement(outgoing, written))
        if not written.dup:
            self._spread(written.members, message(outgoing, written))
            if written.stepped:
                self._soon(self.announce(written.booking_id))

    def _not_written(self, outgoing: Outgoing, error: Exception) -> None:
        outgoing.page.offer(refusal(error, str(outgoing.send.cmid)))

    def _spread(self, user_ids: Sequence[int], parcel: Parcel, but: Connection | None = None) -> None:
        for user_id in user_ids:
            self._take(user_id, parcel, but)
        self._speaker.say(user_ids, parcel)

    def _take(self, user_id: int, parcel: Parcel, but: Connection | None = None) -> None:
        if parcel.t == "bye":
            self._part(user_id, parcel.frame["session"])
        elif parcel.t == "gone":
            self._soon(self.presence.still_here(user_id))
        elif pages := self.places.hearing(user_id):
            self._pass_to(pages, parcel, but)

    def _pass_to(self, pages: Collection[Connection], parcel: Parcel, but: Connection | None = None) -> None:
        for page in pages:
            if parcel.booking_id:
                self.alarms.set(page.user_id, parcel.booking_id, parcel.stop_ms)
            _keep_up_standing(page, parcel)
            if page is not but:
                page.deliver(self.pool, parcel)

    def _part(self, user_id: int, mark: str | None) -> None:
        for page in self.places.of(user_id):
            if mark is None or mark == mark_of(page.session_key):
                page.end(SIGNED_OUT if mark else FORBIDDEN)

    def _hear(self, channel: str, data: bytes) -> None:
        heard = None if channel == IDLE_CHANNEL else unpack(data, self._speaker.process)
        if heard:
            self._take(user_of(channel), heard)

    def _confirm(self, channel: str) -> None:
        # A page that shows something already was without hints until this moment.
        if any(page.convs for page in self.places.hearing(user_of(channel))):
            self._lost_hints.set()

    async def _keep_up(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._lost_hints.wait(), HEADS_EVERY_S)
                await asyncio.sleep(GATHER_S)
            # Whatever is lost from here on has another round.
            self._lost_hints.clear()
            await asyncio.sleep(LOOK_AGAIN_S)
            await go_on_after_errors(self._catch_up_or_again(self.places.all_hearing()))

    def _look_again_soon(self, page: Connection) -> None:
        """At the heads of a page that is new, with those of others that are."""
        self._new.append(page)
        if len(self._new) == 1:
            self._soon(self._look_again())

    async def _look_again(self) -> None:
        await asyncio.sleep(GATHER_S)
        new, self._new = self._new, []
        await asyncio.sleep(LOOK_AGAIN_S)
        await go_on_after_errors(self._catch_up_or_again([page for page in new if not page.over]))

    async def _catch_up_or_again(self, pages: Collection[Connection]) -> None:
        """Raises what the database does, and has everybody looked after in a while."""
        try:
            await self._catch_up(pages)
        except Exception:
            asyncio.get_running_loop().call_later(AFTER_ERROR_S, self._lost_hints.set)
            raise

    async def _catch_up(self, pages: Collection[Connection]) -> None:
        """Asks once for the heads of all their conversations; pages that are behind are filled and told where the
        booking stands, as its frame may be lost with the message's."""
        convs = {conv for page in pages for conv in page.convs}
        heads = await message_log.heads_of_all(self.pool, list(convs)) if convs else {}
        behind = [(page, conv) for page in pages for conv in page.reach(self.pool, heads)]
        if behind:
            frames = await message_log.booking_frames(self.pool, list({conv for _, conv in behind}))
            for page, conv in behind:
                self._pass_to([page], parcel(frames[conv]))

    async def _show_out(self) -> None:
        """Ends sockets whose user was suspended or signed out, in case the word about it was lost."""
        for page, code in await who_must_go(self.pool, self.places.all()):
            page.end(code)

    async def _break_silence(self) -> None:
        quiet_since = time.monotonic() - PING_AFTER_S
        for page in self.places.all_hearing():
            if page.outbox.written_at < quiet_since:
                page.pass_on(PING)

    def _seen_soon(self, user_id: int) -> None:
        """Those who come at the same time together, for a thousand may."""
        self._came.add(user_id)
        if len(self._came) == 1:
            self._soon(go_on_after_errors(self._who_came_was_seen()))

    async def _who_came_was_seen(self) -> None:
        await asyncio.sleep(GATHER_S)
        came, self._came = self._came, set()
        await self._seen(list(came))

    async def _seen(self, user_ids: list[int]) -> None:
        await database_sync_to_async(listings.seen, thread_sensitive=False)(user_ids=user_ids)

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._told.add(task)
        task.add_done_callback(self._told.discard)


def _keep_up_standing(page: Connection, parcel: Parcel) -> None:
    page.bookings_heard += parcel.t == "booking"
    if parcel.t == "booking" and (standing := page.standings.get(parcel.conv)):
        booking = parcel.frame["booking"]
        standing.appointment = booking["state"] == "accepted" and booking["starts_ms"] is not None
        standing.gate = booking["state"] in Standing.OPEN


_hubs: dict[asyncio.AbstractEventLoop, asyncio.Task[Hub]] = {}


async def hub() -> Hub:
    """This process's hub, opened with the first socket."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = asyncio.create_task(_open())
    try:
        return await asyncio.shield(_hubs[loop])
    except Exception:
        _hubs.pop(loop, None)
        raise


async def _open() -> Hub:
    return Hub(await open_pool())


async def close_all() -> None:
    """The process ends: its hub, if there is one, says so."""
    opening = _hubs.pop(asyncio.get_running_loop(), None)
    if opening:
        await (await opening).close()
