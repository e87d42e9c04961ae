"""Importing: a file of orders becomes orders; every row ends as an order line, as known already, or as a refusal.

The natural key of a line is (seller, order number, place in the order), so the same file again adds nothing.
What the file lacks (addresses, sizes, weights) is made from a seed.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import F

from foundation import clock
from foundation.errors import Invalid
from fulfillment.channels import online_retail
from fulfillment.channels.made_up import made_up_measures, made_up_place
from fulfillment.channels.online_retail import FileLine, FileOrder, Reading, RefusedRow
from fulfillment.models import IntakeRefusal, IntakeRun, OrderLine
from fulfillment.services.intake import LineInput, OrderInput, Taken, take_orders
from warehouses.models import Hub, Seller, Sku
from warehouses.services.skus import SkuInput, save_skus

READERS: Final[Mapping[str, Callable[..., Reading]]] = {online_retail.LAYOUT: online_retail.read_orders}
"""How each layout is read: bytes and a seed in, a `Reading` out."""

PAGE: Final = 200
MADE_UP_HS_CODE: Final = "830629"
MADE_UP_ORIGIN: Final = "CN"
"""Orders taken in one call: large enough to be quick, small enough to keep the statements small."""

MADE_UP: Final = "addresses, names of buyers, sizes and weights, HS codes and origins"
"""What no file of these layouts says and the seed makes."""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file as it came: its name, its bytes, its layout (a key of `READERS`), and the seed for what it lacks."""

    name: str
    content: bytes
    layout: str
    seed: int = 1

    @property
    def sha256(self) -> str:
        """What makes it the same file."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class Sorted:
    """A reading held against the catalogue and the orders there are. `fresh` are ready to be taken."""

    read: int = 0
    chosen: int = 0
    fresh: list[OrderInput] = field(default_factory=list)
    duplicate: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


def read_file(file: OrderFile) -> Reading:
    """The file's rows. Raises `Invalid` (`layout_unknown`, or what the reader says of a broken file, with its row)."""
    reader = READERS.get(file.layout)
    if reader is None:
        raise Invalid(f"Layouts are {', '.join(READERS)}.", code="layout_unknown", field="format")
    return reader(file.content, seed=file.seed)


@transaction.atomic
def import_orders(*, seller: Seller, hub: Hub, file: OrderFile, creates_items: bool = False) -> IntakeRun:
    """Takes every order of the file that is not there yet; all or nothing. Returns the finished run.

    With `creates_items`, items the seller does not have yet are entered with made-up measures; without, their
    rows are refused (`sku_unknown`). Raises `Invalid` with the row for a file that can't be read.
    """
    reading = read_file(file)
    if creates_items:
        create_items(seller=seller, reading=reading, seed=file.seed)
    run, found = begin_intake(seller=seller, hub=hub, file=file, reading=reading)
    take_part(run=run, orders=found.fresh)
    return finish_intake(run=run)


@transaction.atomic
def begin_intake(*, seller: Seller, hub: Hub, file: OrderFile, reading: Reading) -> tuple[IntakeRun, Sorted]:
    """Opens a run: refusals and duplicates are written down, the fresh orders come back to be taken in parts."""
    found = sort_out(seller=seller, reading=reading, seed=file.seed, layout=file.layout)
    run = IntakeRun.objects.create(
        seller=seller,
        hub=hub,
        file_name=file.name[-200:],
        file_sha256=file.sha256,
        layout=file.layout,
        started_at=clock.now(),
        read=found.read,
        duplicate=found.duplicate,
        refused=len(found.refused),
    )
    IntakeRefusal.objects.bulk_create(
        [
            IntakeRefusal(run=run, row=r.row, code=r.code, message=r.message, reference=r.reference)
            for r in found.refused
        ],
        batch_size=2_000,
    )
    return run, found


@transaction.atomic
def take_part(*, run: IntakeRun, orders: Sequence[OrderInput]) -> list[Taken]:
    """Takes some of the run's fresh orders and counts their lines as accepted, in one transaction."""
    taken = []
    for start in range(0, len(orders), PAGE):
        page = orders[start : start + PAGE]
        taken += take_orders(seller=run.seller, hub=run.hub, orders=page)
    is_new = {each.order.external_ref: each.is_new for each in taken}
    counts = Counter({True: 0, False: 0})
    for order in orders:
        counts[is_new[order.external_ref]] += len(order.lines)
    IntakeRun.objects.filter(pk=run.pk).update(
        accepted=F("accepted") + counts[True], duplicate=F("duplicate") + counts[False]
    )
    return taken


@transaction.atomic
def finish_intake(*, run: IntakeRun) -> IntakeRun:
    """Closes the run. The database refuses (`intake_loses_no_row`) unless every row is accounted for."""
    run.refresh_from_db()
    run.finished_at = clock.now()
    run.save(update_fields=["finished_at"])
    return run


def create_items(*, seller: Seller, reading: Reading, seed: int) -> int:
    """Enters the file's items that the seller does not have: measures and customs data made up, an own barcode each.

    Returns how many. An item without any description in the file is left out: nobody would know what it is.
    """
    names, prices = _described(reading.orders)
    known = set(Sku.objects.filter(seller=seller, code__in=names).values_list("code", flat=True))
    fresh = [_item(code, name, prices[code], seed) for code, name in names.items() if code not in known]
    save_skus(seller=seller, items=fresh)
    return len(fresh)


def _described(orders: Iterable[FileOrder]) -> tuple[dict[str, str], dict[str, int]]:
    """The most used description of each item, and its highest price."""
    names: dict[str, Counter[str]] = {}
    prices: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            prices[line.item] = max(prices[line.item], line.unit_price_cents)
            if line.description:
                names.setdefault(line.item, Counter())[line.description] += 1
    return {code: counts.most_common(1)[0][0] for code, counts in names.items()}, prices


def _item(code: str, name: str, price_cents: int, seed: int) -> SkuInput:
    size = made_up_measures(seed=seed, key=code, price_cents=price_cents)
    return SkuInput(
        code=code,
        name=name,
        weight_g=size.weight_g,
        length_mm=size.length_mm,
        width_mm=size.width_mm,
        height_mm=size.height_mm,
        barcodes=(code,),
        hs_code=MADE_UP_HS_CODE,
        origin_country=MADE_UP_ORIGIN,
    )


def sort_out(*, seller: Seller, reading: Reading, seed: int, layout: str) -> Sorted:
    """Holds a reading against the seller's catalogue and orders; changes nothing.

    Further refusals: `sku_unknown`, `description_missing` (an item nobody has described), `order_differs`
    (the order is there with other contents).
    """
    names, _ = _described(reading.orders)
    catalogue = set(Sku.objects.filter(seller=seller, is_active=True).values_list("code", flat=True))
    there = _orders_there(seller, [order.invoice for order in reading.orders])
    found = Sorted(read=reading.read, chosen=reading.chosen, refused=list(reading.refused))
    for order in reading.orders:
        lines = []
        for line in order.lines:
            refusal = _refusal(line, catalogue, names)
            if refusal is None:
                lines.append(line)
            else:
                found.refused.append(_refused(order, line, *refusal))
        known = there.get(order.invoice)
        if known is not None:
            _compare(order, lines, known, found)
        elif lines:
            found.fresh.append(_input(order, lines, seed, layout))
    found.refused.sort(key=lambda refused: refused.row)
    return found


def _orders_there(seller: Seller, invoices: Sequence[str]) -> dict[str, dict[int, tuple[str, int]]]:
    rows = OrderLine.objects.filter(order__seller=seller, order__external_ref__in=invoices)
    there: dict[str, dict[int, tuple[str, int]]] = {}
    for invoice, number, code, quantity in rows.values_list(
        "order__external_ref", "number", "sku__code", "quantity"
    ).iterator(chunk_size=5_000):
        there.setdefault(invoice, {})[number] = (code, quantity)
    return there


def _refusal(line: FileLine, catalogue: set[str], names: Mapping[str, str]) -> tuple[str, str] | None:
    if line.item in catalogue:
        return None
    if line.item not in names:
        return "description_missing", f"Item {line.item} has no description and is not in the catalogue."
    return "sku_unknown", f"Item {line.item} is not in the catalogue."


def _refused(order: FileOrder, line: FileLine, code: str, message: str) -> RefusedRow:
    return RefusedRow(line.row, code, message, f"{order.invoice} {line.item}"[:80])


def _compare(order: FileOrder, lines: Sequence[FileLine], known: Mapping[int, tuple[str, int]], found: Sorted) -> None:
    for number, line in enumerate(lines, start=1):
        if known.get(number) == (line.item, line.quantity):
            found.duplicate += 1
        else:
            message = f"Order {order.invoice} is there already, with other contents in line {number}."
            found.refused.append(_refused(order, line, "order_differs", message))


def _input(order: FileOrder, lines: Sequence[FileLine], seed: int, layout: str) -> OrderInput:
    return OrderInput(
        external_ref=order.invoice,
        ship_to=made_up_place(seed=seed, key=order.buyer, country=order.country),
        lines=tuple(
            LineInput(sku=line.item, quantity=line.quantity, unit_price_cents=line.unit_price_cents) for line in lines
        ),
        placed_at=order.placed_at,
        channel=layout,
    )
