"""Counting: somebody looks into a bin, and the books follow what is there."""

from django.db import transaction
from django.db.models import F

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.quantities import MAX_QUANTITY
from warehouses.locks import (
    BinKey,
    lock_allocator,
    lock_balances,
    lock_bin_balances,
    lock_count,
    lock_reservations,
    lock_shelves,
)
from warehouses.models import Balance, Bin, Condition, Count, Lot, Move, Reservation, good_condition
from warehouses.services.moving import Step, post_moves, ring
from warehouses.services.reserving import take_back


@transaction.atomic
def record_count(*, count_id: int, counted: int, worker_id: int | None = None) -> Count:
    """Books a blind count of one SKU and lot in one bin. A count that is done already stays as it is.

    More than the books said: taken out of the missing place as far as that goes, the rest is found goods.
    Fewer: the difference goes to the missing place, and where the hub then has less than it promised, the
    youngest promises without a bin wait in the queue again. Raises `NotFound` (`count_unknown`), `Invalid`
    (`quantity_invalid`), `Conflict` (`below_reserved`) when fewer are there than pick tasks will fetch.
    """
    try:
        count = lock_count(count_id)
    except Count.DoesNotExist:
        raise NotFound("There is no such count.", code="count_unknown") from None
    if count.state == Count.State.DONE:
        return count
    if isinstance(counted, bool) or not isinstance(counted, int) or not 0 <= counted <= MAX_QUANTITY:
        raise Invalid(f"Count 0 to {MAX_QUANTITY:,} units.", code="quantity_invalid", field="counted")
    missing = Bin.objects.filter(hub_id=count.hub_id, kind=Bin.Kind.MISSING).order_by("code")[:1].get()
    place = lock_shelves([count.bin_id])[count.bin_id]
    lock_allocator(count.hub_id)
    promises = _promises_without_bin(count)
    balance = lock_balances(count.hub_id, [count.sku_id])[count.sku_id]
    lot = Lot.objects.get(pk=count.lot_id) if count.lot_id else None
    here = BinKey(count.bin_id, count.sku_id, count.lot_id, good_condition(place, lot))
    there = BinKey(missing.pk, count.sku_id, count.lot_id, Condition.SELLABLE)
    rows = lock_bin_balances([here, there], since=clock.now())
    if counted < rows[here].reserved:
        raise Conflict(
            f"{rows[here].reserved} of these are promised to pick lists: pick or cancel those first.",
            code="below_reserved",
            field="counted",
        )
    difference = counted - rows[here].on_hand
    if count.bin.kind == Bin.Kind.STORAGE and here.condition == Condition.SELLABLE:
        _keep_promises_true(balance, promises, difference)
    steps = _steps(count, difference, rows[there].on_hand, here, there)
    moves = post_moves(hub_id=count.hub_id, steps=steps, actor_id=worker_id)
    count.expected, count.counted = rows[here].on_hand, counted
    count.finish()
    count.worker_id, count.done_at = worker_id, clock.now()
    count.save(update_fields=["expected", "counted", "state", "worker", "done_at"])
    ring(count.hub_id, moves)
    return count


def _promises_without_bin(count: Count) -> list[Reservation]:
    """The promises of this SKU that have no pick task yet, locked. No new ones: the allocator is locked out."""
    held = Reservation.objects.filter(hub=count.hub_id, sku=count.sku_id, held__gt=F("assigned"))
    return list(lock_reservations(held.values_list("pk", flat=True)).values())


def _keep_promises_true(balance: Balance, promises: list[Reservation], difference: int) -> None:
    too_many = balance.reserved - (balance.sellable + difference)
    if too_many > 0:
        take_back(balance, promises, units=too_many)


def _steps(count: Count, difference: int, in_missing: int, here: BinKey, there: BinKey) -> list[Step]:
    def step(line: int, quantity: int, start: BinKey | None, end: BinKey) -> Step:
        return Step(
            kind=Move.Kind.COUNT,
            source=f"count:{count.pk}",
            source_line=line,
            sku_id=count.sku_id,
            lot_id=here.lot_id,
            quantity=quantity,
            from_bin_id=start.bin_id if start else None,
            to_bin_id=end.bin_id,
            condition=start.condition if start else end.condition,
            becomes=end.condition if start and end.condition != start.condition else "",
            reason=count.reason,
        )

    back = min(max(difference, 0), in_missing)
    steps = []
    if difference < 0:
        steps.append(step(0, -difference, here, there))
    if back:
        steps.append(step(1, back, there, here))
    if difference > back:
        steps.append(step(2, difference - back, None, here))
    return steps
