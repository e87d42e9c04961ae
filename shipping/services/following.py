"""Following parcels that others sent: nobody here bought their labels, but the carrier's scans come in all the same."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from foundation import clock
from shipping.carriers.statuses import TABLES
from shipping.models import Carrier, TrackingAnomaly, TrackingScan
from shipping.planning.tracking import State


def delivered_at(numbers: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Of parcels by carrier code and tracking number, those delivered, and when: the first scan that says so.

    Two queries for any number. A scan from the future waits until its time has come.
    """
    carriers = {
        pk: (code, TABLES[adapter])
        for pk, code, adapter in Carrier.objects.filter(code__in={code for code, _ in numbers}).values_list(
            "pk", "code", "adapter"
        )
    }
    wanted, found = set(numbers), dict[tuple[str, str], datetime]()
    scans = TrackingScan.objects.filter(carrier__in=carriers, tracking_no__in={number for _, number in numbers})
    rows = scans.filter(occurred_at__lte=clock.now()).order_by("occurred_at", "pk")
    for carrier_id, number, code, at in rows.values_list("carrier_id", "tracking_no", "code", "occurred_at"):
        name, table = carriers[carrier_id]
        if (name, number) in wanted and table.meaning(code)[1] == State.DELIVERED:
            found.setdefault((name, number), at)
    return found


def expect(numbers: Collection[tuple[str, str]]) -> int:
    """These numbers are known after all, though no shipment of ours has them: their anomalies end. Returns how many."""
    by_carrier: dict[str, set[str]] = defaultdict(set)
    for code, number in numbers:
        by_carrier[code].add(number)
    unknown = TrackingAnomaly.objects.filter(kind=TrackingAnomaly.Kind.UNKNOWN_NUMBER, resolved_at=None)
    return sum(
        unknown.filter(carrier__code=code, tracking_no__in=some).update(resolved_at=clock.now())
        for code, some in by_carrier.items()
    )
