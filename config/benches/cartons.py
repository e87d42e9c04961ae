"""`manage.py bench cartons`: the real week's orders into the usual boxes, checked, and held against what is proven."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from fulfillment.channels.made_up import made_up_measures
from fulfillment.channels.online_retail import FileOrder
from fulfillment.services.importing import OrderFile, read_file
from shipping.planning.cartons.checking import faults
from shipping.planning.cartons.exact import MOST_UNITS
from shipping.planning.cartons.goods import BoxSize, CannotPack, Item, Packing
from shipping.planning.cartons.packing import Effort, pack, warm_up
from shipping.services.quoting import box_sizes
from shipping.services.setting_up import usual_boxes

ORDERS: Final = 1_000
THOROUGH: Final = Effort(proof=1.0)
"""For the sample: CP-SAT's deterministic time a box, thirty times what a packing bench gives it."""
LIMITS: Final = {"seconds_1000_orders": 10.0, "broken_boxes": 0.0, "volume_of_proven_least": 1.03}


def carton_figures(file: Path, *, seed: int, say: Callable[[str], object]) -> dict[str, Any]:
    """Packs 1,000 orders as a bench would, the week's over again with other made-up measures when it has fewer.

    `volume_of_proven_least`: inner volume of the boxes, against the least there is, over the orders where that least
    is proven: at once, or by a long search among those of up to `MOST_UNITS` units.
    """
    warm_up()
    boxes = box_sizes(usual_boxes())
    read = read_file(OrderFile(file.name, file.read_bytes(), "online-retail", seed)).orders
    orders = list(islice(_endless(read, seed), ORDERS))
    say(f"{len(orders)} orders")
    begun, cpu = perf_counter(), process_time()
    packed = [(items, packing) for items in orders if (packing := _packed(items, boxes)) is not None]
    seconds, cpu_seconds = perf_counter() - begun, process_time() - cpu
    say("checking")
    broken = sum(bool(faults(packing, items)) for items, packing in packed)
    say("proving")
    ours, least, proven = _against_proof(packed, boxes)
    found = {"seconds_1000_orders": seconds, "broken_boxes": float(broken), "volume_of_proven_least": ours / least}
    return {
        "limits": {
            name: {"value": round(found[name], 4), "limit": limit, "kept": found[name] <= limit}
            for name, limit in LIMITS.items()
        },
        "cpu_seconds": round(cpu_seconds, 2),
        "orders": len(orders),
        "orders_with_goods_too_big_for_any_box": len(orders) - len(packed),
        "parcels": sum(len(packing.parcels) for _, packing in packed),
        "proven_parcels": sum(packing.least_parcels for _, packing in packed),
        "orders_proven_at_once": sum(packing.proven for _, packing in packed),
        "sample_proven": proven,
        "volume_of_bound_over_all": round(
            sum(packing.volume_mm3 for _, packing in packed) / sum(packing.least_mm3 for _, packing in packed), 4
        ),
    }


def _endless(orders: Sequence[FileOrder], seed: int) -> Iterator[list[Item]]:
    """The orders' goods, with other measures each time they come round."""
    prices: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            prices[line.item] = max(prices[line.item], line.unit_price_cents)
    while True:
        for order in orders:
            units: Counter[str] = Counter()
            for line in order.lines:
                units[line.item] += line.quantity
            yield [_item(code, quantity, prices[code], seed) for code, quantity in units.items()]
        seed += 1


def _item(code: str, quantity: int, price_cents: int, seed: int) -> Item:
    size = made_up_measures(seed=seed, key=code, price_cents=price_cents)
    return Item(code, size.length_mm, size.width_mm, size.height_mm, size.weight_g, quantity)


def _packed(items: Sequence[Item], boxes: Sequence[BoxSize], effort: Effort | None = None) -> Packing | None:
    """The packing, or None when something fits no box: such an order is held, not packed."""
    try:
        return pack(items, boxes, effort=effort)
    except CannotPack:
        return None


def _against_proof(packed: Sequence[tuple[Sequence[Item], Packing]], boxes: Sequence[BoxSize]) -> tuple[int, int, int]:
    """Over the orders whose least is proven in the end: our boxes' volume, the least, and how many they are."""
    ours = least = proven = 0
    for items, packing in packed:
        is_small = sum(item.quantity for item in items) <= MOST_UNITS
        best = pack(items, boxes, effort=THOROUGH) if is_small and not packing.proven else packing
        if best.proven:
            ours, least, proven = ours + packing.volume_mm3, least + best.least_mm3, proven + 1
    return ours, least, proven
