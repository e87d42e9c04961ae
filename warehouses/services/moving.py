"""Moving: every physical step of goods becomes rows of the ledger here, and nowhere else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from foundation import clock
from foundation.errors import Conflict, Invalid
from warehouses.locks import BinKey, lock_balances, lock_bin_balances
from warehouses.models import Balance, Bin, BinBalance, Condition, Move
from warehouses.services.sums import BinDelta, HubDelta, change_balances, change_bin_balances
from warehouses.signals import stock_moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One intended move: `quantity` units from one bin to another (None = outside the building).

    `source` and `source_line` name what caused it; with `kind` they are its key, so the same step posted
    twice moves once. `keeps_promise` says these units were reserved and assigned: the promise goes with them.
    """

    kind: str
    source: str
    source_line: int = 0
    sku_id: int
    lot_id: int | None = None
    quantity: int
    from_bin_id: int | None = None
    to_bin_id: int | None = None
    condition: str = Condition.SELLABLE
    reservation_id: int | None = None
    keeps_promise: bool = False
    reason: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes the step unique."""
        return self.source, self.source_line, self.kind


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that is in the ledger, as `stock_moved` carries it."""

    step: Step
    occurred_at: datetime


def ring(hub_id: int, moves: Sequence[Moved]) -> None:
    """Tells upstairs, at the end of a service and inside its transaction, what has moved."""
    if moves:
        stock_moved.send(sender=Move, hub_id=hub_id, moves=list(moves))


@transaction.atomic(savepoint=False)
def post_moves(*, hub_id: int, steps: Sequence[Step], actor_id: int | None = None) -> list[Moved]:
    """Writes `steps` into the ledger and its sums; returns those that were new, in order.

    Set-based: the number of statements does not depend on the number of steps. Does not ring the bell:
    the calling service does, when its own rows are in order too. Raises `Conflict` (`stock_short`) naming
    bin and SKU when units are not there, `Invalid` (`quantity_invalid`, `bin_of_other_hub`); then nothing is
    written.
    """
    if not steps:
        return []
    if any(step.quantity < 1 for step in steps):
        raise Invalid("A move has at least one unit.", code="quantity_invalid", field="quantity")
    now = clock.now()
    kinds = _bin_kinds(hub_id, steps)
    from_outside = any(step.from_bin_id is None for step in steps)
    balances = lock_balances(hub_id, (step.sku_id for step in steps), known=not from_outside)
    bins = lock_bin_balances((key for step in steps for key in _keys(step)), since=now)
    fresh = _not_yet_posted(steps)
    hub_deltas, bin_deltas = _deltas(fresh, kinds)
    _refuse_if_short(balances, hub_deltas, bins, bin_deltas)
    _insert(fresh, actor_id, now)
    change_bin_balances(bin_deltas, at=now)
    change_balances(hub_id, hub_deltas)
    return [Moved(step, now) for step in fresh]


def _bin_kinds(hub_id: int, steps: Sequence[Step]) -> dict[int, str]:
    ids = {bin_id for step in steps for bin_id in (step.from_bin_id, step.to_bin_id) if bin_id}
    kinds = dict(Bin.objects.filter(hub_id=hub_id, pk__in=ids).values_list("pk", "kind"))
    if len(kinds) < len(ids):
        raise Invalid("A bin of another hub was named.", code="bin_of_other_hub", field="bin")
    return kinds


def _keys(step: Step) -> list[BinKey]:
    return [
        BinKey(bin_id, step.sku_id, step.lot_id, step.condition)
        for bin_id in (step.from_bin_id, step.to_bin_id)
        if bin_id
    ]


def _not_yet_posted(steps: Sequence[Step]) -> list[Step]:
    by_key = {step.key: step for step in steps}
    done = Move.objects.filter(source__in={step.source for step in steps})
    for key in done.values_list("source", "source_line", "kind"):
        by_key.pop(key, None)
    return list(by_key.values())


def _deltas(steps: Sequence[Step], kinds: dict[int, str]) -> tuple[dict[int, HubDelta], dict[BinKey, BinDelta]]:
    hub: dict[int, HubDelta] = defaultdict(HubDelta)
    bins: dict[BinKey, BinDelta] = defaultdict(BinDelta)
    for step in steps:
        n, promised = step.quantity, step.quantity if step.keeps_promise else 0
        for bin_id, sign in ((step.from_bin_id, -1), (step.to_bin_id, 1)):
            if bin_id is None:
                continue
            key = BinKey(bin_id, step.sku_id, step.lot_id, step.condition)
            leaving_promise = -promised if sign < 0 else 0
            bins[key] = bins[key].plus(BinDelta(sign * n, leaving_promise))
            on_shelf = kinds[bin_id] == Bin.Kind.STORAGE and step.condition == Condition.SELLABLE
            hub[step.sku_id] = hub[step.sku_id].plus(HubDelta(sign * n, sign * n if on_shelf else 0, leaving_promise))
    return hub, bins


def _refuse_if_short(
    balances: dict[int, Balance],
    hub_deltas: dict[int, HubDelta],
    bins: dict[BinKey, BinBalance],
    bin_deltas: dict[BinKey, BinDelta],
) -> None:
    for key, delta in bin_deltas.items():
        row = bins[key]
        on_hand, reserved = row.on_hand + delta.on_hand, row.reserved + delta.reserved
        if not 0 <= reserved <= on_hand:
            raise Conflict(
                f"Bin {row.bin.code} holds {row.on_hand} of {row.sku.code}, {row.reserved} of them promised: "
                f"{-delta.on_hand} can't be taken.",
                code="stock_short",
                field="quantity",
                bin=row.bin.code,
                sku=row.sku.code,
            )
    for sku_id, change in hub_deltas.items():
        balance = balances[sku_id]
        sellable, reserved = balance.sellable + change.sellable, balance.reserved + change.reserved
        if not 0 <= reserved <= sellable <= balance.on_hand + change.on_hand:
            raise Conflict(
                f"{balance.sku.code}: {balance.reserved} of {balance.sellable} sellable units are promised; "
                "this move would break a promise.",
                code="stock_short",
                field="quantity",
                sku=balance.sku.code,
            )


def _insert(steps: Sequence[Step], actor_id: int | None, now: datetime) -> None:
    columns = (
        "kind", "source", "source_line", "sku_id", "lot_id", "quantity",
        "from_bin_id", "to_bin_id", "condition", "reservation_id", "reason",
    )  # fmt: skip
    if not steps:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO warehouses_move ({", ".join(columns)}, actor_id, occurred_at)
                SELECT *, %s::int, %s::timestamptz FROM unnest(%s::text[], %s::text[], %s::int[], %s::bigint[],
                    %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[])""",  # noqa: S608
            [actor_id, now, *([getattr(step, name) for step in steps] for name in columns)],
        )
