"""Row locks of the top floor, in ascending order of id.

While an order is on the floor (up to picking), stock is locked first and the order after it: that is the
order in which a pick comes up the stairs through `listeners`. Once it is picked nobody picks for it, and
packing and dispatch lock the order first.

A call with a key (`lock_call`, `lock_scan`) is locked before anything else.
"""

import uuid
from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import QuerySet

from foundation.waiting import locks_within
from fulfillment.models import LeftBehind, Order, Wave


def lock_orders(queryset: QuerySet[Order]) -> list[Order]:
    """The queryset's orders, locked in one order whoever asks."""
    return list(queryset.select_for_update(of=("self",)).order_by("pk"))


def lock_order(order_id: int) -> Order:
    """One order, locked, with its hub, seller and address. Raises `Order.DoesNotExist`."""
    return Order.objects.select_for_update(of=("self",)).select_related("hub", "seller", "ship_to").get(pk=order_id)


def lock_first_free(orders: QuerySet[Order]) -> Order | None:
    """The first of the orders that nobody has locked, locked, with its hub, seller and address. Never waits."""
    rows = orders.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("hub", "seller", "ship_to").first()


def wait_for_orders(orders: QuerySet[Order]) -> None:
    """Until nobody has any of these orders locked, without keeping them: whoever had them has decided."""
    with transaction.atomic():
        lock_orders(orders)
        transaction.set_rollback(True)


def lock_wave(wave_id: int) -> Wave:
    """One wave, locked, with its hub. Raises `Wave.DoesNotExist`."""
    return Wave.objects.select_for_update(of=("self",)).select_related("hub").get(pk=wave_id)


def lock_waves(numbers: Collection[str]) -> list[Wave]:
    """Waves by number, locked in ascending order of id."""
    return list(Wave.objects.select_for_update(of=("self",)).filter(number__in=numbers).order_by("pk"))


def lock_left_behind(rows: QuerySet[LeftBehind]) -> list[LeftBehind]:
    """These rows of the list, locked in ascending order of id, so that no reason is amended meanwhile."""
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def lock_call(*, seller_id: int, key: str, wait_ms: int) -> bool:
    """One run per seller and idempotency key, until the transaction ends.

    False, and a transaction that can only be rolled back, after `wait_ms` of waiting for another run.
    """
    return locks_within(wait_ms, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"call/{seller_id}/{key}"])


def lock_scan(scan_id: uuid.UUID) -> None:
    """One run per scan of a station, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"scan/{scan_id}"])


def lock_intake(seller_id: int) -> None:
    """One batch of one seller's file at a time, until the transaction ends: two files may hold the same orders."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"intake/{seller_id}"])
