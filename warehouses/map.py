"""The hub's map: its floor plan with what lies where, or with a pick list's walk drawn on it. See `map_drawing`."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import F, Sum
from django.utils.safestring import SafeString

from foundation.errors import DomainError
from warehouses.map_drawing import Cell, CellKey, Drawing, Leg
from warehouses.models import Bin, BinBalance, Hub, PickList, PickTask
from warehouses.planning.floor.floors import AnyFloor
from warehouses.planning.floor.layout import Spot
from warehouses.planning.walks.strokes import walk_strokes
from warehouses.services.floorplan import layout_of, spot_of


@dataclass(frozen=True, slots=True)
class HubMap:
    """A hub's floor and the figures beside it."""

    svg: SafeString
    bins: int
    empty: int
    units: int


@dataclass(frozen=True, slots=True)
class WalkMap:
    """A pick list's walk on the floor, stop by stop. `start`: how far from its left edge the walk begins, 0 to 1."""

    svg: SafeString
    stops: tuple[Leg, ...]
    start: float


def hub_map(hub: Hub, *, cell_url: Callable[[CellKey], str] | None = None) -> HubMap | None:
    """The floor with its bins shaded by how full they are; None for a hub without a (sensible) floor plan.

    `cell_url` gives each cell a link. Five queries (six with levels), whatever the hub's size.
    """
    floor = _floor(hub)
    if floor is None:
        return None
    cells = _cells(hub)
    drawing = Drawing(floor, cells)
    parts = [drawing.floor(), drawing.filled_cells(cells, cell_url), drawing.signs(), drawing.aisle_numbers()]
    stock = list(cells.values())
    empty = sum(cell.bins for cell in stock if not cell.units)
    label = f"Floor plan of {hub.code}: {drawing.sheet.aisles} aisles, {sum(cell.bins for cell in stock)} bins"
    return HubMap(drawing.svg(parts, label), sum(c.bins for c in stock), empty, sum(c.units for c in stock))


def walk_map(pick_list: PickList) -> WalkMap | None:
    """The floor with a pick list's walk, its stops numbered in walking order; None without a floor plan or stops."""
    floor = _floor(pick_list.hub)
    tasks = list(pick_list.tasks.select_related("bin", "sku").order_by("sequence", "id"))
    if floor is None or not tasks:
        return None
    stops = _stops(tasks)
    try:
        strokes = walk_strokes(floor, list(stops), range(len(stops)))
    except DomainError:
        return None
    cells = dict.fromkeys(_cell_keys(pick_list.hub))
    drawing = Drawing(floor, cells)
    lines = drawing.sheet.strokes(strokes)
    points = [point for line in lines for point in line]
    parts = [drawing.floor(), drawing.plain_cells(cells), drawing.signs(), drawing.aisle_numbers(), drawing.walk(lines)]
    legs = tuple(_leg(number, tasks) for number, tasks in enumerate(stops.values(), start=1))
    parts.append(drawing.stops(legs))
    label = f"Walk of {pick_list.number}: {len(stops)} stops, {pick_list.walk_mm / 1000:.0f} metres"
    return WalkMap(drawing.svg(parts, label, around=points), legs, drawing.across(points[0], around=points))


def _floor(hub: Hub) -> AnyFloor | None:
    try:
        return layout_of(hub)
    except (DomainError, Hub.floor_plan.RelatedObjectDoesNotExist):
        return None


def _cell_keys(hub: Hub) -> set[CellKey]:
    """The places that have a shelf. Storage bins have an aisle and a height in it (CHECK)."""
    storage = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE).order_by("aisle", "y_mm", "side")
    return {(aisle or 0, y_mm or 0, side) for aisle, y_mm, side in storage.values_list("aisle", "y_mm", "side")}


def _cells(hub: Hub) -> dict[CellKey, Cell]:
    rows = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE).order_by("aisle", "y_mm", "side", "level")
    held = BinBalance.objects.filter(bin__hub=hub, bin__kind=Bin.Kind.STORAGE, on_hand__gt=0).values("bin_id")
    stock = {
        row["bin_id"]: (row["units"], row["volume"])
        for row in held.annotate(units=Sum("on_hand"), volume=Sum(F("on_hand") * F("sku__volume_mm3")))
    }
    found: dict[CellKey, list[tuple[int, int, int]]] = defaultdict(list)
    for pk, aisle, y_mm, side, volume in rows.values_list("pk", "aisle", "y_mm", "side", "volume_mm3"):
        found[aisle or 0, y_mm or 0, side].append((volume, *stock.get(pk, (0, 0))))
    return {key: _cell(bins) for key, bins in found.items()}


def _cell(bins: Sequence[tuple[int, int, int]]) -> Cell:
    room = sum(volume for volume, _, _ in bins)
    taken = sum(volume for _, _, volume in bins)
    return Cell(len(bins), sum(units for _, units, _ in bins), min(taken / room, 1.0) if room else 0.5)


def _stops(tasks: Sequence[PickTask]) -> dict[Spot, list[PickTask]]:
    """The tasks by spot, in the order in which the walk first comes there."""
    stops: dict[Spot, list[PickTask]] = {}
    for task in tasks:
        stops.setdefault(spot_of(task.bin), []).append(task)
    return stops


def _leg(number: int, tasks: Sequence[PickTask]) -> Leg:
    if any(task.short for task in tasks):
        state = "short"
    else:
        state = "done" if all(task.closed_at for task in tasks) else "open"
    places = {(spot_of(task.bin), task.bin.side) for task in tasks}
    return Leg(
        number=number,
        bins=", ".join(sorted({task.bin.code for task in tasks})),
        places=tuple(sorted((spot.aisle, spot.y_mm, side) for spot, side in places)),
        units=sum(task.quantity for task in tasks),
        state=state,
    )
