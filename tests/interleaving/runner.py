"""Interleavings: sessions on real connections that stop before every statement, and dice that choose who goes next.

Only one session runs at a time, up to its next statement, COMMIT or lock wait. One that waits for a lock (as
`pg_blocking_pids` says) is left alone until the lock is free. So a seed is a story: the same seed tells it again.

The dice may also kill the session whose turn it is (`pg_terminate_backend`), or drop the answer to its COMMIT: the
work is done, and the caller does not know. Callers are `retrying`, with the same key each time.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from tests.roles import kill_session

PATIENCE_S: Final = 30.0
POLL_S: Final = 0.002

AT_STATEMENT, RUNNING, WAITING, DONE = "at a statement", "running", "waiting for a lock", "done"


@dataclass
class Session:
    """One caller. `next` is what it does when it goes on."""

    name: str
    call: Callable[[], object]
    state: str = RUNNING
    next: str = "begin"
    may_go: bool = False
    lose_answer: bool = False
    own: Any = None
    outcome: object = None

    @property
    def pid(self) -> int | None:
        """Its server process, if it is connected."""
        raw = self.own.connection if self.own else None
        return raw.info.backend_pid if raw is not None and not raw.closed else None


@dataclass
class Story:
    """What happened: each session's outcome (what it returned or raised), step by step who did what, and the faults."""

    seed: int
    outcomes: dict[str, object] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    kills: int = 0
    lost_answers: int = 0
    waits: int = 0
    deadlocks: int = 0


class Interleaving:
    """Runs `calls` (by name) in an order that `seed` decides, with up to so many kills and lost answers."""

    def __init__(self, calls: Mapping[str, Callable[[], object]], *, seed: int, kills: int = 0, losses: int = 0):
        self.sessions = [Session(name, call) for name, call in calls.items()]
        self.dice = random.Random(seed)
        self.kills, self.losses = kills, losses
        self.story = Story(seed)
        self.turn = Condition()

    def run(self) -> Story:
        """The whole story. Raises `TimeoutError`, with its last steps, when nobody gets on any more."""
        threads = [Thread(target=self._live, args=(session,), daemon=True) for session in self.sessions]
        for thread, session in zip(threads, self.sessions, strict=True):
            thread.start()
            self._settle([session])
        while ready := self._until_somebody_can_go():
            self._step(self.dice.choice(ready))
        for thread in threads:
            thread.join(PATIENCE_S)
        self.story.outcomes = {session.name: session.outcome for session in self.sessions}
        return self.story

    # --- the dice ---

    def _step(self, session: Session) -> None:
        self.story.steps.append(f"{session.name}: {session.next}")
        if self.kills and session.pid and self.dice.random() < 0.1:
            self.kills -= 1
            self.story.kills += 1
            self.story.steps.append(f"{session.name} is killed")
            kill_session(session.pid)
        elif self.losses and session.next == "COMMIT" and self.dice.random() < 0.3:
            self.losses -= 1
            self.story.lost_answers += 1
            self.story.steps.append(f"{session.name} loses the answer")
            session.lose_answer = True
        with self.turn:
            session.state, session.may_go = RUNNING, True
            self.turn.notify_all()
        self._settle([session])
        self._settle([other for other in self.sessions if other.state == WAITING])

    def _until_somebody_can_go(self) -> list[Session]:
        """Those at a statement; none when all are done. After a second of deadlock the server lets one of them fail."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            ready = [session for session in self.sessions if session.state == AT_STATEMENT]
            if ready or all(session.state == DONE for session in self.sessions):
                return ready
            if time.monotonic() > deadline:
                raise TimeoutError(f"Seed {self.story.seed} hangs: {self.story.steps[-20:]}")
            time.sleep(POLL_S)
            self._settle([session for session in self.sessions if session.state == WAITING])

    def _settle(self, sessions: list[Session]) -> None:
        """Until each of them stands at a statement, waits for a lock, or is done."""
        deadline = time.monotonic() + PATIENCE_S
        for session in sessions:
            while True:
                with self.turn:
                    if self.turn.wait_for(lambda s=session: s.state in {AT_STATEMENT, DONE}, timeout=POLL_S):
                        break
                if self._is_blocked(session):
                    self.story.waits += session.state == RUNNING
                    with self.turn:
                        if session.state == RUNNING:
                            session.state = WAITING
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError(f"Seed {self.story.seed}: {session.name} hangs at {session.next}")

    def _is_blocked(self, session: Session) -> bool:
        pid = session.pid
        if pid is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            return bool(cursor.fetchone()[0])

    # --- a session, in its own thread ---

    def _live(self, session: Session) -> None:
        session.own = transaction.get_connection()
        try:
            with self._stopping(session):
                session.outcome = session.call()
        except Exception as error:  # noqa: BLE001 - the test judges what was raised
            session.outcome = error
        finally:
            session.own.close()
            with self.turn:
                session.state = DONE
                self.turn.notify_all()

    @contextmanager
    def _stopping(self, session: Session) -> Iterator[None]:
        own, commit = session.own, session.own._commit

        def stop_and_execute(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            self._stop(session, shape_of(str(sql)))
            try:
                return execute(sql, params, many, context)
            except OperationalError as error:
                self.story.deadlocks += getattr(error.__cause__, "sqlstate", "") == "40P01"
                raise

        def stop_and_commit() -> None:
            self._stop(session, "COMMIT")
            commit()
            if session.lose_answer:
                session.lose_answer = False
                own.connection.close()
                raise OperationalError("The answer to COMMIT was lost.")

        own._commit = stop_and_commit
        with own.execute_wrapper(stop_and_execute):
            yield

    def _stop(self, session: Session, what: str) -> None:
        with self.turn:
            session.state, session.next, session.may_go = AT_STATEMENT, what, False
            self.turn.notify_all()
            if not self.turn.wait_for(lambda: session.may_go, timeout=2 * PATIENCE_S):
                raise TimeoutError(f"{session.name} never got its turn")


def shape_of(sql: str) -> str:
    """The statement in words that stay the same from run to run: its verb, its first table, and whether it locks."""
    verb = sql.split(maxsplit=1)[0].upper()
    table = re.search(r"(?:FROM|INTO|UPDATE)\s+\"?((?:warehouses|fulfillment|shipping|procrastinate)_\w+)", sql)
    advisory = re.search(r"pg_advisory_xact_lock", sql)
    lock = " FOR UPDATE" if re.search(r"FOR (NO KEY )?UPDATE", sql) else ""
    return f"{verb} {'advisory lock' if advisory else table[1] if table else ''}{lock}".strip()
