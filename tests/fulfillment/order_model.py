"""Orders in plain Python: what each is promised, what is fetched, where it stands, and what is in the building."""

from collections import Counter
from dataclasses import dataclass, field

WAITS, GONE = {"received", "allocated", "backordered"}, {"packed", "shipped", "returned"}


@dataclass
class Line:
    """The model's promise."""

    item: int
    wanted: int
    held: int = 0
    assigned: int = 0
    picked: int = 0
    cancelled: int = 0

    @property
    def waiting(self) -> int:
        return self.wanted - self.held - self.picked - self.cancelled


@dataclass
class Book:
    """The model's order."""

    state: str
    lines: list[Line]

    def line(self, item: int) -> Line:
        return next(line for line in self.lines if line.item == item)

    @property
    def picked(self) -> int:
        return sum(line.picked for line in self.lines)

    @property
    def is_fetched(self) -> bool:
        return all(line.wanted == line.picked for line in self.lines)

    @property
    def is_ready(self) -> bool:
        """Promised whole and not in a wave; or short, no cart walks for it any more, and promised some of the rest."""
        is_short = self.state == "picking" and not any(line.assigned for line in self.lines)
        return self.state == "allocated" or (is_short and any(line.held for line in self.lines))

    def release(self) -> None:
        """What is held gets its bins."""
        self.state = "released" if self.state == "allocated" else self.state
        for line in self.lines:
            line.assigned = line.held


@dataclass
class Hub:
    """Units by item on the shelf and in the building, and the orders by their shop's number, the oldest first."""

    shelf: Counter[int] = field(default_factory=Counter)
    building: Counter[int] = field(default_factory=Counter)
    orders: dict[str, Book] = field(default_factory=dict)

    def held(self, item: int) -> int:
        return sum(line.held for book in self.orders.values() for line in book.lines if line.item == item)

    def come_in(self, item: int, n: int) -> None:
        self.shelf[item] += n
        self.building[item] += n

    def allocate(self) -> None:
        for book in self.orders.values():
            need = {line.item: line.waiting for line in book.lines if line.waiting}
            if need and all(self.shelf[item] - self.held(item) >= n for item, n in need.items()):
                for line in book.lines:
                    line.held += line.waiting
            if book.state in WAITS:
                book.state = "backordered" if any(line.waiting for line in book.lines) else "allocated"

    def fetch(self, ref: str, item: int, picked: int, short: int) -> None:
        line = self.orders[ref].line(item)
        line.held -= picked + short
        line.assigned -= picked + short
        line.picked += picked
        self.shelf[item] -= picked + short

    def cancel(self, ref: str) -> str:
        """The refusal's code, or nothing."""
        book = self.orders[ref]
        if book.state in GONE:
            return "order_left"
        if book.picked:
            return "order_on_cart"
        for line in book.lines:
            line.cancelled, line.held = line.wanted - line.picked, 0
            line.assigned = 0
        book.state = "cancelled"
        return ""

    def leave(self, ref: str) -> None:
        book = self.orders[ref]
        book.state = "shipped"
        for line in book.lines:
            self.building[line.item] -= line.picked
