"""Blocking: nothing is taken from a bin or a lot any more, until it is released. Other stock takes its place."""

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from warehouses.locks import lock_allocator, lock_bound_for, lock_putaway_planner, lock_shelf
from warehouses.models import Bin, Condition, Hub, Inbound, Instruction, Lot, Move, PickTask, PutawayTask
from warehouses.services.instructing import instruct
from warehouses.services.putaway import propose_putaway
from warehouses.services.shelf_work import ShelfWork
from warehouses.services.turning import lock_goods, turn


def block_bin(*, key: str, bin_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """Nobody puts into this bin or picks from it any more. Twice the same `key` is once.

    Its good units turn from sellable to blocked; pick tasks go to other bins or their orders wait again; goods on
    their way to it are planned for another bin, or wait at the dock for a plan when there is no room. Blocked
    already, it stays so. Raises `NotFound` (`bin_unknown`), `Invalid` (`place_wrong`, and as `instruct`),
    `Conflict` (`key_reused`).
    """
    row, inbounds = _block_bin(key, bin_id, reason, actor_id)
    for inbound_id in inbounds:
        with suppress(Conflict):
            propose_putaway(inbound_id=inbound_id)
    return row


@transaction.atomic
def _block_bin(key: str, bin_id: int, reason: str, actor_id: int | None) -> tuple[Instruction, list[int]]:
    place = _shelf(bin_id)
    row, is_new = instruct(
        key=key, kind=Instruction.Kind.BLOCK_BIN, about={"bin": bin_id}, reason=reason, actor_id=actor_id
    )
    if not is_new:
        return row, []
    lock_putaway_planner(place.hub_id)
    bound = lock_bound_for(bin_id)
    place = lock_shelf(bin_id)
    if place.blocked_at:
        return row, []
    lock_allocator(place.hub_id)
    work = lock_goods(Q(bin=bin_id, condition=Condition.SELLABLE))
    place.blocked_at, place.block_reason = clock.now(), row.reason
    place.save(update_fields=["blocked_at", "block_reason"])
    PutawayTask.objects.filter(pk__in=[task.pk for task in bound]).delete()
    turn(row, work, to=Condition.BLOCKED)
    numbers = {task.work_ref for task in bound}
    return row, list(Inbound.objects.filter(number__in=numbers).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def release_bin(*, key: str, bin_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """The bin is in use again, and what lies in it can be sold, unless its lot is blocked. Raises as `block_bin`."""
    place = _shelf(bin_id)
    row, is_new = instruct(
        key=key, kind=Instruction.Kind.RELEASE_BIN, about={"bin": bin_id}, reason=reason, actor_id=actor_id
    )
    if not is_new:
        return row
    place = lock_shelf(bin_id)
    lock_allocator(place.hub_id)
    work = lock_goods(Q(bin=bin_id, condition=Condition.BLOCKED))
    place.blocked_at, place.block_reason = None, ""
    place.save(update_fields=["blocked_at", "block_reason"])
    still = Lot.objects.filter(pk__in={key.lot_id for key in work.rows}, blocked_at__isnull=False)
    return turn(row, work, to=Condition.SELLABLE, but_lots=set(still.values_list("pk", flat=True)))


def _shelf(bin_id: int) -> Bin:
    place = Bin.objects.filter(pk=bin_id).first()
    if place is None:
        raise NotFound("There is no such bin.", code="bin_unknown", field="bin")
    if place.kind not in Bin.SHELVES:
        raise Invalid(
            f"{place.code} is a {place.get_kind_display().lower()} place: only shelves are blocked.",
            code="place_wrong",
            field="bin",
        )
    return place


def block_lot(*, key: str, lot_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """Nothing of this lot is promised or picked any more, in any hub. Twice the same `key` is once.

    Its good units on the shelves turn from sellable to blocked, also those still to be put away; pick tasks take
    other lots, or their orders wait again. What is in a tote already is packed (see `recall_lot`). Raises
    `NotFound` (`lot_unknown`), `Invalid` as `instruct`, `Conflict` (`key_reused`).
    """
    return _block_lot(Instruction.Kind.BLOCK_LOT, key, lot_id, reason, actor_id)


def recall_lot(*, key: str, lot_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """Like `block_lot`, and what was picked of the lot is not packed either: see `picked_of` for where it is."""
    return _block_lot(Instruction.Kind.RECALL_LOT, key, lot_id, reason, actor_id)


@transaction.atomic
def _block_lot(kind: Instruction.Kind, key: str, lot_id: int, reason: str, actor_id: int | None) -> Instruction:
    row, is_new = _instruct_about_lot(kind, key, lot_id, reason, actor_id)
    if not is_new:
        return row
    lot, work = _locked_lot(lot_id, Condition.SELLABLE)
    lot.blocked_at = lot.blocked_at or clock.now()
    if kind == Instruction.Kind.RECALL_LOT:
        lot.recalled_at = lot.recalled_at or clock.now()
    lot.block_reason = row.reason
    lot.save(update_fields=["blocked_at", "recalled_at", "block_reason"])
    return turn(row, work, to=Condition.BLOCKED, recalls=[lot.pk] if lot.recalled_at else [])


@transaction.atomic
def release_lot(*, key: str, lot_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """The lot can be sold again, except in blocked bins; a recall ends too. Raises as `block_lot`."""
    row, is_new = _instruct_about_lot(Instruction.Kind.RELEASE_LOT, key, lot_id, reason, actor_id)
    if not is_new:
        return row
    lot, work = _locked_lot(lot_id, Condition.BLOCKED)
    was_recalled = bool(lot.recalled_at)
    lot.blocked_at, lot.recalled_at, lot.block_reason = None, None, ""
    lot.save(update_fields=["blocked_at", "recalled_at", "block_reason"])
    still = Bin.objects.filter(pk__in={key.bin_id for key in work.rows}, blocked_at__isnull=False)
    return turn(
        row,
        work,
        to=Condition.SELLABLE,
        but_bins=set(still.values_list("pk", flat=True)),
        recalls=[lot.pk] if was_recalled else [],
    )


def _instruct_about_lot(
    kind: Instruction.Kind, key: str, lot_id: int, reason: str, actor_id: int | None
) -> tuple[Instruction, bool]:
    if not Lot.objects.filter(pk=lot_id).exists():
        raise NotFound("There is no such lot.", code="lot_unknown", field="lot")
    return instruct(key=key, kind=kind, about={"lot": lot_id}, reason=reason, actor_id=actor_id)


def _locked_lot(lot_id: int, condition: Condition) -> tuple[Lot, ShelfWork]:
    """The lot, and its units of this condition on all shelves, locked in every hub."""
    hub_ids = list(Hub.objects.order_by("pk").values_list("pk", flat=True))
    for hub_id in hub_ids:
        lock_allocator(hub_id)
    sku_id = Lot.objects.values_list("sku_id", flat=True).get(pk=lot_id)
    work = lock_goods(Q(lot=lot_id, condition=condition), skus={hub_id: [sku_id] for hub_id in hub_ids})
    return Lot.objects.get(pk=lot_id), work


@dataclass(frozen=True, slots=True)
class PickedUnits:
    """Units of a lot in a tote: on which cart, for which demand group."""

    tote: str
    pick_list: str
    demand_group: str
    units: int


def picked_of(*, lot_id: int) -> list[PickedUnits]:
    """Where units of the lot are that are picked and not packed yet: who recalls it fetches them."""
    riding = PickTask.objects.filter(lot=lot_id, picked__gt=0, cart_tote__freed_at=None)
    packed = Move.objects.filter(kind=Move.Kind.PACK, reservation=OuterRef("reservation"))
    rows = riding.exclude(Exists(packed)).order_by("pick_list", "cart_tote__slot", "reservation__demand_group")
    found = rows.values_list("cart_tote__tote__code", "pick_list__number", "reservation__demand_group")
    return [PickedUnits(*row) for row in found.annotate(units=Sum("picked"))]
