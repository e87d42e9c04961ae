"""The agent's journal: what it has asked for, what it is sending, what came of it, and what the server knows.

Written to disk before the first byte goes to a printer and after the last, each time with an fsync. So a program
that was killed knows afterwards of each job whether it was not begun, finished, or cut off in the middle. No content
is kept here and nothing of what is printed.
"""

import fcntl
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labels.wire.agreed import Outcome

KEPT_S: Final = 30 * 86_400
"""Thirty days: long enough for whoever looks into a parcel that arrived with two labels."""
CUT_OFF: Final = "The print agent was stopped in the middle. Look whether it printed."
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS asking (lease TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS job (
        job INTEGER NOT NULL,
        lease TEXT NOT NULL,
        printer TEXT NOT NULL,
        step TEXT NOT NULL DEFAULT 'taken' CHECK (step IN ('taken', 'sending', 'done')),
        outcome TEXT NOT NULL DEFAULT '',
        may_have_printed INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '',
        told INTEGER NOT NULL DEFAULT 0,
        noted_at REAL NOT NULL,
        PRIMARY KEY (job, lease)
    );
    CREATE INDEX IF NOT EXISTS job_untold ON job (told, noted_at);
"""


class JournalTaken(Exception):
    """Another agent is running with this journal: two of them could print one job twice."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one job under one lease."""

    job: int
    lease: str
    outcome: Outcome
    may_have_printed: bool = False
    error: str = ""


class Journal:
    """The file at `path`, for one process at a time and all its threads. Raises `JournalTaken`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._keeper = path.with_name(f"{path.name}.lock").open("w")
        try:
            fcntl.flock(self._keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            self._keeper.close()
            raise JournalTaken(f"Another print agent is using {path}.") from taken
        self._turn = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        """Lets the file go."""
        self._file.close()
        self._keeper.close()

    def lease_to_ask(self) -> str:
        """The lease to ask for jobs with: the one whose answer has not come yet, or a new one."""
        with self._turn:
            row = self._file.execute("SELECT lease FROM asking").fetchone()
            if row:
                return str(row[0])
            lease = str(uuid.uuid4())
            self._file.execute("INSERT INTO asking VALUES (?)", [lease])
            return lease

    def take(self, lease: str, jobs: Iterable[tuple[int, str]]) -> set[int]:
        """Notes that these (job, printer) came under `lease`, which is answered by that. Returns the new ones."""
        now, new = time.time(), set()
        with self._turn:
            self._file.execute("BEGIN IMMEDIATE")
            for job, printer in jobs:
                row = (job, lease, printer, now)
                sql = "INSERT OR IGNORE INTO job (job, lease, printer, noted_at) VALUES (?, ?, ?, ?)"
                if self._file.execute(sql, row).rowcount:
                    new.add(job)
            self._file.execute("DELETE FROM asking WHERE lease = ?", [lease])
            self._file.execute("COMMIT")
        return new

    def begin(self, job: int, lease: str) -> None:
        """The first byte is about to go."""
        self._write(
            "UPDATE job SET step = 'sending', noted_at = ? WHERE job = ? AND lease = ?", time.time(), job, lease
        )

    def settle(self, settled: Settled) -> None:
        """What came of it; the server is still to be told."""
        self._write(
            "UPDATE job SET step = 'done', outcome = ?, may_have_printed = ?, error = ?, noted_at = ?"
            " WHERE job = ? AND lease = ?",
            *(settled.outcome.value, settled.may_have_printed, settled.error, time.time()),
            *(settled.job, settled.lease),
        )

    def note_told(self, settled: Settled) -> None:
        """The server knows."""
        self._write("UPDATE job SET told = 1 WHERE job = ? AND lease = ?", settled.job, settled.lease)

    def untold(self) -> list[Settled]:
        """What the server does not know yet, in the order in which it came about."""
        sql = (
            "SELECT job, lease, outcome, may_have_printed, error FROM job"
            " WHERE told = 0 AND step = 'done' ORDER BY noted_at, job"
        )
        with self._turn:
            rows = self._file.execute(sql).fetchall()
        return [Settled(job, lease, Outcome(outcome), bool(doubt), error) for job, lease, outcome, doubt, error in rows]

    def recover(self) -> None:
        """After a start: what was not begun goes back untried, what was cut off may have printed."""
        self._write("UPDATE job SET step = 'done', outcome = ? WHERE step = 'taken'", Outcome.UNTRIED.value)
        self._write(
            "UPDATE job SET step = 'done', outcome = ?, may_have_printed = 1, error = ? WHERE step = 'sending'",
            *(Outcome.FAILED.value, CUT_OFF),
        )

    def prune(self, *, now_s: float) -> None:
        """Forgets what the server has known for `KEPT_S`."""
        self._write("DELETE FROM job WHERE told = 1 AND noted_at < ?", now_s - KEPT_S)

    def _write(self, sql: str, *values: object) -> None:
        with self._turn:
            self._file.execute(sql, values)
