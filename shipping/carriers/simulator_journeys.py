"""The ways a simulated parcel may go after its hand-over: seeded, and in the carrier's own codes. Pure."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from shipping.carriers.simulator_terms import EU

_DEPOTS = ("Amsterdam", "Utrecht", "Tilburg", "Zwolle", "Eindhoven")


@dataclass(frozen=True, slots=True)
class Event:
    """One scan the carrier will make. `id` never changes, however often it is told."""

    id: str
    tracking_no: str
    code: str
    at: datetime
    place: str


_ENDS: tuple[tuple[int, tuple[tuple[str, float], ...]], ...] = (
    # out of a hundred, and (code, hours since it went on the van)
    (78, (("DV", 3.0),)),
    (7, (("AT", 3.0), ("OD", 24.0), ("DV", 27.0))),
    (9, (("PP", 4.0), ("DC", 26.0))),
    (3, (("EX", 2.5), ("OD", 24.0), ("DV", 27.5))),
    (2, (("AT", 3.0), ("RT", 20.0), ("RS", 52.0))),
    (1, (("LO", 72.0),)),
)


def journey(*, tracking_no: str, country: str, closed_at: datetime, seed: str, speed: float = 1.0) -> tuple[Event, ...]:
    """Every scan of one parcel, in true order, from the close of its manifest.

    The same `seed` gives the same journey. `speed` 60 makes an hour pass in a minute.
    """
    rng = random.Random(seed)
    depot = rng.choice(_DEPOTS)
    steps: list[tuple[str, float, str]] = [("PU", rng.uniform(0.3, 1.2), "Pick-up")]
    hours = rng.uniform(2.0, 4.0)
    steps += [("DP", hours, depot), ("SR", hours + rng.uniform(2.0, 5.0), depot)]
    hours = 13.0 + rng.uniform(0.0, 2.0)
    if country != "NL":
        hours += 24.0
        steps.append(("DP", hours - 4.0, country))
    if country not in EU:
        steps += [("CU", hours, country), ("CR", hours + 20.0, country)]
        hours += 26.0
    if rng.random() < 0.05:
        steps.append(("DL", hours, depot))
        hours += 10.0
    steps.append(("OD", hours, "On the van"))
    steps += [(code, hours + after + rng.uniform(-0.5, 3.0), country) for code, after in _end(rng)]
    return tuple(
        Event(f"{tracking_no}-{index}", tracking_no, code, closed_at + timedelta(hours=after / speed), place)
        for index, (code, after, place) in enumerate(sorted(steps, key=lambda step: step[1]))
    )


def _end(rng: random.Random) -> tuple[tuple[str, float], ...]:
    """How a journey ends, most often at the door."""
    weights, ends = zip(*_ENDS, strict=True)
    return rng.choices(ends, weights)[0]
