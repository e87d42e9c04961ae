"""The agent at work: asks, prints, writes down, tells; one thread for each printer that has something to do.

Nothing is printed twice: a job is known by its number and its lease, and what the journal has seen is not sent again.
Nothing is lost: what is not surely on paper goes back to the server, with what is known of it.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from labels.agent.client import Client, Corrupt, Job, LockedOut, ServerAway
from labels.agent.journal import Journal, Settled
from labels.wire.agreed import IPP, RAW_TCP, Outcome
from labels.wire.ipp import ipp_name, send_ipp
from labels.wire.raw_tcp import WireFailed, send_raw


def _send_raw(job: Job, content: bytes) -> None:
    send_raw(job.address, content, copies=job.copies)


def _send_ipp(job: Job, content: bytes) -> None:
    name = ipp_name(job.id, job.lease)
    send_ipp(job.address, content, content_type=job.content_type, copies=job.copies, name=name)


WIRES: Final[Mapping[str, Callable[[Job, bytes], None]]] = {RAW_TCP: _send_raw, IPP: _send_ipp}
WAIT_S: Final = 25.0
GREET_EVERY_S: Final = 60.0
REST_S: Final = 60.0
"""A printer that did not take a job is left alone for so long, as the server does with its own."""
MARGIN_S: Final = 60.0
"""A job with less left of its lease is not begun: the server would give it up while it is being sent."""
LONGEST_PAUSE_S: Final = 60.0
MOST_PRINTERS: Final = 32


def say(event: str, **facts: object) -> None:
    """One JSON line on standard output. Never a name, an address of a person, or anything that is printed."""
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def plain(text: str) -> str:
    """A message in characters that any server takes, whatever the operating system has put into it."""
    return "".join(c if c.isprintable() else " " for c in text.encode("ascii", "backslashreplace").decode())[:300]


def pause_s(failures: int) -> float:
    """Seconds before the next attempt after so many in a row: doubling, and never all agents at the same moment."""
    return min(LONGEST_PAUSE_S, 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)


class Agent:
    """One print agent, with its `client` and its `journal`."""

    def __init__(self, client: Client, journal: Journal) -> None:
        self.client = client
        self.journal = journal
        self.stopping = threading.Event()
        self._resting: dict[str, float] = {}
        self._greeted = float("-inf")
        self._work: list[Future[None]] = []

    def stop(self) -> None:
        """Ends `run` after the jobs in hand; what has not been begun goes back."""
        self.stopping.set()

    def run(self) -> None:
        """Until `stop`. Raises `LockedOut`; what the server does not know by then stays in the journal."""
        self.journal.recover()
        failures = 0
        with ThreadPoolExecutor(MOST_PRINTERS) as pool:
            while not self.stopping.is_set():
                try:
                    batch_pause_s = self._round(pool, wait_s=WAIT_S)[1]
                    failures = 0
                    self.stopping.wait(batch_pause_s)
                except ServerAway as away:
                    say("server_away", error=str(away))
                    self.stopping.wait(pause_s(failures))
                    failures += 1
        with suppress(ServerAway):
            self._tell_all()
        say("stopped", untold=len(self.journal.untold()))

    def run_once(self) -> bool:
        """Prints what waits now, once, and returns whether the server knows all of it. Raises `LockedOut`."""
        self.journal.recover()
        try:
            with ThreadPoolExecutor(MOST_PRINTERS) as pool:
                while not self.stopping.is_set() and self._round(pool, wait_s=0)[0]:
                    wait(self._work)
            self._tell_all()
        except ServerAway as away:
            say("server_away", error=str(away))
            return False
        return True

    def _round(self, pool: ThreadPoolExecutor, *, wait_s: float) -> tuple[int, float]:
        """One question and its answer: how many jobs came, and how many seconds to let pass before the next one."""
        self._reap()
        self._tell_all()
        if time.monotonic() - self._greeted > GREET_EVERY_S:
            self.client.greet()
            self.journal.prune(now_s=time.time())
            self._greeted = time.monotonic()
        lease = self.journal.lease_to_ask()
        batch = self.client.ask(lease, wait_s=wait_s, resting=self._resting_now())
        if batch.jobs:
            arrived = time.monotonic()
            new = self.journal.take(lease, [(job.id, job.printer) for job in batch.jobs])
            fresh = [job for job in batch.jobs if job.id in new]
            for printer, jobs in groupby(sorted(fresh, key=lambda job: job.printer), key=lambda job: job.printer):
                self._work.append(pool.submit(self._print_all, printer, list(jobs), arrived))
        return len(batch.jobs), batch.ask_again_s

    def _reap(self) -> None:
        """Forgets finished work. What went wrong in it, a full disk say, ends the agent: a new start sorts it out."""
        done = [work for work in self._work if work.done()]
        self._work = [work for work in self._work if not work.done()]
        for work in done:
            work.result()

    def _resting_now(self) -> list[str]:
        now = time.monotonic()
        return sorted(printer for printer, until in self._resting.items() if until > now)

    def _print_all(self, printer: str, jobs: list[Job], arrived: float) -> None:
        """One printer's jobs in their order; the first that fails sends the rest back untried."""
        is_well = True
        for job in jobs:
            too_late = time.monotonic() - arrived > job.lease_left_s - MARGIN_S
            if not is_well or too_late or self.stopping.is_set():
                settled = Settled(job.id, job.lease, Outcome.UNTRIED)
                self.journal.settle(settled)
            else:
                settled = self._print(job)
                is_well = settled.outcome == Outcome.PRINTED
            if not is_well:
                self._resting[printer] = time.monotonic() + REST_S
            with suppress(ServerAway, LockedOut):  # the next round tells it, or ends with it
                self._tell(settled)

    def _print(self, job: Job) -> Settled:
        """Sends one job, and writes down before and after."""
        started = time.monotonic()
        try:
            content, send = job.content(), WIRES[job.transport]
        except (Corrupt, KeyError) as error:
            reason = str(error) if isinstance(error, Corrupt) else f"This agent knows no {job.transport!r}."
            settled = Settled(job.id, job.lease, Outcome.FAILED, error=reason)
        else:
            self.journal.begin(job.id, job.lease)
            try:
                send(job, content)
                settled = Settled(job.id, job.lease, Outcome.PRINTED)
            except WireFailed as failed:
                reason, doubt = plain(f"{job.printer} {failed.message}"), failed.may_have_printed
                outcome = Outcome.UNTRIED if failed.is_away else Outcome.FAILED
                settled = Settled(job.id, job.lease, outcome, may_have_printed=doubt, error=reason)
        self.journal.settle(settled)
        say(
            "job",
            job=job.id,
            printer=job.printer,
            outcome=settled.outcome.value,
            may_have_printed=settled.may_have_printed,
            copies=job.copies,
            ms=round((time.monotonic() - started) * 1000),
            error=settled.error,
        )
        return settled

    def _tell_all(self) -> None:
        for settled in self.journal.untold():
            self._tell(settled)

    def _tell(self, settled: Settled) -> None:
        """Twice is once, so that two threads may tell the same."""
        if refusal := self.client.tell(settled):
            say("outcome_refused", job=settled.job, outcome=settled.outcome.value, code=refusal)
        self.journal.note_told(settled)
