"""The floor in plain Python: units per bin and promises per line, and the rules by which they change."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Line:
    """The model's reservation."""

    item: int
    group: str
    age: int
    wanted: int
    held: int = 0
    assigned: int = 0
    picked: int = 0
    cancelled: int = 0

    @property
    def waiting(self) -> int:
        return self.wanted - self.held - self.picked - self.cancelled


@dataclass
class Model:
    """Units by (bin code, item), in and out of promise, and the lines in the order they came."""

    shelf: Counter[tuple[str, int]] = field(default_factory=Counter)
    fetched: Counter[tuple[str, int]] = field(default_factory=Counter)
    elsewhere: Counter[tuple[str, int]] = field(default_factory=Counter)
    lines: dict[int, Line] = field(default_factory=dict)
    doubted: set[tuple[str, int]] = field(default_factory=set)

    def sellable(self, item: int) -> int:
        return sum(n for (_, i), n in self.shelf.items() if i == item)

    def reserved(self, item: int) -> int:
        return sum(line.held for line in self.lines.values() if line.item == item)

    def on_hand(self, item: int) -> int:
        return self.sellable(item) + sum(n for (_, i), n in self.elsewhere.items() if i == item)

    def free(self, item: int) -> int:
        return self.sellable(item) - self.reserved(item)

    def undoubted(self, item: int) -> int:
        """Units on shelves nobody doubts that no task will fetch."""
        keys = [key for key in self.shelf if key[1] == item and key not in self.doubted]
        return sum(self.shelf[key] - self.fetched[key] for key in keys)

    def allocate(self) -> None:
        groups: dict[str, list[Line]] = defaultdict(list)
        for line in sorted(self.lines.values(), key=lambda row: row.age):
            if line.waiting:
                groups[line.group].append(line)
        for lines in groups.values():
            need: Counter[int] = Counter()
            for line in lines:
                need[line.item] += line.waiting
            if all(self.free(item) >= n for item, n in need.items()):
                for line in lines:
                    line.held += line.waiting

    def take_back(self, item: int, count: int) -> None:
        for line in sorted(self.lines.values(), key=lambda row: row.age, reverse=True):
            if line.item == item and count:
                taken = min(count, line.held - line.assigned)
                line.held -= taken
                count -= taken
