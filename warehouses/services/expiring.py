"""Expiring: what can no longer reach a buyer in time is taken out of what can be sold, before a picker finds it."""

import uuid

from django.db import transaction
from django.db.models import Q

from warehouses.locks import lock_allocator
from warehouses.models import GOOD, Bin, BinBalance, Condition, Hub, Instruction
from warehouses.services.freshness import today_in
from warehouses.services.instructing import instruct
from warehouses.services.turning import lock_goods, turn


def hubs_with_expired() -> list[Hub]:
    """Hubs with goods on their shelves that are too old and not marked so yet."""
    return [hub for hub in Hub.objects.order_by("pk") if BinBalance.objects.filter(_too_old(hub)).exists()]


@transaction.atomic
def expire_stock(*, hub: Hub) -> Instruction | None:
    """Good units on the hub's shelves whose last good day is today or past turn expired.

    Pick tasks take other lots, on the same walk, or their orders wait again; promises the hub can no longer keep
    are taken back, the youngest first. None when there is nothing too old. Safe to run at any time.
    """
    which = _too_old(hub)
    lock_allocator(hub.pk)
    if not BinBalance.objects.filter(which).exists():
        return None
    row, _ = instruct(
        key=f"expire:{uuid.uuid4()}",
        kind=Instruction.Kind.EXPIRE,
        about={"hub": hub.pk, "day": str(today_in(hub))},
        reason="last good day",
        actor_id=None,
    )
    return turn(row, lock_goods(which), to=Condition.EXPIRED)


def _too_old(hub: Hub) -> Q:
    return Q(
        bin__hub=hub,
        bin__kind__in=Bin.SHELVES,
        condition__in=GOOD,
        on_hand__gt=0,
        lot__expires_on__lte=today_in(hub),
    )
