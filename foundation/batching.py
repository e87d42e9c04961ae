"""Many threads' rows in one statement: each waits until its own is written, and none writes alone while others wait.

For doors that many knock at in the same moment and whose every call must be on disk before it is answered: a commit
for each would be the door's limit. Known from databases as group commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(slots=True)
class _Waiting(Generic[Row]):
    row: Row
    fault: Exception | None = None
    is_written: bool = False


class Batcher(Generic[Row]):
    """Hands the rows of all threads that wait to `write`, which stores all of them or raises. For one process."""

    def __init__(self, write: Callable[[Sequence[Row]], None]) -> None:
        self._write = write
        self._queue = Lock()
        self._turn = Lock()
        self._waiting: list[_Waiting[Row]] = []

    def submit(self, row: Row) -> bool:
        """Returns when `row` is written; True for the one call of a batch that wrote it.

        Raises what `write` raised, for every row that it was given.
        """
        mine = _Waiting(row)
        with self._queue:
            self._waiting.append(mine)
        with self._turn:
            leads = not mine.is_written
            if leads:
                self._write_all()
        if mine.fault is not None:
            raise mine.fault
        return leads

    def _write_all(self) -> None:
        with self._queue:
            batch, self._waiting = self._waiting, []
        fault = None
        try:
            self._write([each.row for each in batch])
        except Exception as trouble:  # noqa: BLE001 - it is raised again, by every call of the batch
            fault = trouble
        for each in batch:
            each.fault, each.is_written = fault, True
