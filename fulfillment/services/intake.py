"""Intake: orders from whatever door become rows, a promise and reservations; the same order twice is one order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from foundation import clock
from foundation.errors import Conflict, FieldFault, Invalid
from foundation.jobs import enqueue
from foundation.quantities import whole_quantity
from fulfillment.models import Order, OrderLine
from fulfillment.planning.promising import Timetable, promised_from, ship_by
from fulfillment.services.allocation import promise_order
from fulfillment.services.announcing import ADDRESS_CORRECTED, announce_orders
from fulfillment.services.screening import outlook_of, screen_orders
from shipping.carriers.base import Place
from shipping.services.addresses import add_addresses, clean_place, place_faults
from warehouses.models import Hub, Seller, Sku
from warehouses.services.reserving import Demand, reserve

MOST_LINES = 1_000
"""An order with more lines than this is a stock transfer, not a buyer's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """So many of one of the seller's items, by the seller's code."""

    sku: str
    quantity: int
    unit_price_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInput:
    """An order as a door has understood it. `external_ref` is the shop's number: the natural key with the seller."""

    external_ref: str
    ship_to: Place
    lines: tuple[LineInput, ...]
    placed_at: datetime
    channel: str = "api"
    currency: str = "EUR"
    is_gift: bool = False
    priority: int = 100
    short_policy: str = Order.ShortPolicy.WAIT


@dataclass(frozen=True, slots=True)
class Taken:
    """The order there is now, and whether this call made it."""

    order: Order
    is_new: bool


def take_order(*, seller: Seller, hub: Hub, order: OrderInput, promise_now: bool = False) -> Taken:
    """One order, for a door that wants to know. The same order again is returned as it is.

    With `promise_now` it gets its stock before this returns, if all of it is there and no older order that could be
    served wants any of it; otherwise it joins the queue, as it does without.

    Raises `Conflict` (`reference_taken`) when the reference belongs to an order with other contents, and
    `Invalid` as `take_orders` does, with places such as `lines[0].sku`.
    """
    try:
        taken = _take_checked(seller, hub, [order], promise_now=promise_now)[0]
    except Invalid as error:
        raise _without_index(error) from error
    if not taken.is_new and not _same(taken.order, order):
        raise Conflict(
            f"Reference {order.external_ref} is taken by {taken.order.number} with other contents.",
            code="reference_taken",
            field="external_ref",
        )
    return taken


def _without_index(error: Invalid) -> Invalid:
    faults = tuple(FieldFault(f.where.removeprefix("orders[0]."), f.code, f.message) for f in error.faults)
    field = error.field.removeprefix("orders[0].") if error.field else None
    return Invalid(error.message, code=error.code, field=field, faults=faults)


def _same(order: Order, given: OrderInput) -> bool:
    lines = [(line.sku.code, line.quantity) for line in order.lines.select_related("sku").order_by("number")]
    wanted = [(line.sku, line.quantity) for line in given.lines]
    to = order.ship_to
    if lines == wanted and order.events.filter(kind=ADDRESS_CORRECTED).exists():
        return True
    return lines == wanted and (to.postcode, to.country) == (given.ship_to.postcode, given.ship_to.country.upper())


def take_orders(*, seller: Seller, hub: Hub, orders: Sequence[OrderInput]) -> list[Taken]:
    """Takes many orders at once, in the order given; those whose reference is known come back as they are.

    All or nothing: raises `Invalid` with a fault per wrong place (`orders[3].lines[0].sku`: `sku_unknown`,
    `quantity_invalid`, `lines_missing`, `reference_missing`, `reference_repeated`, address faults). Queues the
    allocator. Set-based: the number of statements does not depend on the number of orders.
    """
    return _take_checked(seller, hub, orders)


def _take_checked(seller: Seller, hub: Hub, orders: Sequence[OrderInput], *, promise_now: bool = False) -> list[Taken]:
    """`promise_now` is for a single order: two would take their locks on stock one after the other."""
    skus = _known_skus(seller, orders)
    _check(orders, skus)
    try:
        return _take(seller, hub, orders, skus, promise_now)
    except IntegrityError:
        # The same reference came in through another door at this very moment: now it is known.
        return _take(seller, hub, orders, skus, promise_now)


def _known_skus(seller: Seller, orders: Sequence[OrderInput]) -> dict[str, Sku]:
    codes = {line.sku for order in orders for line in order.lines}
    return {sku.code: sku for sku in Sku.objects.filter(seller=seller, code__in=codes, is_active=True)}


def order_faults(*, seller: Seller, order: OrderInput) -> list[FieldFault]:
    """What `take_order` would refuse a new order for, place by place; nothing is written."""
    faults = _faults([order], _known_skus(seller, [order]))
    return [replace(fault, where=fault.where.removeprefix("orders[0].")) for fault in faults]


def _check(orders: Sequence[OrderInput], skus: dict[str, Sku]) -> None:
    faults = _faults(orders, skus)
    if faults:
        raise Invalid(faults[0].message, code=faults[0].code, field=faults[0].where, faults=tuple(faults))


def _faults(orders: Sequence[OrderInput], skus: dict[str, Sku]) -> list[FieldFault]:
    faults: list[FieldFault] = []
    seen: set[str] = set()
    for i, order in enumerate(orders):
        where = f"orders[{i}]"
        if not order.external_ref.strip():
            faults.append(FieldFault(f"{where}.external_ref", "reference_missing", "An order needs its shop's number."))
        elif order.external_ref in seen:
            faults.append(FieldFault(f"{where}.external_ref", "reference_repeated", "This order stands here twice."))
        seen.add(order.external_ref)
        faults += place_faults(clean_place(order.ship_to), f"{where}.ship_to")
        if not 1 <= len(order.lines) <= MOST_LINES:
            faults.append(FieldFault(f"{where}.lines", "lines_missing", f"An order has 1 to {MOST_LINES} lines."))
        for n, line in enumerate(order.lines):
            faults.extend(_line_faults(line, skus, f"{where}.lines[{n}]"))
    return faults


def _line_faults(line: LineInput, skus: dict[str, Sku], where: str) -> list[FieldFault]:
    faults = []
    if line.sku not in skus:
        faults.append(FieldFault(f"{where}.sku", "sku_unknown", f"There is no item {line.sku[:40]!r}."))
    try:
        whole_quantity(line.quantity)
    except Invalid as error:
        faults.append(FieldFault(f"{where}.quantity", error.code, error.message))
    return faults


@transaction.atomic
def _take(
    seller: Seller, hub: Hub, orders: Sequence[OrderInput], skus: dict[str, Sku], promise_now: bool
) -> list[Taken]:
    refs = [order.external_ref for order in orders]
    known = {row.external_ref: row for row in _orders_of(seller, refs)}
    fresh = [order for order in orders if order.external_ref not in known]
    if fresh:
        rows = _write_orders(seller, hub, fresh)
        demands = _write_lines(hub, rows, fresh, skus)
        announce_orders("order.received", rows)
        screen_orders(rows, outlook=outlook_of(hub))
        known |= {row.external_ref: row for row in rows}
        # Last, since it holds the locks on the stock until the commit.
        if not (promise_now and promise_order(order=rows[0], demands=demands)):
            enqueue("fulfillment.allocate", once=f"allocate:{hub.pk}", hub_id=hub.pk)
    made = {order.external_ref for order in fresh}
    return [Taken(known[ref], ref in made) for ref in refs]


def _orders_of(seller: Seller, refs: Sequence[str]) -> list[Order]:
    rows = Order.objects.filter(seller=seller, external_ref__in=refs).select_related("ship_to", "seller", "hub")
    return list(rows)


def _write_orders(seller: Seller, hub: Hub, orders: Sequence[OrderInput]) -> list[Order]:
    timetable, now = timetable_of(hub), clock.now()
    addresses = add_addresses(places=[order.ship_to for order in orders], tenant_id=seller.pk)
    return Order.objects.bulk_create(
        [
            Order(
                seller=seller,
                hub=hub,
                external_ref=order.external_ref,
                channel=order.channel,
                currency=order.currency,
                ship_to=address,
                is_gift=order.is_gift,
                priority=order.priority,
                short_policy=order.short_policy,
                placed_at=order.placed_at,
                ship_by=ship_by(promised_from(order.placed_at, now), timetable),
            )
            for order, address in zip(orders, addresses, strict=True)
        ],
        batch_size=2_000,
    )


def timetable_of(hub: Hub) -> Timetable:
    """What the hub's promises are made of."""
    return Timetable(hub.timezone, hub.cutoff, hub.dispatch, tuple(hub.work_days))


def _write_lines(hub: Hub, rows: Sequence[Order], orders: Sequence[OrderInput], skus: dict[str, Sku]) -> list[Demand]:
    """The orders' lines, each with its promise queued; what they want of the ledger."""
    numbered = [
        (row, n, line) for row, order in zip(rows, orders, strict=True) for n, line in enumerate(order.lines, start=1)
    ]
    demands = [
        Demand(
            ref=f"{row.number}/{n}",
            group=row.number,
            sku_id=skus[line.sku].pk,
            quantity=line.quantity,
            placed_at=row.placed_at,
            priority=row.priority,
            in_part=row.short_policy == Order.ShortPolicy.SHIP_SHORT,
        )
        for row, n, line in numbered
    ]
    reservations = reserve(hub_id=hub.pk, demands=demands)
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=row,
                number=n,
                sku=skus[line.sku],
                quantity=line.quantity,
                unit_price_cents=line.unit_price_cents,
                reservation_id=reservations[f"{row.number}/{n}"],
            )
            for row, n, line in numbered
        ],
        batch_size=5_000,
    )
    return demands
