"""Whether a packing is possible with cardboard and hands. Shares nothing with the planner but the plain values.

For the benchmark and the tests: every unit is there once, inside its box, beside the others, the right way up, nothing
above what is fragile, and no box heavier than it may be.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from shipping.planning.cartons.goods import Block, Item, PackedBox, Packing


def faults(packing: Packing, items: Sequence[Item]) -> list[str]:
    """What is wrong with the packing of `items`, a sentence each; empty when nothing is."""
    by_key = {item.key: item for item in items}
    found = [fault for parcel in packing.parcels for fault in _in_parcel(parcel, by_key)]
    placed: Counter[str] = Counter()
    for parcel in packing.parcels:
        placed.update(parcel.contents)
    if placed != Counter({item.key: item.quantity for item in items}):
        found.append("The parcels do not hold just the units ordered.")
    return found


def _in_parcel(parcel: PackedBox, items: Mapping[str, Item]) -> Iterator[str]:
    if not parcel.blocks:
        yield f"{parcel.box.code} is empty."
    for block in parcel.blocks:
        yield from _of_block(block, items[block.key], parcel)
    for one, other in combinations(parcel.blocks, 2):
        if _shared(one, other, axes=3):
            yield f"{one.key} and {other.key} overlap."
        for under, above in ((one, other), (other, one)):
            if items[under.key].fragile and _shared(under, above, axes=2) and above.corner_mm[2] >= _high(under)[2]:
                yield f"{above.key} stands on {under.key}, which is fragile."
    weight_g = parcel.box.tare_g + sum(block.quantity * items[block.key].weight_g for block in parcel.blocks)
    if weight_g != parcel.weight_g:
        yield f"{parcel.box.code} weighs {weight_g} g, not {parcel.weight_g} g."
    if weight_g > parcel.box.max_weight_g:
        yield f"{parcel.box.code} weighs {weight_g} g and may weigh {parcel.box.max_weight_g} g."


def _of_block(block: Block, item: Item, parcel: PackedBox) -> Iterator[str]:
    inner = (parcel.box.length_mm, parcel.box.width_mm, parcel.box.height_mm)
    if min(block.corner_mm) < 0 or any(high > side for high, side in zip(_high(block), inner, strict=True)):
        yield f"{block.key} sticks out of {parcel.box.code}."
    if sorted(block.unit_mm) != sorted((item.length_mm, item.width_mm, item.height_mm)) or min(block.counts) < 1:
        yield f"{block.key} has other measures."
    if item.upright and block.unit_mm[2] != item.height_mm:
        yield f"{block.key} does not stand upright."
    if item.fragile and block.counts[2] > 1:
        yield f"{block.key} stands on its own kind, which is fragile."


def _high(block: Block) -> tuple[int, ...]:
    """The corner opposite to the block's own."""
    return tuple(at + side * n for at, side, n in zip(block.corner_mm, block.unit_mm, block.counts, strict=True))


def _shared(one: Block, other: Block, *, axes: int) -> bool:
    """Whether two blocks take the same room along the first `axes` axes."""
    first, second = _high(one), _high(other)
    return all(one.corner_mm[a] < second[a] and other.corner_mm[a] < first[a] for a in range(axes))
