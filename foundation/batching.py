"""Many threads' rows in one statement: each waits until its own is written, and none writes alone while others wait.

For doors that many knock at in the same moment and whose every call must be on disk before it is answered: a commit
for each would be the door's limit. Known from databases as group commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic, sleep
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

GATHER_S: Final = 0.015
"""So long a call waits for others before it writes, if there were several in a batch within the last `BUSY_S`."""
BUSY_S: Final = 0.1


@dataclass(slots=True)
class _Waiting(Generic[Row]):
    """One call: its row, and what it waits for: that the row is written, or that it writes the next batch itself."""

    row: Row
    turn: Event = field(default_factory=Event)
    fault: BaseException | None = None
    is_written: bool = False


class Batcher(Generic[Row]):
    """Hands the rows of all threads that wait to `write`, which stores all of them or raises. For one process."""

    def __init__(self, write: Callable[[Sequence[Row]], None]) -> None:
        self._write = write
        self._queue = Lock()
        self._waiting: list[_Waiting[Row]] = []
        self._is_led = False
        self._crowded_at = -BUSY_S

    def submit(self, row: Row) -> bool:
        """Returns when `row` is written; True for the one call of a batch that wrote it.

        Raises what `write` raised, for every row that it was given.
        """
        mine = _Waiting(row)
        with self._queue:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.turn.wait()
            leads = not mine.is_written
        if leads:
            self._write_all()
        if mine.fault is not None:
            raise mine.fault
        return leads

    def _write_all(self) -> None:
        """Writes all that waits, wakes whose rows these are, and leaves the next batch to one that came meanwhile."""
        if monotonic() - self._crowded_at < BUSY_S:
            sleep(GATHER_S)
        with self._queue:
            batch, self._waiting = self._waiting, []
        fault = None
        try:
            self._write([each.row for each in batch])
        except BaseException as trouble:  # noqa: BLE001 - it is raised again, by every call of the batch
            fault = trouble
        if len(batch) > 1:
            self._crowded_at = monotonic()
        with self._queue:
            self._is_led = bool(self._waiting)
            woken = [*self._waiting[:1], *batch]
        for each in batch:
            each.fault, each.is_written = fault, True
        for each in woken:
            each.turn.set()
