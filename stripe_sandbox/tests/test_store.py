"""The one writer: whole transactions or nothing, and why payment and expiry cannot both win."""

import asyncio
import sqlite3

import pytest

from stripe_sandbox import checkout
from stripe_sandbox.cards import BY_KEY
from stripe_sandbox.clock import Clock
from stripe_sandbox.errors import CardError, NotInThisState, StripeError
from stripe_sandbox.resources.sessions import create
from stripe_sandbox.store import Store

GOOD = BY_KEY["4242424242424242"]
PRICE = {"currency": "cny", "unit_amount": 3000, "product_data": {"name": "x"}}
SESSION = {"line_items": [{"price_data": PRICE, "quantity": 1}], "success_url": "http://shop.test/"}


@pytest.fixture
async def store(tmp_path):
    store = Store(str(tmp_path / "store.sqlite3"), Clock())
    yield store
    store.close()


def an_object(tx, at="thing_1"):
    return tx.add({"id": at, "object": "thing"})


async def test_a_refusal_leaves_nothing_and_a_decline_leaves_its_traces(store):
    def refused(tx):
        an_object(tx)
        raise StripeError("no")

    def declined(tx):
        an_object(tx)
        raise CardError("no", code="card_declined")

    with pytest.raises(StripeError):
        await store.run(refused)
    assert await store.run(lambda tx: tx.maybe("thing", "thing_1")) is None
    with pytest.raises(CardError):
        await store.run(declined)
    assert await store.run(lambda tx: tx.maybe("thing", "thing_1"))


async def test_a_crash_in_the_middle_leaves_nothing(store):
    def crash(tx):
        an_object(tx)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.run(crash)
    assert await store.run(lambda tx: tx.find("thing")) == []


async def test_the_file_is_written_for_good(store, tmp_path):
    def pragmas(tx):
        return [tx.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert await store.run(pragmas) == ["wal", 2]
    await store.run(an_object)
    other = sqlite3.connect(tmp_path / "store.sqlite3")
    assert other.execute("SELECT count(*) FROM objects").fetchone() == (1,)
    other.close()


async def test_two_hundred_at_once_are_done_one_after_the_other(store):
    await store.run(lambda tx: tx.add({"id": "sum", "object": "thing", "n": 0}))

    def one_more(tx):
        thing = tx.get("thing", "sum")
        tx.save({**thing, "n": thing["n"] + 1})

    await asyncio.gather(*[store.run(one_more) for _ in range(200)])
    assert (await store.run(lambda tx: tx.get("thing", "sum")))["n"] == 200


def pay(session_id):
    return lambda tx: checkout.pay(tx, tx.get(checkout.KIND, session_id), GOOD)


def expire(session_id):
    return lambda tx: checkout.expire(tx, tx.get(checkout.KIND, session_id))


async def test_payment_and_expiry_read_and_write_in_one_transaction_so_one_loses(store):
    session = await store.run(lambda tx: create(tx, SESSION))
    outcomes = await asyncio.gather(
        store.run(pay(session["id"])), store.run(expire(session["id"])), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(NotInThisState) == 1


async def test_with_what_was_read_before_both_would_win(store):
    """The negative control: the same two steps on a session read outside their transactions."""
    session = await store.run(lambda tx: create(tx, SESSION))
    stale = [dict(session), dict(session)]
    await store.run(lambda tx: checkout.pay(tx, stale[0], GOOD))
    await store.run(lambda tx: checkout.expire(tx, stale[1]))
    types = [event["type"] for event in await store.run(lambda tx: tx.find("event"))]
    assert {"checkout.session.completed", "checkout.session.expired"} <= set(types)
