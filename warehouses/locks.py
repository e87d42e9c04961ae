"""Every row lock on stock and floor work, in one global order. Nothing else may lock these tables.

The order: inbound, door's day, carton, case, putaway planner, putaway tasks; count; shelves; allocator; pick list,
totes, pick tasks, reservations, hub balances, bin balances, shared places on carts; within a table by key. A service
that needs several kinds takes them top to bottom. Rows that do not exist yet are made first, empty, so that a lock
always has something to hold.
Of the hub balances those of hot SKUs come last: the SQL function `warehouses_lock_balances` says so, once, for this
module and for the SQL functions that promise stock.
Whoever locks or changes a bin balance holds the hub balance of its SKU: that alone keeps bins in order.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from foundation.waiting import locks_within
from warehouses.models import (
    Balance,
    Bin,
    BinBalance,
    Carton,
    CartonLine,
    CartTote,
    Case,
    Condition,
    Count,
    Inbound,
    PickList,
    PickTask,
    PutawayTask,
    Reservation,
)


class BinKey(NamedTuple):
    """What names one bin balance."""

    bin_id: int
    sku_id: int
    lot_id: int | None
    condition: str


class FloorWork(NamedTuple):
    """What is going on for some reservations: pick lists, open tasks, and the reservations by id. All locked."""

    lists: list[PickList]
    tasks: list[PickTask]
    reservations: dict[int, Reservation]


def lock_allocator(hub_id: int) -> None:
    """One allocator per hub at a time, until the transaction ends. Nobody else makes promises meanwhile.

    The SQL function `warehouses_reserve_now` takes the same lock shared: its orders run beside each other.
    """
    _lock_advisory("allocator", hub_id)


def lock_putaway_planner(hub_id: int) -> None:
    """One putaway plan per hub at a time, until the transaction ends: two must not fill the same bin."""
    _lock_advisory("putaway", hub_id)


def lock_dock(door_id: int, day: date) -> None:
    """One booking at a time for a door and day (the hub's), until the transaction ends: two must not take one place."""
    _lock_advisory(f"dock {day}", door_id)


def lock_numbering(seller_id: int) -> None:
    """One sequencer per seller at a time, until the transaction ends. Nobody holds another lock of ours with it."""
    _lock_advisory("numbering", seller_id)


def lock_catalogue(seller_id: int) -> None:
    """One writer of a seller's items at a time, until the transaction ends. It is taken before any other lock."""
    _lock_advisory("catalogue", seller_id)


def _lock_advisory(what: str, row_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [what, row_id])


def lock_inbound(inbound_id: int) -> Inbound:
    """The inbound, locked. Raises `Inbound.DoesNotExist`."""
    return Inbound.objects.select_for_update(of=("self",)).get(pk=inbound_id)


def lock_carton(**lookup: object) -> Carton:
    """A carton with its inbound, inbound locked first. Raises `Carton.DoesNotExist`."""
    return _lock_with_inbound(Carton.objects.get(**lookup))


def _lock_with_inbound(carton: Carton) -> Carton:
    inbound = lock_inbound(carton.inbound_id)
    return _lock_carton_of(inbound, carton.pk)


def _lock_carton_of(inbound: Inbound, carton_id: int) -> Carton:
    carton = Carton.objects.select_for_update(of=("self",)).get(pk=carton_id)
    carton.inbound = inbound
    return carton


def lock_carton_to_count(carton_id: int) -> Carton:
    """A carton, its inbound at hand: locked too until its first unit was scanned, and no longer after.

    So stations count the cartons of one inbound side by side. Raises `Carton.DoesNotExist`.
    """
    carton = Carton.objects.select_related("inbound").get(pk=carton_id)
    is_first = carton.inbound.first_scan_at is None
    return _lock_with_inbound(carton) if is_first else _lock_carton_of(carton.inbound, carton_id)


def lock_carton_lines(carton: Carton, *, sku_ids: Collection[int] | None = None) -> list[CartonLine]:
    """The carton's lines, of these SKUs or of all, with SKU and lot at hand."""
    rows = CartonLine.objects.select_for_update(of=("self",)).filter(carton=carton)
    if sku_ids is not None:
        rows = rows.filter(sku__in=sku_ids)
    return list(rows.select_related("sku", "lot").order_by("id"))


def lock_case(case_id: int) -> Case:
    """A case with its inbound, inbound locked first. Raises `Case.DoesNotExist`."""
    inbound = lock_inbound(Case.objects.values_list("inbound_id", flat=True).get(pk=case_id))
    case = Case.objects.select_for_update(of=("self",)).select_related("line__sku", "line__lot").get(pk=case_id)
    case.inbound = inbound
    return case


def lock_putaway_tasks(task_ids: Collection[int]) -> list[PutawayTask]:
    """The tasks by id, with their bins and SKU at hand."""
    rows = PutawayTask.objects.select_for_update(of=("self",)).filter(pk__in=task_ids)
    return list(rows.select_related("to_bin", "sku").order_by("id"))


def lock_bound_for(bin_id: int) -> list[PutawayTask]:
    """The open putaway tasks to one bin. The caller has locked the planner out: there will be no more of them."""
    rows = PutawayTask.objects.select_for_update(of=("self",)).filter(to_bin=bin_id, state=PutawayTask.State.PROPOSED)
    return list(rows.order_by("id"))


def lock_count(count_id: int) -> Count:
    """The count, locked. Raises `Count.DoesNotExist`."""
    return Count.objects.select_for_update(of=("self",)).select_related("bin", "sku").get(pk=count_id)


def lock_shelves(bin_ids: Iterable[int]) -> dict[int, Bin]:
    """The bins by id, locked against being blocked or released while goods are put into them."""
    wanted = sorted(set(bin_ids))
    rows = Bin.objects.raw("SELECT * FROM warehouses_bin WHERE id = ANY(%s) ORDER BY id FOR SHARE", [wanted])
    return {row.pk: row for row in rows}


def lock_shelf(bin_id: int) -> Bin:
    """One bin, locked for blocking or releasing it: nobody puts goods into it meanwhile. Raises `Bin.DoesNotExist`."""
    return Bin.objects.select_for_update(of=("self",), no_key=True).get(pk=bin_id)


def lock_pick_list(pick_list_id: int) -> PickList:
    """The pick list, locked. Raises `PickList.DoesNotExist`."""
    return PickList.objects.select_for_update(of=("self",)).get(pk=pick_list_id)


def lock_waiting_lists(hub_id: int, *, work_ref: str | None = None) -> list[PickList]:
    """The hub's pick lists that nobody walks yet (of one wave, if given), locked in ascending order of id."""
    rows = PickList.objects.select_for_update(of=("self",)).filter(hub_id=hub_id, state=PickList.State.PLANNED)
    return list((rows if work_ref is None else rows.filter(work_ref=work_ref)).order_by("id"))


def lock_hub_lists(hub_id: int) -> list[PickList]:
    """All pick lists of the hub that wait or are walked, locked in ascending order of id."""
    running = [PickList.State.PLANNED, PickList.State.PICKING]
    return list(
        PickList.objects.select_for_update(of=("self",)).filter(hub_id=hub_id, state__in=running).order_by("id")
    )


def lock_totes(hub_id: int, codes: Collection[str]) -> dict[str, Bin]:
    """The hub's totes by code, locked against being set onto two carts; goods may still move in and out."""
    rows = Bin.objects.select_for_update(of=("self",), no_key=True).filter(
        hub_id=hub_id, kind=Bin.Kind.TOTE, code__in=codes
    )
    return {row.code: row for row in rows.order_by("id")}


def lock_open_tasks(pick_list: PickList) -> list[PickTask]:
    """The open tasks of a locked pick list in walking order, with bin, item, tote and promise at hand."""
    rows = PickTask.objects.select_for_update(of=("self",)).filter(pick_list=pick_list, closed_at=None)
    tasks = rows.select_related("bin", "sku", "lot", "cart_tote__tote", "reservation").order_by("id")
    return sorted(tasks, key=lambda task: (task.sequence, task.pk))


def lock_tasks_to_list(task_ids: Collection[int], *, lists: Collection[PickList]) -> dict[int, PickTask]:
    """Those of the tasks by id that are still open, and on no pick list yet or on one of the locked `lists`."""
    free = Q(pick_list=None) | Q(pick_list__in=lists)
    rows = PickTask.objects.select_for_update(of=("self",)).filter(free, pk__in=task_ids, closed_at=None)
    return {row.pk: row for row in rows.order_by("id")}


def lock_floor_work(reservation_ids: Collection[int]) -> FloorWork:
    """The pick lists and open tasks of these reservations, and the reservations themselves.

    While one lock is waited for, a task may be put onto a list, or be made. Then all of it is let go, by
    rolling back to a savepoint, and taken again.
    """
    while True:
        with transaction.atomic():
            work = _floor_work(reservation_ids)
            if work is not None:
                return work
            transaction.set_rollback(True)


def _floor_work(reservation_ids: Collection[int]) -> FloorWork | None:
    still_open = PickTask.objects.filter(reservation__in=reservation_ids, closed_at=None)
    ids = set(still_open.exclude(pick_list=None).values_list("pick_list_id", flat=True))
    lists = list(PickList.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("id")) if ids else []
    tasks = list(still_open.select_for_update(of=("self",)).order_by("id"))
    reservations = lock_reservations(reservation_ids)
    now_open = set(still_open.values_list("pk", "pick_list_id"))
    if now_open != {(task.pk, task.pick_list_id) for task in tasks}:
        return None
    if {pick_list_id for _, pick_list_id in now_open} - ids - {None}:
        return None
    return FloorWork(lists, tasks, reservations)


def lock_reservations(ids: Collection[int]) -> dict[int, Reservation]:
    """Reservations by id, locked in ascending order; rows that point at them may still be written.

    A move or a task names its reservation: packing, which holds the order, would wait for a cancellation that holds
    the reservation and waits for the order.
    """
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("id")
    return {row.pk: row for row in rows}


def lock_balances(hub_id: int, sku_ids: Iterable[int], *, known: bool = False) -> dict[int, Balance]:
    """The hub's balances by SKU id, made if missing, locked in ascending order of SKU, hot ones last.

    `known` says that all of them should be there, since the hub has had these goods: then none is made at first.
    """
    wanted = sorted(set(sku_ids))
    if not wanted:
        return {}
    if known and len(found := _balances(hub_id, wanted)) == len(wanted):
        return found
    # Made before any is locked: a row made in between would be waited for out of order.
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO warehouses_balance (hub_id, sku_id, on_hand, sellable, reserved)
               SELECT %s, k.sku_id, 0, 0, 0 FROM unnest(%s::bigint[]) AS k(sku_id)
               WHERE NOT EXISTS (SELECT FROM warehouses_balance b WHERE b.hub_id = %s AND b.sku_id = k.sku_id)
               ORDER BY k.sku_id ON CONFLICT DO NOTHING""",
            [hub_id, wanted, hub_id],
        )
    return _balances(hub_id, wanted)


def _balances(hub_id: int, sku_ids: list[int]) -> dict[int, Balance]:
    # The order itself stands in the database, in a function that its other functions use too.
    rows = Balance.objects.raw("SELECT * FROM warehouses_lock_balances(%s, %s)", [hub_id, sku_ids])
    return {row.sku_id: row for row in rows}


def lock_out_stock(*, wait_ms: int) -> bool:
    """Nobody else has or takes a lock on any hub balance until the transaction ends. For changing their order.

    False, and a transaction that can only be rolled back, after `wait_ms` of waiting for those who have one.
    """
    return locks_within(wait_ms, "LOCK TABLE warehouses_balance IN EXCLUSIVE MODE")


def lock_bin_balances(keys: Iterable[BinKey], *, since: datetime) -> dict[BinKey, BinBalance]:
    """Bin balances by key, made if missing (`since` is then when their first unit came), locked in key order."""
    wanted = sorted(set(keys), key=lambda k: (k.bin_id, k.sku_id, k.lot_id or 0, k.condition))
    if not wanted:
        return {}
    found = _bin_balances(wanted)
    if len(found) < len(wanted):
        missing = [key for key in wanted if key not in found]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO warehouses_binbalance (bin_id, sku_id, lot_id, condition, on_hand, reserved, since)
                    SELECT bin_id, sku_id, lot_id, condition, 0, 0, %s FROM {KEYS}
                    ON CONFLICT DO NOTHING""",  # noqa: S608 - a constant of this module
                [since, *key_columns(missing)],
            )
        found = _bin_balances(wanted)
    return found


KEYS = "unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS k(bin_id, sku_id, lot_id, condition)"
"""Keys of bin balances as rows of a statement."""


def key_columns(keys: list[BinKey]) -> list[list[object]]:
    """The parameters of `KEYS`."""
    return [[key[i] for key in keys] for i in range(4)]


def _bin_balances(keys: list[BinKey]) -> dict[BinKey, BinBalance]:
    rows = BinBalance.objects.raw(
        f"""SELECT b.* FROM warehouses_binbalance b JOIN {KEYS}
            ON b.bin_id = k.bin_id AND b.sku_id = k.sku_id
            AND b.lot_id IS NOT DISTINCT FROM k.lot_id AND b.condition = k.condition
            ORDER BY b.bin_id, b.sku_id, b.lot_id NULLS FIRST, b.condition FOR UPDATE OF b""",  # noqa: S608
        key_columns(keys),
    )
    return {BinKey(row.bin_id, row.sku_id, row.lot_id, row.condition): row for row in rows}


def pickable_stock(hub_id: int, sku_ids: Collection[int], *, today: date) -> QuerySet[BinBalance]:
    """Sellable stock of these SKUs in storage, in key order, with its lot at hand. Not locked yet.

    What has its last good day on `today` or before it is left out: it would reach the buyer too late.
    """
    return (
        BinBalance.objects.filter(
            bin__hub_id=hub_id,
            bin__kind=Bin.Kind.STORAGE,
            sku_id__in=sku_ids,
            condition=Condition.SELLABLE,
            on_hand__gt=0,
        )
        .exclude(lot__expires_on__lte=today)
        .select_related("lot")
        .order_by("bin_id", "sku_id", "lot_id")
    )


def lock_pickable_stock(hub_id: int, sku_ids: Collection[int], *, today: date) -> list[BinBalance]:
    """As `pickable_stock`, locked. The caller holds the hub balances."""
    return list(pickable_stock(hub_id, sku_ids, today=today).select_for_update(of=("self",)))


def lock_shared_totes(places: QuerySet[CartTote]) -> list[CartTote]:
    """Those of the places whose totes are shared, locked.

    Several take units out of such a tote, and a picker puts some in: whoever is last must see that it is empty.
    """
    rows = CartTote.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=places.filter(demand_group="").values("pk")).order_by("id"))
