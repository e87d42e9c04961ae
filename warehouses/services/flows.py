"""Flows: which orders of a wave ride in totes of their own, and which share one because they are of one unit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Sum

from warehouses.models import Barcode, Hub, PickTask, Reservation
from warehouses.planning.batches.loads import Cart, Line, Tote
from warehouses.planning.running.singles import Flows, is_single, separate_singles


def flows_of(
    hub: Hub,
    orders: Mapping[str, Sequence[Line]],
    tasks: Mapping[str, PickTask],
    *,
    cart: Cart,
    tote: Tote,
    urgency: Mapping[str, int],
) -> Flows:
    """Orders by demand group, those of one unit in shared totes if the hub wants that. Their lines are keys of `tasks`.

    Raises `Invalid` (`unit_too_large`).
    """
    if not hub.singles_apart:
        return Flows((), orders)
    singles = [tasks[lines[0].key] for lines in orders.values() if is_single(lines)]
    return separate_singles(
        orders,
        tote=tote,
        cart=cart,
        least=hub.singles_from,
        urgency=urgency,
        alone=_begun(singles) | _alike(singles),
    )


def _begun(singles: Sequence[PickTask]) -> set[str]:
    """Groups that wanted more units than the one to fetch: the others were picked before, or lie elsewhere."""
    names = {task.reservation.demand_group for task in singles}
    wanted = Reservation.objects.filter(demand_group__in=names).order_by().values_list("demand_group")
    return set(wanted.annotate(units=Sum("wanted")).filter(units__gt=1).values_list("demand_group", flat=True))


def _alike(singles: Sequence[PickTask]) -> set[str]:
    """Groups whose unit carries the same code as another seller's in this wave: no packer could tell whose it is."""
    carriers: dict[str, set[int]] = defaultdict(set)
    barcodes = Barcode.objects.filter(sku__in={task.sku_id for task in singles})
    for value, sku_id in barcodes.values_list("value", "sku_id"):
        carriers[value.upper()].add(sku_id)
    alike = {sku_id for skus in carriers.values() if len(skus) > 1 for sku_id in skus}
    return {task.reservation.demand_group for task in singles if task.sku_id in alike}
