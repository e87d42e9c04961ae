"""The judge: what the clients were told against what the database holds."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.clients import Log
from tests.faults.place import Place


@dataclass(frozen=True)
class Verdict:
    """Each must be 0. `lost` were acknowledged and are not there; `renumbered` are there under another number;
    `doubled` are there more than once; `unasked` nobody asked for; `oversold` are units promised beyond the stock;
    `unserved` are units free while somebody waits for them; `differences` is what `manage.py verify` finds.
    """

    lost: int
    renumbered: int
    doubled: int
    unasked: int
    oversold: int
    unserved: int
    differences: int

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong."""
        return not any(asdict(self).values())


def compare(
    log: Log,
    *,
    stored: Collection[tuple[str, str]],
    units: Mapping[str, int],
    held: Mapping[str, int],
    wanted: Mapping[str, int],
    differences: int,
) -> Verdict:
    """The verdict on `stored` orders (shop's number, ours) and the units that are held and wanted, by item."""
    times = Counter(ref for ref, _ in stored)
    numbers = dict(stored)
    return Verdict(
        lost=sum(ref not in times for ref in log.acknowledged),
        renumbered=sum(ref in times and numbers[ref] != number for ref, number in log.acknowledged.items()),
        doubled=sum(n - 1 for n in times.values()),
        unasked=sum(ref not in log.asked for ref in times),
        oversold=sum(max(0, held.get(sku, 0) - n) for sku, n in units.items()),
        unserved=sum(max(0, min(n, wanted.get(sku, 0)) - held.get(sku, 0)) for sku, n in units.items()),
        differences=differences,
    )


def judge(here: Place, log: Log, units: Mapping[str, int]) -> Verdict:
    """Lets the queue run dry, then looks."""
    done = here.manage("worker", "--once")
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    stored: list[tuple[Any, ...]] = here.ask("SELECT external_ref, number FROM fulfillment_order")
    held = here.ask(
        """SELECT s.code, sum(r.held + r.picked), sum(r.wanted) FROM warehouses_reservation r
           JOIN warehouses_sku s ON s.id = r.sku_id GROUP BY 1"""
    )
    found = json.loads(here.manage("verify", "--json").stdout)
    return compare(
        log,
        stored=[(ref, number) for ref, number in stored],
        units=units,
        held={code: int(n) for code, n, _ in held},
        wanted={code: int(n) for code, _, n in held},
        differences=found["differences"],
    )
