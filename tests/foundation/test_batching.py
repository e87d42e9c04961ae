"""Rows of many threads in one statement: each is written before its call returns, and a fault reaches all it hit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from foundation.batching import Batcher


def test_what_waits_while_one_writes_is_written_together() -> None:
    batches: list[list[int]] = []
    writing, go_on = Event(), Event()

    def write(rows: Sequence[int]) -> None:
        batches.append(sorted(rows))
        writing.set()
        go_on.wait(10)

    batcher = Batcher(write)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(batcher.submit, 0)
        writing.wait(10)
        others = [threads.submit(batcher.submit, n) for n in range(1, 9)]
        while len(batcher._waiting) < 8:
            pass
        assert not any(other.done() for other in others)
        go_on.set()
        leads = [first.result(), *(other.result() for other in others)]

    assert batches == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]
    assert (leads[0], leads[1:].count(True)) == (True, 1)


def test_a_fault_is_raised_in_every_call_of_its_batch_and_in_no_other() -> None:
    written: list[int] = []

    def write(rows: Sequence[int]) -> None:
        if -1 in rows:
            raise OSError("disk full")
        written.extend(rows)

    batcher = Batcher(write)
    with pytest.raises(OSError, match="disk full"):
        batcher.submit(-1)

    assert batcher.submit(1)
    assert written == [1]


def test_no_thread_waits_for_a_batch_that_is_not_its_own() -> None:
    """Sixteen senders that each send the next row when the last is written: nearly all are in every batch."""
    batches: list[int] = []

    def write(rows: Sequence[int]) -> None:
        batches.append(len(rows))
        sleep(0.005)

    batcher = Batcher(write)

    def sender(_number: int) -> None:
        for n in range(30):
            batcher.submit(n)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(sender, range(16)))

    assert sum(batches) == 480
    assert len(batches) < 120


def test_thousands_of_rows_of_many_threads_are_each_written_once() -> None:
    written: list[int] = []
    batcher = Batcher(written.extend)
    with ThreadPoolExecutor(16) as threads:
        leads = sum(threads.map(batcher.submit, range(3_000)))

    assert sorted(written) == list(range(3_000))
    assert 1 <= leads <= 3_000
