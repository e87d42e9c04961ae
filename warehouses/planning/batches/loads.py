"""What goes on a cart: loads, totes, and how an order too large for one cart is split.

A load is one order's picks, or a part of them; it is never divided between carts. Orders that fit stay
whole; only an order that no cart can take becomes several loads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from warehouses.planning.floor.layout import Spot
from warehouses.planning.walks.handling import Handling


@dataclass(frozen=True, slots=True)
class Cart:
    """What one cart carries: totes, their contents' volume in mm3 and weight in g. All at least 1."""

    totes: int
    volume_mm3: int
    weight_g: int

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise Invalid(
                    f"A cart's {name} is {getattr(self, name)}; a cart that carries nothing cannot be planned.",
                    code="cart_invalid",
                    field=name,
                )


@dataclass(frozen=True, slots=True)
class Tote:
    """What one tote holds: volume in mm3 and weight in g, both at least 1."""

    volume_mm3: int
    weight_g: int

    def __post_init__(self) -> None:
        if self.volume_mm3 < 1 or self.weight_g < 1:
            raise Invalid("A tote must hold at least 1 mm3 and 1 g.", code="tote_invalid", field="tote")


@dataclass(frozen=True, slots=True)
class Line:
    """One line to pick: `quantity` units from one spot. `key` is the caller's name for it.

    `handling` matters only where it differs within a cart. Raises `Invalid` (`line_invalid`).
    """

    key: str
    spot: Spot
    quantity: int
    unit_volume_mm3: int
    unit_weight_g: int
    handling: Handling = Handling.PLAIN

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.unit_volume_mm3 < 0 or self.unit_weight_g < 0:
            raise Invalid(
                f"Line {self.key}: quantity must be at least 1, volume and weight not negative.",
                code="line_invalid",
                line=self.key,
            )


@dataclass(frozen=True, slots=True)
class Load:
    """One order's picks, or one part of them, as a cart sees them: where, and what they take up.

    `group` names what may not ride with some other groups; `due_s` is when it must be picked, in seconds from
    the start of the plan, for batching that keeps due times together and for `scheduling`. What lies at the `heavy`
    spots goes under what lies at `fragile` ones. Raises `Invalid` (`load_invalid`) for a load without spots or
    without a tote, or with negative sizes.
    """

    key: str
    spots: tuple[Spot, ...]
    totes: int
    volume_mm3: int
    weight_g: int
    group: str = ""
    due_s: int | None = None
    heavy: frozenset[Spot] = frozenset()
    fragile: frozenset[Spot] = frozenset()

    def __post_init__(self) -> None:
        if not self.spots or self.totes < 1 or self.volume_mm3 < 0 or self.weight_g < 0:
            raise Invalid(
                f"Load {self.key} needs at least one spot and one tote, and sizes that are not negative.",
                code="load_invalid",
                load=self.key,
            )


@dataclass(frozen=True, slots=True)
class LoadPart:
    """A load and what is in it: `picks` line key -> units, and the same tote by tote in `totes`."""

    load: Load
    picks: tuple[tuple[str, int], ...]
    totes: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(slots=True)
class _Filling:
    """A tote being filled."""

    volume_mm3: int
    weight_g: int
    picks: dict[int, int]


def split_load(
    order_key: str, lines: Sequence[Line], *, tote: Tote, cart: Cart, max_totes: int | None = None
) -> tuple[LoadPart, ...]:
    """Put an order's lines into totes, and the totes into as few loads as a cart's capacity allows.

    Lines are packed in the order of their spots, a line's units together as far as they fit, each tote as
    full as it goes: next fit, so a tote's goods lie near each other. `max_totes` caps a load below the
    cart's own number. An order that fits one cart gives one load under `order_key`; else the parts are
    named `order_key/1`, `order_key/2`, ... Raises `Invalid`: `unit_too_large` (naming the line), `load_invalid`.
    """
    if not lines:
        raise Invalid(f"Order {order_key} has no lines to pick.", code="load_invalid", load=order_key)
    most = cart.totes if max_totes is None else max(1, min(cart.totes, max_totes))
    sorted_lines = sorted(lines, key=lambda line: (line.spot, line.key))
    held = Tote(min(tote.volume_mm3, cart.volume_mm3), min(tote.weight_g, cart.weight_g))
    groups: list[list[_Filling]] = [[]]
    for filled in _fill_totes(sorted_lines, held):
        group = groups[-1]
        volume = sum(one.volume_mm3 for one in group) + filled.volume_mm3
        weight = sum(one.weight_g for one in group) + filled.weight_g
        if group and (len(group) == most or volume > cart.volume_mm3 or weight > cart.weight_g):
            groups.append([])
        groups[-1].append(filled)
    names = [order_key] if len(groups) == 1 else [f"{order_key}/{part + 1}" for part in range(len(groups))]
    return tuple(_part(name, group, sorted_lines) for name, group in zip(names, groups, strict=True))


def _fill_totes(lines: Sequence[Line], tote: Tote) -> list[_Filling]:
    """The lines' units in totes, in order, a new tote when the next unit does not fit."""
    totes = [_Filling(0, 0, {})]
    for index, line in enumerate(lines):
        if line.unit_volume_mm3 > tote.volume_mm3 or line.unit_weight_g > tote.weight_g:
            raise Invalid(
                f"Line {line.key}: one unit ({line.unit_volume_mm3} mm3, {line.unit_weight_g} g) is more than "
                f"a tote holds ({tote.volume_mm3} mm3, {tote.weight_g} g).",
                code="unit_too_large",
                line=line.key,
            )
        left = line.quantity
        while left:
            filling = totes[-1]
            room = min(
                (tote.volume_mm3 - filling.volume_mm3) // line.unit_volume_mm3 if line.unit_volume_mm3 else left,
                (tote.weight_g - filling.weight_g) // line.unit_weight_g if line.unit_weight_g else left,
                left,
            )
            if room == 0:
                totes.append(_Filling(0, 0, {}))
                continue
            filling.picks[index] = room
            filling.volume_mm3 += room * line.unit_volume_mm3
            filling.weight_g += room * line.unit_weight_g
            left -= room
    return totes


def _part(name: str, totes: Sequence[_Filling], lines: Sequence[Line]) -> LoadPart:
    """One load out of its filled totes."""
    units: dict[int, int] = {}
    for filling in totes:
        for index, quantity in filling.picks.items():
            units[index] = units.get(index, 0) + quantity
    return LoadPart(
        load=Load(
            key=name,
            spots=tuple(dict.fromkeys(lines[index].spot for index in units)),
            totes=len(totes),
            volume_mm3=sum(filling.volume_mm3 for filling in totes),
            weight_g=sum(filling.weight_g for filling in totes),
            heavy=_spots(lines, units, Handling.HEAVY),
            fragile=_spots(lines, units, Handling.FRAGILE),
        ),
        picks=tuple((lines[index].key, quantity) for index, quantity in units.items()),
        totes=tuple(
            tuple((lines[index].key, quantity) for index, quantity in filling.picks.items()) for filling in totes
        ),
    )


def _spots(lines: Sequence[Line], taken: Iterable[int], handling: Handling) -> frozenset[Spot]:
    """Where those of the taken lines lie that are handled so."""
    return frozenset(lines[index].spot for index in taken if lines[index].handling is handling)
