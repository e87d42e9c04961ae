"""Speeds of a hub's pickers: learned from when the bins of their walks were scanned, assumed until then."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
from django.db.models import Count, F, Min, Sum

from foundation import clock
from foundation.errors import Invalid
from warehouses.models import Hub, HubSpeeds, PickList, PickTask
from warehouses.planning.floor.layout import Plan, Spot
from warehouses.planning.floor.learning import BOUNDS, Floats, Legs, learn
from warehouses.planning.floor.speeds import Speeds
from warehouses.services.floorplan import layout_of

LOOKS_BACK: Final = timedelta(days=28)
"""Older walks were by other people over other shelves."""

MOST_CARTS: Final = 5_000
"""The newest carts of a busy hub say enough; so a night's work has an end."""


def speeds_of(hub: Hub) -> Speeds:
    """What planners reckon with in this hub; what was never learned is assumed."""
    row = HubSpeeds.objects.filter(hub=hub).values(*BOUNDS).first() or {}
    return Speeds(**{name: value for name, value in row.items() if value is not None})


def learn_speeds(hub: Hub) -> HubSpeeds | None:
    """Learns the hub's speeds from the walks of the last `LOOKS_BACK` and keeps them for the plans to come.

    Two statements to read, one to write; again learns the same. None if the walks tell nothing: then what was learned
    before stays. Raises `Invalid` (`layout_invalid`) for a floor plan that makes no sense.
    """
    learned = learn(_legs(hub), Speeds())
    if not learned.told:
        return None
    row = HubSpeeds(
        hub=hub,
        legs=learned.legs,
        typical_error_s=learned.typical_error_s,
        learned_at=clock.now(),
        **{name: getattr(learned.speeds, name) for name in learned.told},
    )
    changed = [*BOUNDS, "legs", "typical_error_s", "learned_at"]
    HubSpeeds.objects.bulk_create([row], update_conflicts=True, unique_fields=["hub"], update_fields=changed)
    return row


def _legs(hub: Hub) -> Legs:
    """The ways from scan to scan of the hub's newest carts."""
    rows = list(_scans(hub))
    if not rows:
        return Legs.of([])
    layout = layout_of(hub)
    walks = [_walk_legs(layout, list(scans)) for _, scans in groupby(rows, key=itemgetter("pick_list"))]
    return Legs.of(np.concatenate(walks))


def _scans(hub: Hub) -> Iterable[Mapping[str, Any]]:
    """What each cart scanned when, cart by cart in order of time: one row per moment."""
    carts = PickList.objects.filter(hub=hub, started_at__gte=clock.now() - LOOKS_BACK).order_by("-started_at")
    tasks = PickTask.objects.filter(pick_list__in=carts.values("pk")[:MOST_CARTS], scanned_at__isnull=False)
    moments = tasks.order_by("pick_list", "scanned_at").values("pick_list", "scanned_at", "pick_list__started_at")
    return moments.annotate(
        bins=Count("bin", distinct=True),
        items=Count("sku", distinct=True),
        totes=Count("cart_tote", distinct=True),
        aisle=Min("bin__aisle"),
        y_mm=Min("bin__y_mm"),
        tote=Min("cart_tote"),
        units=Sum(F("picked")),
    )


def _walk_legs(floor: Plan, scans: Sequence[Mapping[str, Any]]) -> Floats:
    """One cart's legs as a table for `Legs.of`, without those at whose beginning or end nobody knows where it was.

    Several bins, items or totes in one moment are a station that sent its walk without times.
    """
    try:
        length_mm = floor.legs_mm([Spot(scan["aisle"], scan["y_mm"]) for scan in scans])[:-1]
    except Invalid:  # a bin that stood where the plan has no aisle any more
        return np.empty((0, 6))
    known = np.array([scan["bins"] == scan["items"] == scan["totes"] == 1 for scan in scans])
    totes = np.array([scan["tote"] or 0 for scan in scans])
    units = np.array([scan["units"] for scan in scans])
    times = np.array([scans[0]["pick_list__started_at"].timestamp(), *(s["scanned_at"].timestamp() for s in scans)])
    is_first = np.arange(len(scans)) == 0
    changes = np.append(False, totes[1:] != totes[:-1])
    columns = [length_mm, np.ones(len(scans)), np.maximum(units - 1, 0), changes, is_first, np.diff(times)]
    return np.column_stack(columns)[known & np.append(True, known[:-1])].astype(np.float64)
