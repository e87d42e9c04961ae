"""Declaring: what customs would be told about an order, from its lines, its seller's numbers and the hub's lanes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from foundation.errors import Conflict, FieldFault
from fulfillment.models import Order, OrderLine, TraderNumber
from shipping.models import Lane
from shipping.planning.customs import Consignment, Incoterm, Line, Reason, Trader, faults_of
from shipping.planning.territories import Territory, customs_needed, territory_of
from shipping.services.shipments import CustomsInput
from warehouses.models import Sku


def consignments(orders: Sequence[Order]) -> dict[int, Consignment]:
    """What each of these orders would declare, by order id; one that crosses no border is left out. Three queries."""
    ends = {order.pk: _ends(order) for order in orders}
    crossing = [order for order in orders if customs_needed(*ends[order.pk])]
    if not crossing:
        return {}
    lines = _lines([order.pk for order in crossing])
    traders = _traders({order.seller_id for order in crossing})
    lanes = {(lane.site, lane.destination): lane for lane in Lane.objects.all()}
    found = {}
    for order in crossing:
        sender, recipient = ends[order.pk]
        lane = _lane(lanes, order.hub.code, recipient)
        found[order.pk] = Consignment(
            sender=sender,
            recipient=recipient,
            lines=tuple(lines[order.pk]),
            currency=order.currency,
            trader=replace(traders.get(order.seller_id, Trader()), name=order.seller.name),
            incoterm=cast(Incoterm, lane.incoterm) if lane else "DAP",
            reason=cast(Reason, lane.reason) if lane else "sale",
        )
    return found


def consignment_of(order: Order) -> Consignment | None:
    """What this order would declare; None where it crosses no border."""
    return consignments([order]).get(order.pk)


def packed_customs(order: Order, parcels: Sequence[Mapping[int, int]]) -> list[CustomsInput | None]:
    """What customs are told of each parcel of an order, given its units by order line; None each within the Union.

    Raises `Conflict` (`customs_data_missing`, with a fault per field) when something is not there any more.
    """
    consignment = consignment_of(order)
    if consignment is None:
        return [None] * len(parcels)
    if faults := faults_of(consignment):
        named = tuple(FieldFault(fault.where, fault.code, fault.message) for fault in faults)
        raise Conflict(faults[0].message, code="customs_data_missing", field=faults[0].where, faults=named)
    rows = OrderLine.objects.filter(order=order).select_related("sku").in_bulk()
    return [
        CustomsInput(
            consignment,
            tuple(
                customs_line(rows[line].sku, quantity=units, value_cents=rows[line].unit_price_cents)
                for line, units in sorted(parcel.items())
            ),
        )
        for parcel in parcels
    ]


def customs_line(sku: Sku, *, quantity: int, value_cents: int) -> Line:
    """So many of an item as customs read it; `value_cents` of one."""
    return Line(
        item=sku.code,
        description=sku.name,
        quantity=quantity,
        net_weight_g=sku.weight_g,
        value_cents=value_cents,
        hs_code=sku.hs_code,
        origin=sku.origin_country,
    )


def _ends(order: Order) -> tuple[Territory, Territory]:
    hub, to = order.hub, order.ship_to
    return territory_of(hub.country, hub.postcode), territory_of(to.country, to.postcode)


def _lines(order_ids: Sequence[int]) -> dict[int, list[Line]]:
    """What is still to be sent of each order, in the order of its lines."""
    found: dict[int, list[Line]] = defaultdict(list)
    rows = OrderLine.objects.filter(order__in=order_ids).select_related("sku").order_by("order_id", "number")
    for row in rows:
        if left := row.quantity - row.cancelled:
            found[row.order_id].append(customs_line(row.sku, quantity=left, value_cents=row.unit_price_cents))
    return found


def _traders(seller_ids: Iterable[int]) -> dict[int, Trader]:
    """The sellers' numbers, by seller."""
    rows: dict[int, list[TraderNumber]] = defaultdict(list)
    for row in TraderNumber.objects.filter(seller__in=seller_ids):
        rows[row.seller_id].append(row)
    return {seller_id: _trader(numbers) for seller_id, numbers in rows.items()}


def _trader(numbers: Sequence[TraderNumber]) -> Trader:
    given = {(row.kind, row.area): row.number for row in numbers}
    return Trader(
        eori_eu=given.get((TraderNumber.Kind.EORI, "EU"), ""),
        eori_gb=given.get((TraderNumber.Kind.EORI, "GB"), ""),
        ioss=given.get((TraderNumber.Kind.IOSS, "EU"), ""),
        vat_numbers=tuple((row.area, row.number) for row in numbers if row.kind == TraderNumber.Kind.VAT),
    )


def _lane(lanes: Mapping[tuple[str, str], Lane], site: str, to: Territory) -> Lane | None:
    """The lane that fits best: the hub's own before every hub's, the territory before the area it is in."""
    wanted = ((place, code) for place in (site, "") for code in (to.code, to.customs))
    return next((lanes[key] for key in wanted if key in lanes), None)
