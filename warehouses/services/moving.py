"""Moving: every physical step of goods becomes rows of the ledger here, and nowhere else."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from foundation import clock
from foundation.errors import Conflict, Invalid
from warehouses.locks import BinKey, lock_balances, lock_bin_balances
from warehouses.models import GOOD, Balance, Bin, BinBalance, Condition, Lot, Move, good_condition
from warehouses.services.sums import BinDelta, HubDelta, change_balances, change_bin_balances
from warehouses.signals import News, stock_moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One intended move: `quantity` units from one bin to another (None = outside the building).

    `source` and `source_line` name what caused it; with `kind` they are its key, so the same step posted
    twice moves once. `keeps_promise` says these units were reserved and assigned: the promise goes with them.
    `becomes` is the condition they arrive in, if another; whether good units arrive on a shelf as sellable or as
    blocked, lot and bin decide, not the caller.
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
    becomes: str = ""
    reservation_id: int | None = None
    keeps_promise: bool = False
    reason: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes the step unique."""
        return self.source, self.source_line, self.kind

    @property
    def arrives(self) -> str:
        """The condition the units arrive in."""
        return self.becomes or self.condition


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that is in the ledger, as `stock_moved` carries it."""

    step: Step
    occurred_at: datetime


def ring(
    hub_id: int,
    moves: Sequence[Moved],
    *,
    displaced: Collection[int] = (),
    recalls: Collection[int] = (),
    is_open_again: bool = False,
    news: Sequence[News] = (),
) -> None:
    """Tells upstairs, at the end of a service and inside its transaction, what has moved.

    `displaced` are reservations that lost a bin or a promise by it, `recalls` lots recalled or no longer so;
    `is_open_again` a hub that may allocate again, `news` what sellers should hear of their inbounds.
    """
    if moves or displaced or recalls or is_open_again or news:
        stock_moved.send(
            sender=Move,
            hub_id=hub_id,
            moves=list(moves),
            displaced=frozenset(displaced),
            recalls=frozenset(recalls),
            is_open_again=is_open_again,
            news=list(news),
        )


@transaction.atomic(savepoint=False)
def post_moves(*, hub_id: int, steps: Sequence[Step], actor_id: int | None = None) -> list[Moved]:
    """Writes `steps` into the ledger and its sums; returns those that were new, in order.

    Set-based: the number of statements does not depend on the number of steps. Does not ring the bell:
    the calling service does, when its own rows are in order too. Raises `Conflict` (`stock_short`) naming
    bin and SKU when units are not there, (`lot_recalled`) when recalled goods would be packed, `Invalid`
    (`quantity_invalid`, `bin_of_other_hub`); then nothing is written. Who moves goods onto shelves has locked
    those (`locks.lock_shelves`).
    """
    if not steps:
        return []
    if any(step.quantity < 1 for step in steps):
        raise Invalid("A move has at least one unit.", code="quantity_invalid", field="quantity")
    now = clock.now()
    kinds = _bin_kinds(hub_id, steps)
    from_outside = any(step.from_bin_id is None for step in steps)
    balances = lock_balances(hub_id, (step.sku_id for step in steps), known=not from_outside)
    _refuse_recalled(steps)
    steps = _settled(steps, kinds)
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
    legs = ((step.from_bin_id, step.condition), (step.to_bin_id, step.arrives))
    return [BinKey(bin_id, step.sku_id, step.lot_id, condition) for bin_id, condition in legs if bin_id]


def settle(hub_id: int, steps: Sequence[Step]) -> list[Step]:
    """The steps as `post_moves` would write them, with the conditions in which the units arrive.

    For services that must know beforehand; they hold the hub balances. Raises `Invalid` (`bin_of_other_hub`).
    """
    return _settled(steps, _bin_kinds(hub_id, steps))


def _refuse_recalled(steps: Sequence[Step]) -> None:
    packed = {step.lot_id for step in steps if step.kind == Move.Kind.PACK and step.lot_id}
    recalled = Lot.objects.filter(pk__in=packed, recalled_at__isnull=False) if packed else []
    for lot in recalled:
        raise Conflict(
            f"Stop: lot {lot.code} is recalled. Set it aside.", code="lot_recalled", field="lot", lot=lot.code
        )


def _settled(steps: Sequence[Step], kinds: dict[int, str]) -> list[Step]:
    """The steps as they will be: good units that come to rest are blocked where the lot or the bin is.

    Looked up under the locks, since blocking takes these too.
    """
    shelved = [step for step in steps if step.arrives in GOOD and kinds.get(step.to_bin_id or 0) in Bin.SHELVES]
    if not shelved:
        return list(steps)
    bins = Bin.objects.in_bulk({step.to_bin_id for step in shelved})
    lot_ids = {step.lot_id for step in shelved if step.lot_id}
    lots = Lot.objects.in_bulk(lot_ids) if lot_ids else {}
    settled = {
        step.key: _arriving(step, good_condition(bins[step.to_bin_id or 0], lots.get(step.lot_id or 0)))
        for step in shelved
    }
    return [settled.get(step.key, step) for step in steps]


def _arriving(step: Step, condition: str) -> Step:
    if step.from_bin_id is None:
        return replace(step, condition=condition, becomes="")
    return replace(step, becomes="" if condition == step.condition else condition)


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
        for bin_id, sign, condition in ((step.from_bin_id, -1, step.condition), (step.to_bin_id, 1, step.arrives)):
            if bin_id is None:
                continue
            key = BinKey(bin_id, step.sku_id, step.lot_id, condition)
            leaving_promise = -promised if sign < 0 else 0
            bins[key] = bins[key].plus(BinDelta(sign * n, leaving_promise))
            on_shelf = kinds[bin_id] == Bin.Kind.STORAGE and condition == Condition.SELLABLE
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
        "from_bin_id", "to_bin_id", "condition", "becomes", "reservation_id", "reason",
    )  # fmt: skip
    if not steps:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO warehouses_move ({", ".join(columns)}, actor_id, occurred_at)
                SELECT *, %s::int, %s::timestamptz FROM unnest(%s::text[], %s::text[], %s::int[], %s::bigint[],
                    %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[],
                    %s::text[])""",  # noqa: S608
            [actor_id, now, *([getattr(step, name) for step in steps] for name in columns)],
        )
