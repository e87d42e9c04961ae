"""Picking: a picker sets up a cart, walks it, and scans bin, unit and tote at every stop."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from foundation import clock
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.quantities import whole_quantity
from foundation.sql import update_many
from warehouses.locks import lock_balances, lock_open_tasks, lock_pick_list, lock_reservations, lock_totes
from warehouses.models import Bin, BinBalance, CartTote, Move, PickList, PickTask, Reservation
from warehouses.services.carts import end_empty_walks
from warehouses.services.freshness import is_too_old, today_in
from warehouses.services.identifying import KnownItems
from warehouses.services.moving import Step, post_moves, ring
from warehouses.services.shorts import replace_short_units

FAST_CLOCK: Final = timedelta(minutes=1)
"""A station's clock may be so much ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One stop as the scanner reports it: from which bin, what, into which tote, how many, and how many were not there.

    `scan_id` is drawn by the station: the same pick sent twice counts once. `item_code` may be empty when
    nothing was taken. `at` (aware) is when it was scanned, which for a buffered walk is long before it is sent; None
    means now.
    """

    scan_id: uuid.UUID
    bin_code: str
    item_code: str
    tote_code: str
    quantity: int
    short: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PickOutcome:
    """What a call of `record_picks` changed: units picked, units not found, and whether the cart is done.

    `replaced` is how many of the units not found were found elsewhere and added to the walk.
    """

    picked: int
    short: int
    replaced: int
    is_done: bool


@transaction.atomic
def start_pick_list(*, pick_list_id: int, worker_id: int, totes: Mapping[int, str]) -> PickList:
    """The picker takes the cart and scans a tote onto each slot. Again by the same picker changes nothing.

    Raises `NotFound` (`pick_list_unknown`, `tote_unknown`), `Invalid` (`slots_wrong`), `Conflict`
    (`pick_list_taken`, `tote_in_use`).
    """
    pick_list = _locked(pick_list_id)
    if pick_list.state != PickList.State.PLANNED:
        if pick_list.worker_id == worker_id and pick_list.state == PickList.State.PICKING:
            return pick_list
        raise Conflict(f"{pick_list.number} is {pick_list.get_state_display().lower()}.", code="pick_list_taken")
    slots = {row.slot: row for row in pick_list.totes.all()}
    codes = {slot: code.strip().upper() for slot, code in totes.items()}
    if set(slots) != set(codes) or len(set(codes.values())) != len(codes):
        raise Invalid(f"Scan one tote for each of the {len(slots)} slots.", code="slots_wrong", field="totes")
    bins = _totes(pick_list.hub_id, set(codes.values()))
    for slot, code in codes.items():
        slots[slot].tote = bins[code]
    update_many(CartTote, slots.values(), ["tote"])
    pick_list.start()
    pick_list.worker_id, pick_list.started_at, pick_list.turn = worker_id, clock.now(), None
    pick_list.save(update_fields=["state", "worker", "started_at", "turn"])
    return pick_list


@transaction.atomic
def put_tote(*, pick_list_id: int, worker_id: int, slot: int, code: str) -> CartTote:
    """The picker sets a tote onto a place of a cart that is out, for an order that joined it. Twice is once.

    Raises `NotFound` (`pick_list_unknown`, `tote_unknown`), `Invalid` (`slots_wrong`), `Forbidden` (`not_your_list`),
    `Conflict` (`pick_list_not_open`, `slot_taken`, `tote_in_use`).
    """
    pick_list = _locked(pick_list_id)
    _check_walker(pick_list, worker_id)
    place = pick_list.totes.select_related("tote").filter(slot=slot).first()
    if place is None:
        raise Invalid(f"{pick_list.number} has no place {slot}.", code="slots_wrong", field="slot")
    code = code.strip().upper()
    if place.tote is not None:
        if place.tote.code == code:
            return place
        raise Conflict(f"Place {slot} has tote {place.tote.code} already.", code="slot_taken", field="slot")
    place.tote = _totes(pick_list.hub_id, {code})[code]
    place.save(update_fields=["tote"])
    return place


def _check_walker(pick_list: PickList, worker_id: int) -> None:
    if pick_list.worker_id != worker_id:
        raise Forbidden(f"{pick_list.number} is walked by somebody else.", code="not_your_list")
    if pick_list.state != PickList.State.PICKING:
        raise Conflict(f"{pick_list.number} is not being picked.", code="pick_list_not_open")


def _locked(pick_list_id: int) -> PickList:
    try:
        return lock_pick_list(pick_list_id)
    except PickList.DoesNotExist:
        raise NotFound("There is no such pick list.", code="pick_list_unknown") from None


def _totes(hub_id: int, codes: set[str]) -> dict[str, Bin]:
    """The totes of these codes, locked: empty and on no other cart."""
    found = lock_totes(hub_id, [code for code in codes if code.isprintable()])
    for code in sorted(codes - set(found)):
        raise NotFound(f"There is no tote {code[:20]}.", code="tote_unknown", field="totes")
    full = BinBalance.objects.filter(bin__in=found.values(), on_hand__gt=0).values_list("bin__code", flat=True)
    riding = CartTote.objects.filter(tote__in=found.values(), freed_at=None).values_list("tote__code", flat=True)
    for code in sorted({*full, *riding}):
        raise Conflict(f"Tote {code} is in use: take an empty one.", code="tote_in_use", field="totes", tote=code)
    return found


@transaction.atomic
def record_picks(*, pick_list_id: int, worker_id: int, picks: Sequence[Pick]) -> PickOutcome:
    """Books what the picker scanned, one pick or a whole buffered walk; picks sent before are passed over.

    Units found go from bin to tote with their promise. Units not found go to the hub's missing place, a
    count of the bin is opened, and other stock is promised and added to this walk if there is any.

    Raises `Forbidden` (`not_your_list`), `Conflict` (`pick_list_not_open`, `wrong_bin`, `wrong_item`,
    `wrong_lot`, `lot_expired`, `wrong_tote`, `tote_missing`, `over_pick`), `Invalid` (`unknown_barcode`,
    `quantity_invalid`, `item_needed` when units are missing and the bin is visited for several items,
    `scan_time_invalid` for a scan before the cart's start, in the future, or without a time zone), each with the pick's
    row. One wrong pick refuses the whole call, and nothing is booked.
    """
    pick_list = _locked(pick_list_id)
    fresh = _fresh(picks)
    if not fresh:
        return PickOutcome(0, 0, 0, pick_list.state == PickList.State.PICKED)
    _check_walker(pick_list, worker_id)
    walk = _Walk.of(pick_list, whole_groups=any(pick.short for _, pick in fresh))
    for row, pick in fresh:
        walk.book(pick, row)
    walk.save()
    moves = post_moves(hub_id=pick_list.hub_id, steps=walk.steps, actor_id=worker_id)
    replaced = replace_short_units(pick_list=pick_list, tasks=[walk.touched[pk] for pk in walk.shorted])
    ended = end_empty_walks([pick_list])
    ring(pick_list.hub_id, moves)
    return PickOutcome(walk.picked, sum(walk.shorted.values()), replaced, bool(ended))


def _fresh(picks: Sequence[Pick]) -> list[tuple[int, Pick]]:
    sources = [f"pick:{pick.scan_id}" for pick in picks]
    known = set(Move.objects.filter(source__in=sources).values_list("source", flat=True))
    fresh: dict[uuid.UUID, tuple[int, Pick]] = {}
    for row, pick in enumerate(picks, start=1):
        if f"pick:{pick.scan_id}" not in known:
            fresh.setdefault(pick.scan_id, (row, pick))
    return list(fresh.values())


@dataclass
class _Walk:
    """The open tasks of one cart while a batch of picks is booked on them."""

    tasks: list[PickTask]
    reservations: dict[int, Reservation]
    items: KnownItems
    missing_bin_id: int
    pick_list: PickList
    by_bin: dict[str, list[PickTask]] = field(default_factory=lambda: defaultdict(list))
    steps: list[Step] = field(default_factory=list)
    touched: dict[int, PickTask] = field(default_factory=dict)
    shorted: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    picked: int = 0

    @classmethod
    def of(cls, pick_list: PickList, *, whole_groups: bool) -> "_Walk":
        """Locks what the picks may change. After a short, upstairs may give up the rest of its whole group.

        So it may when the last unit is picked for one that took its stock `in_part`.
        """
        tasks = lock_open_tasks(pick_list)
        missing = Bin.objects.filter(hub_id=pick_list.hub_id, kind=Bin.Kind.MISSING).order_by("code")[:1].get()
        ids = {task.reservation_id for task in tasks}
        groups = {task.reservation.demand_group for task in tasks if whole_groups or task.reservation.in_part}
        if groups:
            ids.update(Reservation.objects.filter(demand_group__in=groups).values_list("pk", flat=True))
        reservations = lock_reservations(ids)
        if groups:
            lock_balances(pick_list.hub_id, {row.sku_id for row in reservations.values()}, known=True)
        items = KnownItems({task.sku_id for task in tasks})
        walk = cls(tasks, reservations, items, missing.pk, pick_list)
        for task in tasks:
            walk.by_bin[task.bin.code].append(task)
        return walk

    def book(self, pick: Pick, row: int) -> None:
        """Distributes one pick over the tasks it serves: same bin, same item, same tote."""
        taken = whole_quantity(pick.quantity, row=row) if pick.quantity != 0 else 0
        short = whole_quantity(pick.short, field="short", row=row) if pick.short != 0 else 0
        if not taken + short:
            raise Invalid("Say how many were picked or how many are missing.", code="quantity_invalid", row=row)
        at = self._scanned_at(pick, row)
        tasks = self._matching(pick, row)
        room = sum(task.open for task in tasks)
        if taken + short > room:
            raise Conflict(
                f"Only {room} of {tasks[0].sku.code} to pick here, not {taken + short}.",
                code="over_pick",
                field="quantity",
                row=row,
            )
        line = 0
        for kind, units in ((Move.Kind.PICK, taken), (Move.Kind.MISSING, short)):
            left = units
            for task in tasks:
                quantity = min(left, task.open)
                if quantity:
                    self._book(pick, task, kind, quantity, line)
                    task.scanned_at = max(at, task.scanned_at or at)
                    left, line = left - quantity, line + 1

    def _scanned_at(self, pick: Pick, row: int) -> datetime:
        """When the station scanned it. Raises `Invalid` (`scan_time_invalid`)."""
        now, started_at = clock.now(), self.pick_list.started_at
        if pick.at is None:
            return now
        if timezone.is_naive(pick.at):
            wrong = "has no time zone"
        elif pick.at > now + FAST_CLOCK:
            wrong = "lies in the future: set the station's clock"
        elif started_at and pick.at < started_at:
            wrong = f"lies before the start of {self.pick_list.number}"
        else:
            return pick.at
        raise Invalid(f"The time of scan {row} {wrong}.", code="scan_time_invalid", field="at", row=row)

    def _matching(self, pick: Pick, row: int) -> list[PickTask]:
        bin_code, tote_code = pick.bin_code.strip().upper(), pick.tote_code.strip().upper()
        here = [task for task in self.by_bin[bin_code] if task.open]
        if not here:
            goal = next((task.bin.code for task in self.tasks if task.open), "the depot")
            raise Conflict(
                f"Nothing to pick in {bin_code[:20]}: go to {goal}.", code="wrong_bin", field="bin_code", row=row
            )
        if pick.quantity or pick.item_code:
            item = self.items.find(pick.item_code, field="item_code", row=row)
            right = [task for task in here if task.sku_id in item.sku_ids]
            if not right:
                raise Conflict(
                    f"Wrong item: this bin is for {here[0].sku.code} {here[0].sku.name}.",
                    code="wrong_item", field="item_code", row=row,
                )  # fmt: skip
            here = [t for t in right if not item.scan.lot or t.lot is None or t.lot.code == item.scan.lot]
            if not here:
                raise Conflict(f"Wrong lot: take lot {right[0].lot}.", code="wrong_lot", field="item_code", row=row)
            here = [task for task in here if not (pick.quantity and self._is_too_old(task))]
            if not here:
                raise Conflict(
                    f"Lot {right[0].lot} is too old to send: leave it. Other stock takes its place within the hour.",
                    code="lot_expired", field="item_code", row=row,
                )  # fmt: skip
        elif len({task.sku_id for task in here}) > 1:
            raise Invalid("Say which item is missing here.", code="item_needed", field="item_code", row=row)
        in_tote = [t for t in here if t.cart_tote and t.cart_tote.tote and t.cart_tote.tote.code == tote_code]
        bare = next((t.cart_tote for t in here if t.cart_tote and t.cart_tote.tote is None), None)
        if not in_tote and bare is not None:
            raise Conflict(
                f"Put an empty tote on place {bare.slot} of the cart first.",
                code="tote_missing", field="tote_code", row=row,
            )  # fmt: skip
        if not in_tote:
            goal = here[0].cart_tote.tote.code if here[0].cart_tote and here[0].cart_tote.tote else "another tote"
            raise Conflict(f"Wrong tote: put it into {goal}.", code="wrong_tote", field="tote_code", row=row)
        return in_tote

    def _is_too_old(self, task: PickTask) -> bool:
        return bool(task.lot and task.lot.expires_on) and is_too_old(task.lot, today_in(self.pick_list.hub))

    def _book(self, pick: Pick, task: PickTask, kind: str, quantity: int, line: int) -> None:
        promise = self.reservations[task.reservation_id]
        promise.held -= quantity
        promise.assigned -= quantity
        to_bin_id: int | None = self.missing_bin_id
        if kind == Move.Kind.PICK:
            task.picked += quantity
            promise.picked += quantity
            self.picked += quantity
            to_bin_id = task.cart_tote.tote_id if task.cart_tote else None
        else:
            task.short += quantity
            self.shorted[task.pk] += quantity
        task.closed_at = clock.now() if not task.open else None
        self.touched[task.pk] = task
        self.steps.append(
            Step(
                kind=kind,
                source=f"pick:{pick.scan_id}",
                source_line=line,
                sku_id=task.sku_id,
                lot_id=task.lot_id,
                quantity=quantity,
                from_bin_id=task.bin_id,
                to_bin_id=to_bin_id,
                reservation_id=task.reservation_id,
                keeps_promise=True,
            )
        )

    def save(self) -> None:
        """Writes tasks and reservations, two statements for any number of picks."""
        tasks = self.touched.values()
        update_many(PickTask, tasks, ["picked", "short", "closed_at", "scanned_at"])
        changed = {task.reservation_id for task in tasks}
        rows = [row for pk, row in self.reservations.items() if pk in changed]
        update_many(Reservation, rows, ["held", "assigned", "picked"])
