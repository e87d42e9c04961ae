"""Dangerous goods in parcels: which marks, how heavy, what apart, and what a service must be willing to take. Pure.

Only what goes by road in limited quantities (ADR 2025, chapter 3.4) and lithium batteries under special provision 188
is sent in parcels; anything else needs a carrier of dangerous goods, which no service here is. Weights in grams.

Sources: ADR 2025: 3.4.2 and 3.4.3 (30 kg, trays 20 kg), 3.4.7 (the LQ mark), table A column 7a (the most in an inner
packaging), special provision 188 and 5.2.1.9 (the battery mark); IATA DGR 9.3.2 (batteries apart from flammables).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LQ: Final = "lq"
LQ_MARK: Final = "LQ"
BATTERIES: Final = "batteries"
BATTERIES_IN_EQUIPMENT: Final = "batteries_in_equipment"
FULLY_REGULATED: Final = "dangerous"
"""The four kinds of goods that a service may have to take; the last one is taken by none."""

KIND_NAMES: Final = {
    LQ: "limited quantities",
    BATTERIES: "lithium batteries",
    BATTERIES_IN_EQUIPMENT: "lithium batteries in equipment",
    FULLY_REGULATED: "fully regulated dangerous goods",
}

LOOSE_BATTERIES: Final = frozenset({"3480", "3090"})
FITTED_BATTERIES: Final = frozenset({"3481", "3091"})
LITHIUM: Final = LOOSE_BATTERIES | FITTED_BATTERIES
"""Ion and metal; alone, and in or with equipment."""

MOST_BATTERY_WH: Final = 100
"""Per battery; above it special provision 188 does not hold, and the goods are fully regulated."""

LQ_MOST_G: Final = 30_000
LQ_TRAY_MOST_G: Final = 20_000
LOOSE_BATTERIES_MOST_G: Final = 30_000

UNMARKED_BATTERIES: Final = 2
UNMARKED_PARCELS: Final = 2
"""In equipment, up to two batteries a parcel and two parcels a consignment travel without the mark."""

LQ_MOST_ML: Final = {
    "1090": 1_000, "1133": 5_000, "1170": 5_000, "1197": 5_000, "1219": 1_000, "1263": 5_000, "1266": 5_000,
    "1950": 1_000, "1987": 5_000, "1993": 5_000, "3175": 1_000,
}  # fmt: skip
"""The most (ml, or grams of a solid) in one inner packaging, for what creators sell: perfume, varnish, sprays, glue.

Where column 7a goes by packing group, the least strict; the hub approves each item by its data sheet.
"""

_APART: Final = {
    frozenset(pair)
    for pair in (
        *(("2.1", "5.1"), ("2.1", "5.2"), ("3", "5.1"), ("3", "5.2"), ("4.1", "5.1"), ("4.1", "5.2")),
        *(("4.2", "5.1"), ("4.3", "8"), ("5.1", "8"), ("5.2", "8")),
        *((BATTERIES, "2.1"), (BATTERIES, "3"), (BATTERIES, "4.1"), (BATTERIES, "5.1")),
    )
}
"""Classes that do not share a parcel, because they react or feed a fire: the house's reading of ADR 4.1.1.6."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one item: its UN number and class (empty: harmless), how it is packed, and what is in one unit.

    `net_ml` is the net quantity of a unit (ml, or grams of a solid); `battery_wh` is of one battery, `batteries` how
    many a unit has.
    """

    item: str
    quantity: int
    un_number: str = ""
    hazmat_class: str = ""
    limited_quantity: bool = False
    net_ml: int = 0
    battery_wh: int = 0
    batteries: int = 1

    @property
    def kind(self) -> str:
        """Which of the four kinds these goods are; empty for harmless ones."""
        if self.un_number in LITHIUM:
            if self.battery_wh > MOST_BATTERY_WH:
                return FULLY_REGULATED
            return BATTERIES if self.un_number in LOOSE_BATTERIES else BATTERIES_IN_EQUIPMENT
        if not (self.un_number or self.hazmat_class):
            return ""
        within = self.net_ml <= LQ_MOST_ML.get(self.un_number, self.net_ml)
        return LQ if self.limited_quantity and within else FULLY_REGULATED


def kinds_of(goods: Sequence[Goods]) -> frozenset[str]:
    """What a service must take to carry all of these."""
    return frozenset(each.kind for each in goods) - {""}


def heaviest_g(goods: Sequence[Goods], *, on_tray: bool = False) -> int | None:
    """The most that a parcel with these may weigh, gross; None where nothing limits it. `on_tray`: in shrink-wrap."""
    limits = {LQ: LQ_TRAY_MOST_G if on_tray else LQ_MOST_G, BATTERIES: LOOSE_BATTERIES_MOST_G}
    return min((limits[kind] for kind in kinds_of(goods) if kind in limits), default=None)


def marks_of(parcels: Sequence[Sequence[Goods]]) -> list[tuple[str, ...]]:
    """The marks on each parcel of one consignment, sorted: `LQ`, and `UN3481` and the like.

    A battery mark has red hatching and cannot be printed: it is a sticker from stock. The LQ mark can be printed.
    """
    with_batteries = sum(any(each.un_number in LITHIUM for each in goods) for goods in parcels)
    return [_marks(goods, with_batteries) for goods in parcels]


def _marks(goods: Sequence[Goods], parcels_with_batteries: int) -> tuple[str, ...]:
    marks = {LQ_MARK for each in goods if each.kind == LQ}
    fitted = [each for each in goods if each.un_number in FITTED_BATTERIES]
    few = sum(each.quantity * each.batteries for each in fitted) <= UNMARKED_BATTERIES
    if not (few and parcels_with_batteries <= UNMARKED_PARCELS):
        marks |= {f"UN{each.un_number}" for each in fitted}
    marks |= {f"UN{each.un_number}" for each in goods if each.un_number in LOOSE_BATTERIES}
    return tuple(sorted(marks))


def may_share(one: Goods, other: Goods) -> bool:
    """Whether the two may lie in one parcel."""
    mine, theirs = _nature(one), _nature(other)
    return not any(frozenset({a, b}) in _APART for a in mine for b in theirs)


def _nature(goods: Goods) -> tuple[str, ...]:
    """The words by which `_APART` knows these goods: the class, and whether it is loose batteries."""
    loose = (BATTERIES,) if goods.un_number in LOOSE_BATTERIES else ()
    return (*loose, goods.hazmat_class)


def groups_of(goods: Sequence[Goods]) -> list[list[Goods]]:
    """The goods in as few groups as a first fit finds, within each of which all may share a parcel; order is kept."""
    groups: list[list[Goods]] = []
    for each in goods:
        home = next((group for group in groups if all(may_share(each, other) for other in group)), None)
        if home is None:
            groups.append([each])
        else:
            home.append(each)
    return groups
