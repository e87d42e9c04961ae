"""What is physically true, whatever the books say: seeded, and known only to those who look.

The dock finds fewer, broken or additional units in a carton; a picker finds fewer units on a shelf than were
put there; somebody scans the wrong thing. The system under play learns of it by scans alone.
"""

from dataclasses import dataclass
from typing import Final

from fulfillment.demo.seeds import dice

DAMAGED: Final = 0.020
MISSING: Final = 0.012
SURPLUS: Final = 0.008
WRONG_SCAN: Final = 0.04
PAUSE: Final = 0.03


@dataclass(frozen=True, slots=True)
class InCarton:
    """What really is in a carton of one planned line: good and broken units, `extra` of the good not announced."""

    good: int
    damaged: int
    extra: int


@dataclass(frozen=True, slots=True)
class World:
    """The truth of one played hub. Every answer depends on the seed and the names alone, never on when it is asked."""

    seed: int
    hub: str
    losing: float
    """Share of the items of which units have gone from the shelves."""

    def in_carton(self, *, inbound: str, carton: int, sku: str, lot: str, planned: int) -> InCarton:
        """What the dock will find of one carton line."""
        rng = dice(self.seed, self.hub, "carton", inbound, carton, sku, lot)
        fate, few = rng.random(), min(planned, rng.randint(1, 3))
        if fate < DAMAGED:
            return InCarton(planned - few, few, 0)
        if fate < DAMAGED + MISSING:
            return InCarton(planned - few, 0, 0)
        if fate < DAMAGED + MISSING + SURPLUS:
            return InCarton(planned + 1, 0, 1)
        return InCarton(planned, 0, 0)

    def gone(self, *, sku: str) -> int:
        """Units of an item that were put on a shelf and are there no more (stolen, fallen behind, miscounted).

        They are missed at whichever shelf runs out first, so this does not depend on where the planner put them.
        """
        rng = dice(self.seed, self.hub, "gone", sku)
        return rng.choice((2, 3, 4, 6, 9, 20)) if rng.random() < self.losing else 0

    def on_shelf(self, *, sku: str, on_books: int, known_gone: int) -> int:
        """Units really in a bin that holds `on_books`, when `known_gone` of the item are known to be missing."""
        return max(0, on_books - max(0, self.gone(sku=sku) - known_gone))

    def scans_wrong(self, *names: object) -> bool:
        """Whether, in the carton, walk or order so named, somebody scans the wrong thing once."""
        return dice(self.seed, self.hub, "wrong", *names).random() < WRONG_SCAN

    def really_s(self, seconds: float, *names: object) -> float:
        """How long somebody takes for what takes `seconds` as a rule: a little more or less, at times with a chat."""
        rng = dice(self.seed, self.hub, "pace", *names)
        chat = rng.uniform(20, 90) if rng.random() < PAUSE else 0.0
        return seconds * rng.uniform(0.85, 1.15) + chat
