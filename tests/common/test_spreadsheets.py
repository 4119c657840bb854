"""Tables for spreadsheets."""

import asyncio
import csv
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from common.money import plain_yuan
from common.spreadsheets import BATCH, Yuan, csv_answer


def test_no_cell_is_a_formula_and_sums_are_numbers():
    rows = [["When", "What"], ["=1+1", "@x"], [Yuan(plain_yuan(-50)), -3], ["a, b", "中文"]]
    answer = csv_answer("table.csv", iter(rows))
    text = b"".join(answer.streaming_content).decode()
    assert answer.streaming and answer["Content-Disposition"] == 'attachment; filename="table.csv"'
    assert text.startswith("\ufeff")
    read = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert read == [["When", "What"], ["'=1+1", "'@x"], ["-0.50", "-3"], ["a, b", "中文"]]


def test_a_server_that_does_not_wait_is_not_warned_and_reads_it_while_it_is_written():
    read_so_far = 0

    def rows() -> Iterator[list[object]]:
        nonlocal read_so_far
        for number in range(3 * BATCH):
            no_loop_is_kept_waiting()
            read_so_far += 1
            yield [number]

    async def first_and_all() -> tuple[int, bytes]:
        parts = aiter(csv_answer("table.csv", rows()))
        first = await anext(parts)
        return read_so_far, first + b"".join([part async for part in parts])

    with warnings.catch_warnings(action="error"):
        # In a thread: that of the tests may have a loop of its own.
        at_first, all_of_it = ThreadPoolExecutor().submit(lambda: asyncio.run(first_and_all())).result()
    assert at_first < BATCH and all_of_it.decode().split() == ["\ufeff0", *map(str, range(1, 3 * BATCH))]


def no_loop_is_kept_waiting() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise AssertionError("the loop is kept waiting")
