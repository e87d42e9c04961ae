"""Clients of a benchmark: processes with a connection each, let go together, timed call by call."""

import gc
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection

Job = Callable[[Any], int]
"""Does one order and returns the units it got."""


@dataclass(frozen=True, slots=True)
class Run:
    """What clients did together: wall-clock seconds, milliseconds of every call, what each call returned."""

    seconds: float
    calls_ms: list[float]
    results: list[int]

    def percentile_ms(self, share: float) -> float:
        """The time within which this share of the calls was answered."""
        times = sorted(self.calls_ms)
        return times[min(len(times) - 1, int(share * len(times)))]


def run_clients(
    work: Sequence[Sequence[Any]],
    connect: Callable[[], tuple[Job, Callable[[], None]]],
    *,
    pause_s: float = 0.0,
    due_s: Callable[[Any], float] | None = None,
) -> Run:
    """One forked client for each list of `work`; `connect` is called there and gives the job and what ends it.

    Before each call a client waits half to one and a half times `pause_s`, as hands do; without it they never rest.
    `due_s` says when a call is to be made, in seconds from the start, whatever became of those before; its time is
    counted from then.
    Raises `RuntimeError` when a client died.
    """
    connection.close()
    context = multiprocessing.get_context("fork")
    answers: SimpleQueue[Any] = context.SimpleQueue()
    gate = context.Barrier(len(work) + 1)
    clients = [
        context.Process(target=_client, args=(orders, connect, gate, answers, pause_s, due_s)) for orders in work
    ]
    for client in clients:
        client.start()
    gate.wait(timeout=60)
    begun = time.perf_counter()
    found = [answers.get() for _ in clients]
    seconds = time.perf_counter() - begun
    for client in clients:
        client.join()
    for _, _, fault in found:
        if fault:
            raise RuntimeError(fault)
    return Run(seconds, [ms for calls, _, _ in found for ms in calls], [n for _, results, _ in found for n in results])


def _client(
    orders: Sequence[Any],
    connect: Callable[[], tuple[Job, Callable[[], None]]],
    gate: Barrier,
    answers: "SimpleQueue[Any]",
    pause_s: float,
    due_s: Callable[[Any], float] | None,
) -> None:
    calls, results, fault = [], [], ""
    gc.freeze()
    job, end = connect()
    gate.wait(timeout=60)
    started = time.perf_counter()
    try:
        for order in orders:
            time.sleep(pause_s * random.uniform(0.5, 1.5))
            begun = time.perf_counter()
            if due_s is not None:
                wait_s = started + due_s(order) - begun
                time.sleep(max(0.0, wait_s))
                begun += wait_s
            results.append(job(order))
            calls.append((time.perf_counter() - begun) * 1000)
    except Exception as error:  # noqa: BLE001 - the parent judges it
        fault = repr(error)
    answers.put((calls, results, fault))
    end()
