"""Settling: the hub did what was chosen about a case, and the ledger says so."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import F

from foundation.errors import Conflict
from warehouses.locks import lock_shelves
from warehouses.models import (
    GOOD,
    NEEDS_ITEM,
    Bin,
    BinBalance,
    CartonLine,
    Case,
    CaseChoice,
    CaseEvent,
    CaseKind,
    Condition,
    Instruction,
    Move,
)
from warehouses.services.cases import check_note, end_case, locked_case
from warehouses.services.instructing import instruct
from warehouses.services.moving import Step, post_moves, ring


@transaction.atomic
def settle_case(*, case_id: int, actor_id: int | None = None, place: Bin | None = None, note: str = "") -> Case:
    """Staff confirm that the chosen thing is done: thrown away, sent off, relabelled, booked. Twice is once.

    Units that leave are adjusted out of the building, units that become another item out of the one and into the
    other, in the bins where they lie: free ones only, the last to come first. `place` says which bin, where it
    matters; unknown units that become an item need it, for they are in no books. Raises `NotFound` (`case_unknown`),
    `Conflict` (`case_not_answered`; `lot_needed` if the item came to be kept by lot since; `place_needed`,
    `place_wrong`; `units_elsewhere` when fewer are free on shelves, and what `post_moves` raises), `Invalid`
    (`note_too_long`).
    """
    case = locked_case(case_id)
    check_note(note)
    if case.state == Case.State.RESOLVED:
        return case
    if case.state != Case.State.ANSWERED:
        raise Conflict(f"{case.number} is {case.get_state_display().lower()}.", code="case_not_answered")
    _refuse_place(case, place)
    if case.book_to and case.book_to.tracks_lots and case.book_lot is None:
        text = f"{case.book_to.code} is kept by lot since this was answered. Call the case off."
        raise Conflict(text, code="lot_needed")
    if case.line is not None or case.choice in NEEDS_ITEM:
        _move(case, place, actor_id)
    case.resolve()
    return end_case(case, CaseEvent.What.SETTLED, actor_id, note)


def _refuse_place(case: Case, place: Bin | None) -> None:
    if place is None:
        if case.line is None and case.choice in NEEDS_ITEM:
            raise Conflict("Say into which bin the units were put.", code="place_needed", field="place")
    elif place.hub_id != case.inbound.hub_id or place.kind not in Bin.SHELVES or place.blocked_at:
        raise Conflict(f"{place.code} is no open shelf of this hub.", code="place_wrong", field="place")


def _move(case: Case, place: Bin | None, actor_id: int | None) -> None:
    """Writes what was chosen into the ledger, with one instruction as the source of all moves."""
    choice = CaseChoice(case.choice)
    row, _ = instruct(
        key=f"case:{case.number}",
        kind=Instruction.Kind.ADJUST,
        about={"case": case.pk, "choice": str(choice), "units": case.units},
        reason=f"{case.number}: {choice.label.lower()}",
        actor_id=actor_id,
    )
    hub_id = case.inbound.hub_id
    stock = list(_taken(case, case.line, place)) if case.line else []
    bins = [key for key, _ in stock]
    lock_shelves([*(balance.bin_id for balance in bins), *([place.pk] if place else [])])
    steps = [
        _step(row, n, balance.sku_id, balance.lot_id, units, balance.condition, out_of=balance.bin_id)
        for n, (balance, units) in enumerate(stock)
    ]
    if case.book_to_id:
        into = [(balance.bin_id, units) for balance, units in stock] or [(place.pk if place else 0, case.units)]
        steps += [
            _step(row, len(steps) + n, case.book_to_id, case.book_lot_id, units, Condition.SELLABLE, into=bin_id)
            for n, (bin_id, units) in enumerate(into)
        ]
    moves = post_moves(hub_id=hub_id, steps=steps, actor_id=actor_id)
    row.units = case.units
    row.save(update_fields=["units"])
    case.instruction = row
    ring(hub_id, moves)


def _taken(case: Case, line: CartonLine, place: Bin | None) -> Iterator[tuple[BinBalance, int]]:
    """Where the units lie, and how many are taken from each place. Raises `Conflict` (`units_elsewhere`)."""
    conditions = [Condition.DAMAGED] if case.kind == CaseKind.DAMAGED else sorted(GOOD)
    rows = BinBalance.objects.filter(
        bin__hub_id=case.inbound.hub_id,
        bin__kind__in=Bin.SHELVES,
        sku_id=line.sku_id,
        lot=line.lot,
        condition__in=conditions,
        on_hand__gt=F("reserved"),
    )
    wanted = case.units
    for balance in rows.filter(bin=place) if place else rows.order_by("-since", "pk"):
        units = min(wanted, balance.on_hand - balance.reserved)
        if units:
            yield balance, units
        wanted -= units
    if wanted:
        raise Conflict(
            f"{wanted} of {case.units} units of {line.sku.code} are not free on a shelf. "
            "Put them away first, or call the case off.",
            code="units_elsewhere",
            field="place",
            sku=line.sku.code,
        )


def _step(
    row: Instruction,
    line: int,
    sku_id: int,
    lot_id: int | None,
    units: int,
    condition: str,
    *,
    out_of: int | None = None,
    into: int | None = None,
) -> Step:
    return Step(
        kind=Move.Kind.ADJUST,
        source=row.source,
        source_line=line,
        sku_id=sku_id,
        lot_id=lot_id,
        quantity=units,
        from_bin_id=out_of,
        to_bin_id=into,
        condition=condition,
        reason=row.reason,
    )
