"""A week at a hub's dock as a table: a column for each day and door, a row wherever a slot begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from foundation.admin.presentation import Look, look_of
from foundation.quantities import counted
from warehouses.models import Appointment, DockDoor, Hub, Inbound
from warehouses.planning.docking import Slot, Taken, room_in
from warehouses.services.dock_slots import OpenDays

Mark = tuple[int, int, int]
"""A moment's place among the rows: hour, whether it comes for the second time that day, minute."""

MOST_WAITING = 20


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment in a slot; `goes_on` if it began in an earlier one."""

    row: Appointment
    goes_on: bool = False

    @property
    def look(self) -> Look:
        """Its state's."""
        return look_of(Appointment, "state", self.row.state)

    @property
    def words(self) -> str:
        """How much comes."""
        unit = "pallet" if self.row.door.freight == Inbound.Freight.PALLET else "carton"
        return counted(self.row.load, unit)


@dataclass(frozen=True, slots=True)
class Cell:
    """So many rows of one column: a slot, or a while in which the door is closed (without one)."""

    span: int
    slot: Slot | None = None
    room: int = 0
    is_past: bool = False
    booked: tuple[Booked, ...] = ()


@dataclass(slots=True)
class Column:
    """A door on a day, or (without a door) a day on which none is open; `closed` says why."""

    day: date
    door: DockDoor | None = None
    closed: str = ""
    slots: list[tuple[Slot, Cell]] = field(default_factory=list)
    cells: dict[int, Cell] = field(default_factory=dict)
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The head of a day: how many columns it has, and how much is booked and free in them."""

    date: date
    width: int
    appointments: int
    is_chosen: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: when it begins, and what begins with it. `is_again`: the hour comes twice that day."""

    label: str
    is_again: bool
    cells: list[tuple[Column, Cell]]


@dataclass(frozen=True, slots=True)
class Week:
    """All the page shows. `astray` are appointments at times that are no slot any more, since hours were changed."""

    hub: Hub
    zone: ZoneInfo
    chosen: date
    today: date
    days: list[Day]
    columns: list[Column]
    rows: list[Row]
    astray: list[Booked]
    unbooked: list[Inbound]

    @property
    def before(self) -> date:
        """The same day a week earlier."""
        return self.chosen - timedelta(days=7)

    @property
    def after(self) -> date:
        """The same day a week later."""
        return self.chosen + timedelta(days=7)

    @property
    def has_doors(self) -> bool:
        """Whether anything can be shown at all."""
        return any(column.door for column in self.columns)


def dock_week(hub: Hub, chosen: date, *, now: datetime) -> Week:
    """The week (Monday to Sunday) of a day in the hub's zone, in five queries however much is booked."""
    zone = ZoneInfo(hub.timezone)
    monday = chosen - timedelta(days=chosen.weekday())
    dates = [monday + timedelta(days=n) for n in range(7)]
    doors = list(hub.doors.order_by("code"))
    shown = _appointments(doors, dates, zone)
    open_days = OpenDays.of(hub, dates[0], dates[-1])
    columns = [column for day in dates for column in _columns(day, doors, open_days, shown, now)]
    placed = {booked.row.pk for column in columns for _, cell in column.slots for booked in cell.booked}
    for column in columns:
        column.is_chosen = column.day == chosen
    today = now.astimezone(zone).date()
    return Week(
        hub=hub,
        zone=zone,
        chosen=chosen,
        today=today,
        days=[_day(day, columns, shown, zone, chosen, today) for day in dates],
        columns=columns,
        rows=_rows(columns, zone),
        astray=[Booked(row) for row in shown if row.pk not in placed],
        unbooked=_unbooked(hub, doors),
    )


def _appointments(doors: Sequence[DockDoor], dates: Sequence[date], zone: ZoneInfo) -> list[Appointment]:
    """Those of the week, also who did not come; not what was called off."""
    start, end = (datetime.combine(day, datetime.min.time(), zone) for day in (dates[0], dates[-1] + timedelta(days=1)))
    rows = Appointment.objects.filter(door__in=doors, starts_at__lt=end, ends_at__gt=start)
    rows = rows.exclude(state=Appointment.State.CANCELLED)
    return list(rows.select_related("seller", "inbound", "door").order_by("starts_at", "pk"))


def _columns(
    day: date, doors: Sequence[DockDoor], open_days: OpenDays, shown: Sequence[Appointment], now: datetime
) -> Iterable[Column]:
    found = []
    for door in doors:
        here = [row for row in shown if row.door_id == door.pk]
        slots = [(slot, _cell(slot, door, here, now)) for slot in open_days.slots(door, day)]
        if door.is_active or any(cell.booked for _, cell in slots):
            found.append(Column(day, door, slots=slots))
    if any(column.slots for column in found):
        return found
    return [Column(day, closed=open_days.closed.get(day, "Closed"))]


def _cell(slot: Slot, door: DockDoor, here: Sequence[Appointment], now: datetime) -> Cell:
    inside = [row for row in here if row.starts_at < slot.ends_at and slot.starts_at < row.ends_at]
    taken = [Taken(row.starts_at, row.ends_at, row.load) for row in inside if row.state in Appointment.HOLDING]
    return Cell(
        span=1,
        slot=slot,
        room=room_in(slot, taken, door.slot_capacity) if door.is_active else 0,
        is_past=slot.starts_at <= now,
        booked=tuple(Booked(row, goes_on=row.starts_at < slot.starts_at) for row in inside),
    )


def _day(
    day: date, columns: Sequence[Column], shown: Sequence[Appointment], zone: ZoneInfo, chosen: date, today: date
) -> Day:
    width = sum(column.day == day for column in columns)
    booked = sum(row.starts_at.astimezone(zone).date() == day for row in shown)
    return Day(day, width, booked, day == chosen, day == today)


def _rows(columns: Sequence[Column], zone: ZoneInfo) -> list[Row]:
    """The lines of the table. A slot spans the lines until it ends, a closed while those until the next slot."""
    slots = [slot for column in columns for slot, _ in column.slots]
    marks = sorted({mark for slot in slots for mark in (_mark(slot.starts_at, zone), _mark(slot.ends_at, zone))})
    line = {mark: n for n, mark in enumerate(marks)}
    last = len(marks) - 1
    for column in columns:
        spans = [
            (line[_mark(slot.starts_at, zone)], line[_mark(slot.ends_at, zone)], cell) for slot, cell in column.slots
        ]
        edges = [(0, 0), *((first, end) for first, end, _ in spans), (last, last)]
        column.cells = {end: Cell(begin - end) for (_, end), (begin, _) in pairwise(edges) if begin > end}
        column.cells |= {
            first: Cell(end - first, cell.slot, cell.room, cell.is_past, cell.booked) for first, end, cell in spans
        }
    return [
        Row(f"{hour:02d}:{minute:02d}", bool(fold), [(c, c.cells[n]) for c in columns if n in c.cells])
        for n, (hour, fold, minute) in enumerate(marks[:-1])
    ]


def _mark(moment: datetime, zone: ZoneInfo) -> Mark:
    local = moment.astimezone(UTC).astimezone(zone)
    return local.hour, local.fold, local.minute


def _unbooked(hub: Hub, doors: Sequence[DockDoor]) -> list[Inbound]:
    """What is to come on pallets and has no appointment, the soonest first."""
    if not any(door.freight == Inbound.Freight.PALLET and door.is_active for door in doors):
        return []
    rows = Inbound.objects.filter(hub=hub, freight=Inbound.Freight.PALLET, state__in=Inbound.COMING)
    rows = rows.exclude(appointments__state__in=Appointment.OPEN).select_related("seller")
    return list(rows.order_by("expected_on", "pk")[:MOST_WAITING])
