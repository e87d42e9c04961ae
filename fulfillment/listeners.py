"""The stairs: the only place that hears the two doorbells of the floor below."""

from collections.abc import Sequence
from typing import Any

from procrastinate.types import JSONValue

from foundation.jobs import enqueue
from fulfillment.services.allocation import note_taken_back
from fulfillment.services.leaving import note_tracking
from fulfillment.services.picking_progress import note_picks
from shipping.models import Shipment
from shipping.signals import TrackedChange, shipment_tracked
from warehouses.models import Condition, Move
from warehouses.services.moving import Moved
from warehouses.signals import stock_moved

_FROM_SHELF = frozenset({Move.Kind.PICK, Move.Kind.MISSING})
_TO_SHELF = frozenset({Move.Kind.PUTAWAY, Move.Kind.COUNT})


def connect() -> None:
    """Called once, when the top floor is ready."""
    stock_moved.connect(on_stock_moved, dispatch_uid="fulfillment.stock_moved")
    shipment_tracked.connect(on_shipment_tracked, dispatch_uid="fulfillment.shipment_tracked")


def on_stock_moved(sender: type[Move], hub_id: int, moves: Sequence[Moved], **_: Any) -> None:
    """Picks move orders on; a count may have taken promises back; new stock on a shelf wakes the allocator."""
    steps = [moved.step for moved in moves]
    picked = {step.reservation_id for step in steps if step.kind in _FROM_SHELF and step.reservation_id}
    if picked:
        note_picks(reservation_ids=picked)
    counted = {step.sku_id for step in steps if step.kind == Move.Kind.COUNT}
    if counted:
        note_taken_back(hub_id=hub_id, sku_ids=counted)
    if any(step.kind in _TO_SHELF and step.condition == Condition.SELLABLE for step in steps):
        enqueue("fulfillment.allocate", once=f"allocate:{hub_id}", hub_id=hub_id)


def on_shipment_tracked(sender: object, changes: Sequence[TrackedChange], **_: Any) -> None:
    """Orders follow what the carrier says of their shipments; what has its labels now is printed."""
    note_tracking(changes)
    labelled = sorted({change.shipment_id for change in changes if change.to_state == Shipment.State.LABEL_CREATED})
    if labelled:
        enqueue("fulfillment.print_parcels", shipment_ids=list[JSONValue](labelled))
