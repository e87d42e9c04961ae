"""Handling: goods on the shelves are moved, the books corrected by somebody who knows, a condition changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.quantities import MAX_QUANTITY, whole_quantity
from warehouses.locks import BinKey, lock_allocator, lock_bin_balances, lock_shelves
from warehouses.models import GOOD, Bin, Condition, Instruction, Lot, Move, Sku, good_condition
from warehouses.services.displacing import take_off
from warehouses.services.freshness import is_too_old, today_in
from warehouses.services.instructing import instruct, note_outcome
from warehouses.services.moving import Step
from warehouses.services.shelf_work import ShelfWork, lock_shelf_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Some goods in one bin, as somebody points at them: SKU, lot and condition.

    Of good units it does not matter whether `condition` says sellable or blocked: lot and bin decide that.
    """

    bin_id: int
    sku_id: int
    lot_id: int | None = None
    condition: str = Condition.SELLABLE


@transaction.atomic
def transfer_stock(
    *,
    key: str,
    goods: Goods,
    to_bin_id: int,
    quantity: int,
    reason: str,
    actor_id: int | None = None,
    displace: bool = False,
) -> Instruction:
    """Brings units from one shelf to another of the same hub. Twice the same `key` is once.

    Only units that no pick list will fetch; with `displace` (a bin is emptied for replenishment) those too: they are
    fetched elsewhere, also where they went. Out of a blocked bin good units are sellable again, unless their lot
    is blocked. Raises `NotFound` (`bin_unknown`, `item_unknown`), `Invalid` (`quantity_invalid`, `place_wrong`,
    `bin_of_other_hub`, `condition_invalid`, and as `instruct`), `Conflict` (`stock_short`, `stock_promised`,
    `bin_blocked`, `key_reused`).
    """
    units = whole_quantity(quantity)
    about = {**_about(goods), "to_bin": to_bin_id, "units": units}
    row, is_new = instruct(key=key, kind=Instruction.Kind.TRANSFER, about=about, reason=reason, actor_id=actor_id)
    if not is_new:
        return row
    places = _places(goods.bin_id, to_bin_id)
    there = places[to_bin_id]
    if goods.bin_id == to_bin_id:
        raise Invalid("The units are in this bin already.", code="place_wrong", field="to_bin")
    _refuse_unless(places[goods.bin_id], Bin.SHELVES, "bin")
    _refuse_unless(there, Bin.SHELVES, "to_bin")
    if there.hub_id != places[goods.bin_id].hub_id:
        raise Invalid("A bin of another hub was named.", code="bin_of_other_hub", field="to_bin")
    if there.blocked_at:
        raise Conflict(f"Bin {there.code} is blocked.", code="bin_blocked", field="to_bin", bin=there.code)
    start, work = _locked(goods, places[goods.bin_id])
    lot = _lot(goods)
    end = good_condition(there, lot) if start.condition in GOOD else start.condition
    step = _step(row, Move.Kind.TRANSFER, start, units, start.bin_id, to_bin_id, becomes=end)
    return note_outcome(row, take_off(work, {there.hub_id: [step]}, may_displace=displace, actor_id=actor_id))


@transaction.atomic
def adjust_stock(
    *,
    key: str,
    goods: Goods,
    by: int,
    reason: str,
    actor_id: int | None = None,
    displace: bool = False,
) -> Instruction:
    """Corrects the books of one bin by so many units, up or down. Twice the same `key` is once.

    Down goes to the hub's missing place, from where a later find takes it back; down in the missing place itself
    writes the units off, out of the building. Up comes out of the missing place as far as that goes, the rest is
    found goods. Raises as `transfer_stock`, and `Conflict` (`below_reserved`) when fewer would be left than are
    promised: with `displace` these promises are mended or taken back, the youngest first.
    """
    if isinstance(by, bool) or not isinstance(by, int) or not 1 <= abs(by) <= MAX_QUANTITY:
        raise Invalid(f"Adjust by 1 to {MAX_QUANTITY:,} units, up or down.", code="quantity_invalid", field="by")
    about = {**_about(goods), "by": by}
    row, is_new = instruct(key=key, kind=Instruction.Kind.ADJUST, about=about, reason=reason, actor_id=actor_id)
    if not is_new:
        return row
    place = _places(goods.bin_id)[goods.bin_id]
    _refuse_unless(place, (*Bin.SHELVES, Bin.Kind.MISSING), "bin")
    here, work = _locked(goods, place)
    steps = _down(row, here, place, -by) if by < 0 else _up(row, here, place, by)
    outcome = take_off(work, {place.hub_id: steps}, may_displace=displace, refusal="below_reserved", actor_id=actor_id)
    return note_outcome(row, outcome)


def _down(row: Instruction, here: BinKey, place: Bin, units: int) -> list[Step]:
    if place.kind == Bin.Kind.MISSING:
        return [_step(row, Move.Kind.ADJUST, here, units, here.bin_id, None)]
    lost = _in_missing(here, place.hub_id)
    return [_step(row, Move.Kind.ADJUST, here, units, here.bin_id, lost.bin_id, becomes=lost.condition)]


def _up(row: Instruction, here: BinKey, place: Bin, units: int) -> list[Step]:
    if place.kind == Bin.Kind.MISSING:
        return [_step(row, Move.Kind.ADJUST, here, units, None, here.bin_id)]
    lost = _in_missing(here, place.hub_id)
    back = min(units, lock_bin_balances([lost], since=clock.now())[lost].on_hand)
    steps = []
    if back:
        steps.append(_step(row, Move.Kind.ADJUST, lost, back, lost.bin_id, here.bin_id, becomes=here.condition))
    if units > back:
        steps.append(_step(row, Move.Kind.ADJUST, here, units - back, None, here.bin_id, line=1))
    return steps


def _in_missing(here: BinKey, hub_id: int) -> BinKey:
    missing = Bin.objects.filter(hub_id=hub_id, kind=Bin.Kind.MISSING).order_by("code")[:1].get()
    condition = Condition.SELLABLE if here.condition in GOOD else here.condition
    return here._replace(bin_id=missing.pk, condition=condition)


@transaction.atomic
def change_condition(
    *,
    key: str,
    goods: Goods,
    to: str,
    quantity: int,
    reason: str,
    actor_id: int | None = None,
    displace: bool = False,
) -> Instruction:
    """Units in a bin are found to be damaged, doubtful, expired, or good after all. Twice the same `key` is once.

    Raises as `transfer_stock`, and `Invalid` (`condition_invalid`) for a condition they are in already or that only
    blocking gives, `Conflict` (`lot_expired`) when a lot past its last good day is called sellable.
    """
    units = whole_quantity(quantity)
    if to not in Condition.values or to == Condition.BLOCKED:
        raise Invalid("There is no such condition to choose.", code="condition_invalid", field="to")
    about = {**_about(goods), "to": to, "units": units}
    row, is_new = instruct(key=key, kind=Instruction.Kind.CONDITION, about=about, reason=reason, actor_id=actor_id)
    if not is_new:
        return row
    place = _places(goods.bin_id)[goods.bin_id]
    _refuse_unless(place, Bin.SHELVES, "bin")
    here, work = _locked(goods, place)
    lot = _lot(goods)
    end = good_condition(place, lot) if to in GOOD else to
    if end == here.condition:
        raise Invalid(f"These units are {Condition(end).label.lower()} already.", code="condition_invalid", field="to")
    if end in GOOD and is_too_old(lot, today_in(place.hub)):
        raise Conflict(f"Lot {lot} can't be sold any more.", code="lot_expired", field="to")
    step = _step(row, Move.Kind.CONDITION, here, units, here.bin_id, here.bin_id, becomes=end)
    return note_outcome(row, take_off(work, {place.hub_id: [step]}, may_displace=displace, actor_id=actor_id))


def _about(goods: Goods) -> dict[str, object]:
    condition = Condition.SELLABLE if goods.condition in GOOD else goods.condition
    if condition not in Condition.values:
        raise Invalid("There is no such condition.", code="condition_invalid", field="condition")
    return {"bin": goods.bin_id, "sku": goods.sku_id, "lot": goods.lot_id, "condition": str(condition)}


def _places(*bin_ids: int) -> Mapping[int, Bin]:
    found = lock_shelves(bin_ids)
    if len(found) < len(set(bin_ids)):
        raise NotFound("There is no such bin.", code="bin_unknown", field="bin")
    return found


def _refuse_unless(place: Bin, kinds: tuple[Bin.Kind, ...], field: str) -> None:
    if place.kind not in kinds:
        raise Invalid(
            f"{place.code} is a {place.get_kind_display().lower()} place: other work moves its goods.",
            code="place_wrong",
            field=field,
            bin=place.code,
        )


def _lot(goods: Goods) -> Lot | None:
    return Lot.objects.get(pk=goods.lot_id) if goods.lot_id else None


def _locked(goods: Goods, place: Bin) -> tuple[BinKey, ShelfWork]:
    """The balance that is meant, and everything that hangs on it, locked. The bin itself is locked already."""
    is_known = Sku.objects.filter(pk=goods.sku_id).exists()
    if goods.lot_id:
        is_known = Lot.objects.filter(pk=goods.lot_id, sku=goods.sku_id).exists()
    if not is_known:
        raise NotFound("There is no such item or lot.", code="item_unknown", field="sku")
    lock_allocator(place.hub_id)

    def find() -> dict[int, list[BinKey]]:
        condition = good_condition(place, _lot(goods)) if goods.condition in GOOD else goods.condition
        return {place.hub_id: [BinKey(goods.bin_id, goods.sku_id, goods.lot_id, condition)]}

    work = lock_shelf_work(find, skus={}, since=clock.now())
    (key,) = find()[place.hub_id]
    return key, work


def _step(
    row: Instruction,
    kind: str,
    key: BinKey,
    units: int,
    from_bin_id: int | None,
    to_bin_id: int | None,
    *,
    becomes: str = "",
    line: int = 0,
) -> Step:
    return Step(
        kind=kind,
        source=row.source,
        source_line=line,
        sku_id=key.sku_id,
        lot_id=key.lot_id,
        quantity=units,
        from_bin_id=from_bin_id,
        to_bin_id=to_bin_id,
        condition=key.condition,
        becomes="" if becomes == key.condition else becomes,
        reason=row.reason,
    )
