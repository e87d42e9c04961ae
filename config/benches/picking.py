"""`manage.py bench picking`: gaps and times of walks and batches on instance files, against their references."""

import gzip
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any, Final

from foundation.errors import DomainError
from warehouses.planning.instances import MM, NumberedFloor, read_instance, read_scattered
from warehouses.planning.solving import SECONDS, solve
from warehouses.planning.walks.walking import walk_points
from warehouses.planning.warming import warm_up

SETS: Final = ("sprp", "sprpss", "batch")
"""The sets that are measured; each is a file `<set>.dev.jsonl.gz`."""

WALK_S: Final = 1.0
LIMITS_S: Final[Mapping[int, float]] = {200: 10.0, 1_000: 60.0, 1_000_000: 120.0}
"""Up to so many orders -> the seconds for the batches."""


def picking_figures(
    folder: Path,
    *,
    sets: Sequence[str],
    sample: int | None,
    seconds: float | None,
    seed: int,
    plot: Path | None,
    say: Callable[[str], object],
) -> dict[str, Any]:
    """Per set and family: gap to the reference, gap to the proven bound, and seconds (median, 99th, most).

    `sample`: every n-th instance so that about this many are left. `seconds` replaces the limit by size.
    `plot`: a folder for one SVG per instance.
    """
    warm_up()
    found: dict[str, Any] = {}
    for name in sets:
        instances = list(_read(folder / f"{name}.dev.jsonl.gz"))
        step = max(1, len(instances) // sample) if sample else 1
        rows = []
        for number, data in enumerate(instances[::step], start=1):
            rows.append(_measured(data, seconds, seed, plot))
            if number % 50 == 0 or rows[-1]["seconds"] > 1:
                say(f"{name} {number}/{len(instances[::step])} {json.dumps(rows[-1])}")
        found[name] = {"figures": _summed(rows), **({"instances": rows} if len(rows) <= 100 else {})}
    return {"limits": {}, "sets": found}


def _read(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt") as lines:
        for line in lines:
            yield json.loads(line)


def _measured(data: dict[str, Any], seconds: float | None, seed: int, plot: Path | None) -> dict[str, Any]:
    """One instance's length against its reference."""
    limit = seconds or _limit(data)
    begun = perf_counter()
    try:
        answer = solve({**data, "seconds": limit}, seed=seed)
    except DomainError as error:
        return {"name": data["name"], "family": _family(data), "seconds": 0.0, "error": error.code}
    spent = perf_counter() - begun
    if plot is not None:
        plot.mkdir(parents=True, exist_ok=True)
        (plot / f"{data['name']}.svg").write_text(_drawing(data, answer), encoding="utf-8")
    reference = next(iter(data["reference"].values()))
    return {
        "name": data["name"],
        "family": _family(data),
        "limit_s": limit,
        "seconds": round(spent, 6),
        "length": answer["length"],
        "gap": round(answer["length"] / reference["value"] - 1, 6),
        "gap_to_bound": round(answer["length"] / answer["bound"] - 1, 6) if answer["bound"] else None,
        "bound_kind": answer["bound_kind"],
    }


def _limit(data: Mapping[str, Any]) -> float:
    if data.get("capacity") is None:  # one walk
        return WALK_S
    return next((limit for size, limit in LIMITS_S.items() if len(data["orders"]) <= size), SECONDS)


def _family(data: Mapping[str, Any]) -> str:
    """Batches: the set and how many orders; walks: how many blocks."""
    if "demand" in data:
        return f"scattered, blocks {len(data['layout']['cross_y']) - 1}"
    if data.get("capacity") is None:
        return f"blocks {len(data['layout']['cross_y']) - 1}"
    return f"{data.get('set', 'batch')} {len(data['orders'])}"


def _summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    families: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        families.setdefault(row["family"], []).append(row)
    return {name: _figures(some) for name, some in {**families, "all": list(rows)}.items()}


def _figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    solved = [row for row in rows if "error" not in row]
    if not solved:
        return {"instances": len(rows), "refused": len(rows)}
    gaps, times = [row["gap"] for row in solved], sorted(row["seconds"] for row in solved)
    return {
        "instances": len(rows),
        "refused": len(rows) - len(solved),
        "gap": {"mean": round(mean(gaps), 6), "max": max(gaps), "at_or_below": sum(gap <= 1e-9 for gap in gaps)},
        "seconds": {
            "median": round(median(times), 6),
            "p99": times[min(len(times) - 1, int(0.99 * len(times)))],
            "max": times[-1],
        },
    }


def _drawing(data: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    if "demand" in data:
        return drawn(read_scattered(data), [{"visits": [location for location, _, _ in answer["picks"]]}])
    return drawn(read_instance(data), answer["tours"])


def drawn(floor: NumberedFloor, tours: Sequence[Mapping[str, Any]]) -> str:
    """The walks as SVG, each on a floor plan of its own, side by side; y counts upwards, picks are dots."""
    layout = floor.layout
    x, y = layout.aisle_x_mm, layout.cross_y_mm
    edge = max(x[-1] - x[0], y[-1] - y[0]) // 10 + MM
    width, height = x[-1] - x[0] + 2 * edge, y[-1] - y[0] + 2 * edge
    columns = math.isqrt(len(tours) - 1) + 1
    rows = -(-len(tours) // columns)
    grid = "".join(f"M{at} {-y[0]}V{-y[-1]}" for at in x) + "".join(f"M{x[0]} {-at}H{x[-1]}" for at in y)
    panels = [
        f'<g transform="translate({number % columns * width - x[0] + edge} '
        f'{number // columns * height + y[-1] + edge})"><path d="{grid}" stroke="#ddd"/>'
        f"{_walk(floor, tour['visits'], edge / 20)}</g>"
        for number, tour in enumerate(tours)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * width} {rows * height}" fill="none" '
        f'stroke-width="{edge / 10:.0f}" stroke-linejoin="round">\n' + "\n".join(panels) + "\n</svg>\n"
    )


def _walk(floor: NumberedFloor, visits: Sequence[int], size: float) -> str:
    spots = [floor.spot(location) for location in visits]
    points = walk_points(floor.layout, spots, range(len(spots)))
    dots = "".join(
        f'<circle cx="{floor.layout.aisle_x_mm[spot.aisle]}" cy="{-spot.y_mm}" r="{2 * size:.0f}"/>' for spot in spots
    )
    line = " ".join(f"{x},{-y}" for x, y in points)
    return f'<polyline points="{line}" stroke="#1f77b4"/><g fill="#d62728">{dots}</g>'
