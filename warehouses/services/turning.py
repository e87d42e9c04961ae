"""Turning: all of some goods change their condition where they lie, by one instruction."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q

from foundation import clock
from warehouses.locks import BinKey
from warehouses.models import Bin, BinBalance, Condition, Instruction, Move
from warehouses.services.displacing import take_off
from warehouses.services.instructing import note_outcome
from warehouses.services.moving import Step
from warehouses.services.shelf_work import ShelfWork, lock_shelf_work


def lock_goods(which: Q, *, skus: Mapping[int, Collection[int]] | None = None) -> ShelfWork:
    """All goods on shelves that fit `which` (about bin balances), and what hangs on them: see `lock_shelf_work`."""

    def find() -> dict[int, list[BinKey]]:
        found: dict[int, list[BinKey]] = defaultdict(list)
        rows = BinBalance.objects.filter(which, bin__kind__in=Bin.SHELVES, on_hand__gt=0).order_by("pk")
        keys = rows.values_list("bin__hub_id", "bin_id", "sku_id", "lot_id", "condition")
        for hub_id, bin_id, sku_id, lot_id, condition in keys:
            found[hub_id].append(BinKey(bin_id, sku_id, lot_id, condition))
        return found

    return lock_shelf_work(find, skus=skus or {}, since=clock.now())


def turn(
    row: Instruction,
    work: ShelfWork,
    *,
    to: Condition,
    but_lots: Collection[int] = (),
    but_bins: Collection[int] = (),
    recalls: Collection[int] = (),
) -> Instruction:
    """All of the locked units, but those of these lots and bins, are in condition `to` from now on."""
    hubs = dict(Bin.objects.filter(pk__in={key.bin_id for key in work.rows}).values_list("pk", "hub_id"))
    steps: dict[int, list[Step]] = {hub_id: [] for hub_id in ([*work.balances][:1] if recalls else [])}
    for line, (key, stock) in enumerate(sorted(work.rows.items(), key=lambda item: item[1].pk)):
        if stock.on_hand and key.lot_id not in but_lots and key.bin_id not in but_bins:
            steps.setdefault(hubs[key.bin_id], []).append(
                Step(
                    kind=Move.Kind.CONDITION,
                    source=row.source,
                    source_line=line,
                    sku_id=key.sku_id,
                    lot_id=key.lot_id,
                    quantity=stock.on_hand,
                    from_bin_id=key.bin_id,
                    to_bin_id=key.bin_id,
                    condition=key.condition,
                    becomes=to,
                    reason=row.reason,
                )
            )
    return note_outcome(row, take_off(work, steps, may_displace=True, actor_id=row.actor_id, recalls=recalls))
