"""Watching the books: all invariants at one moment, whose hub they speak of, and the hubs that must stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from foundation.invariants import Finding, Invariant, check
from foundation.snapshots import one_moment
from foundation.verdict import Verdict, write_verdict
from fulfillment import invariants as fulfillment
from shipping import invariants as shipping
from warehouses import invariants as warehouses
from warehouses.services.stopping import stop_hub

log = structlog.get_logger("pakhuis.books")

FLOORS: Final = {
    "warehouses": warehouses.INVARIANTS,
    "shipping": shipping.INVARIANTS,
    "fulfillment": fulfillment.INVARIANTS,
}

STOPPING: Final = frozenset({"warehouses", "fulfillment"})
"""Floors whose differences stop a hub. What is wrong with a label is no reason to promise nothing."""

_INBOUND: Final = "SELECT i.hub_id FROM warehouses_inbound i"
_CARTON_LINE: Final = (
    f"{_INBOUND} JOIN warehouses_carton c ON c.inbound_id = i.id JOIN warehouses_cartonline l ON l.carton_id = c.id"
)

HUB_OF: Final = {
    "hub_id": "q.hub_id",
    "bin_id": "SELECT hub_id FROM warehouses_bin WHERE id = q.bin_id",
    "bin_balance_id": (
        "SELECT p.hub_id FROM warehouses_binbalance b JOIN warehouses_bin p ON p.id = b.bin_id "
        "WHERE b.id = q.bin_balance_id"
    ),
    "move_id": (
        "SELECT p.hub_id FROM warehouses_move m JOIN warehouses_bin p ON p.id = coalesce(m.from_bin_id, m.to_bin_id) "
        "WHERE m.id = q.move_id"
    ),
    "reservation_id": "SELECT hub_id FROM warehouses_reservation WHERE id = q.reservation_id",
    "pick_task_id": (
        "SELECT r.hub_id FROM warehouses_picktask t JOIN warehouses_reservation r ON r.id = t.reservation_id "
        "WHERE t.id = q.pick_task_id"
    ),
    "pick_list_id": "SELECT hub_id FROM warehouses_picklist WHERE id = q.pick_list_id",
    "count_id": "SELECT hub_id FROM warehouses_count WHERE id = q.count_id",
    "putaway_task_id": "SELECT hub_id FROM warehouses_putawaytask WHERE id = q.putaway_task_id",
    "inbound_id": f"{_INBOUND} WHERE i.id = q.inbound_id",
    "carton_id": f"{_INBOUND} JOIN warehouses_carton c ON c.inbound_id = i.id WHERE c.id = q.carton_id",
    "appointment_id": f"{_INBOUND} JOIN warehouses_appointment a ON a.inbound_id = i.id WHERE a.id = q.appointment_id",
    "case_id": f"{_INBOUND} JOIN warehouses_case k ON k.inbound_id = i.id WHERE k.id = q.case_id",
    "carton_line_id": f"{_CARTON_LINE} WHERE l.id = q.carton_line_id",
    "receipt_scan_id": (
        f"{_CARTON_LINE} JOIN warehouses_receiptscan s ON s.line_id = l.id WHERE s.id = q.receipt_scan_id"
    ),
    "order_id": "SELECT hub_id FROM fulfillment_order WHERE id = q.order_id",
    "order_line_id": (
        "SELECT o.hub_id FROM fulfillment_orderline l JOIN fulfillment_order o ON o.id = l.order_id "
        "WHERE l.id = q.order_line_id"
    ),
    "wave_id": "SELECT hub_id FROM fulfillment_wave WHERE id = q.wave_id",
}
"""By the name of a column in which invariants show a broken row: the hub of that row."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the books found: a finding for every invariant, with its floor, and the hubs it is about."""

    findings: Sequence[tuple[str, Finding]]
    hubs: dict[str, tuple[int, ...]]

    @property
    def broken(self) -> int:
        """Rows that break an invariant."""
        return sum(finding.broken for _, finding in self.findings)


def look() -> Look:
    """Checks every floor's invariants on one moment of the database, and leaves the verdict for the control room."""
    listed = [(floor, invariant) for floor, invariants in FLOORS.items() for invariant in invariants]
    with one_moment(takes_long=True):
        found = check(invariant for _, invariant in listed)
        findings = [(floor, finding) for (floor, _), finding in zip(listed, found, strict=True)]
        hubs = {
            finding.invariant.name: _hubs_of(finding.invariant, [*finding.rows[0]])
            for floor, finding in findings
            if finding.broken and floor in STOPPING
        }
    seen = Look(findings, hubs)
    write_verdict(settings.VAR_DIR / "verify.json", Verdict(timezone.now(), len(findings), seen.broken))
    return seen


def _hubs_of(invariant: Invariant, columns: Sequence[str]) -> tuple[int, ...]:
    """The hubs of all its broken rows; none when these say nothing of a hub."""
    known = [f"({sql})" for name, sql in HUB_OF.items() if name in columns]
    if not known:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT coalesce({', '.join(known)}) FROM ({invariant.sql}) AS q")  # noqa: S608
        return tuple(sorted(hub_id for (hub_id,) in cursor.fetchall() if hub_id is not None))


def watch() -> Look:
    """Looks, stops allocation in every hub that fails, and calls somebody by an error in the log."""
    seen = look()
    failing: dict[int, dict[str, int]] = {}
    for _, finding in seen.findings:
        name = finding.invariant.name
        if finding.broken:
            log.error("the books differ", invariant=name, rows=finding.broken, hubs=seen.hubs.get(name, ()))
        for hub_id in seen.hubs.get(name, ()):
            failing.setdefault(hub_id, {})[name] = finding.broken
    for hub_id, broken in sorted(failing.items()):
        stop_hub(hub_id=hub_id, invariants=list(broken), differences=sum(broken.values()))
        log.error("allocation stopped", hub=hub_id, invariants=sorted(broken))
    return seen
