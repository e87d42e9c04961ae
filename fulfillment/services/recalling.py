"""Recalling: orders that hold units of a recalled lot stop where they are, until the lot is released."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from fulfillment.locks import lock_orders
from fulfillment.models import Order
from fulfillment.services.announcing import announce_orders
from fulfillment.services.picking_progress import settle
from warehouses.models import PickTask


@transaction.atomic
def note_recalls(*, lot_ids: Collection[int]) -> int:
    """Holds what was picked of these lots if they are recalled, lets it go if they no longer are. Twice is once.

    Orders in totes and in parcels that have not left. Not part of the recall's own transaction: that holds stock,
    and a picked order is locked before stock. Returns the orders that changed.
    """
    touched = Order.objects.filter(
        lines__reservation__tasks__lot__in=lot_ids,
        lines__reservation__tasks__picked__gt=0,
        state__in=[Order.State.PICKING, Order.State.PICKED, Order.State.PACKED],
    )
    orders = Order.objects.filter(pk__in=touched.values("pk"))
    stop = lock_orders(orders.filter(_holds_recalled()).exclude(hold=Order.Hold.RECALLED))
    go_on = lock_orders(orders.filter(hold=Order.Hold.RECALLED).exclude(_holds_recalled()))
    Order.objects.filter(pk__in=[order.pk for order in stop]).update(hold=Order.Hold.RECALLED)
    Order.objects.filter(pk__in=[order.pk for order in go_on]).update(hold=Order.Hold.NONE)
    announce_orders("order.recalled", stop)
    announce_orders("order.recall_ended", go_on)
    settle(list(Order.objects.filter(pk__in=[order.pk for order in go_on], state=Order.State.PICKING)))
    return len(stop) + len(go_on)


def _holds_recalled() -> Exists:
    picked = PickTask.objects.filter(reservation__order_line__order=OuterRef("pk"), picked__gt=0)
    return Exists(picked.filter(lot__recalled_at__isnull=False))
