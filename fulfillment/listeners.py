"""The stairs: the only place that hears the two doorbells of the floor below."""

from collections.abc import Collection, Sequence
from typing import Any

from procrastinate.types import JSONValue

from foundation.jobs import enqueue
from fulfillment.services.allocation import note_taken_back
from fulfillment.services.announcing import announce_news
from fulfillment.services.charging import charge_cases
from fulfillment.services.leaving import note_tracking
from fulfillment.services.picking_progress import note_displaced, note_picks
from shipping.models import Shipment
from shipping.signals import TrackedChange, shipment_tracked
from warehouses.models import Case, Condition, Move
from warehouses.services.moving import Moved
from warehouses.signals import News, What, stock_moved

_FROM_SHELF = frozenset({Move.Kind.PICK, Move.Kind.MISSING})
_TO_SHELF = frozenset({Move.Kind.PUTAWAY, Move.Kind.COUNT, Move.Kind.TRANSFER, Move.Kind.ADJUST, Move.Kind.CONDITION})


def connect() -> None:
    """Called once, when the top floor is ready."""
    stock_moved.connect(on_stock_moved, dispatch_uid="fulfillment.stock_moved")
    shipment_tracked.connect(on_shipment_tracked, dispatch_uid="fulfillment.shipment_tracked")


def on_stock_moved(
    sender: type[Move],
    hub_id: int,
    moves: Sequence[Moved],
    displaced: Collection[int] = (),
    recalls: Collection[int] = (),
    is_open_again: bool = False,
    news: Sequence[News] = (),
    **_: Any,
) -> None:
    """Picks move orders on; who lost a bin or a promise waits again; new stock on a shelf wakes the allocator.

    What got on with an inbound is told to its seller; what was done in a case is charged.
    """
    steps = [moved.step for moved in moves]
    picked = {step.reservation_id for step in steps if step.kind in _FROM_SHELF and step.reservation_id}
    if picked:
        note_picks(reservation_ids=picked)
    if displaced:
        note_displaced(reservation_ids=displaced)
    counted = {step.sku_id for step in steps if step.kind == Move.Kind.COUNT}
    if counted:
        note_taken_back(hub_id=hub_id, sku_ids=counted)
    is_more = any(step.kind in _TO_SHELF and step.arrives == Condition.SELLABLE for step in steps)
    if displaced or is_open_again or is_more:
        enqueue("fulfillment.allocate", once=f"allocate:{hub_id}", hub_id=hub_id)
    if news:
        announce_news(news)
        ended = [each.case for each in news if each.what == What.ISSUE_CLOSED and each.case]
        charge_cases(case for case in ended if case.state == Case.State.RESOLVED)
    if recalls:
        enqueue("fulfillment.note_recalls", lot_ids=list[JSONValue](sorted(recalls)))


def on_shipment_tracked(sender: object, changes: Sequence[TrackedChange], **_: Any) -> None:
    """Orders follow what the carrier says of their shipments; what has its labels now is printed."""
    note_tracking(changes)
    labelled = sorted({change.shipment_id for change in changes if change.to_state == Shipment.State.LABEL_CREATED})
    if labelled:
        enqueue("fulfillment.print_parcels", shipment_ids=list[JSONValue](labelled))
