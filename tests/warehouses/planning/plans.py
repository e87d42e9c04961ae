"""Small random floor plans and waves for property tests, and the optimum by Held and Karp."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import strategies as st

from warehouses.planning.batches.loads import Cart, Load
from warehouses.planning.floor.layout import Layout, Plan, Spot


@st.composite
def layouts(draw: st.DrawFn, *, most_cross: int = 4, most_links: int = 3) -> Layout:
    """Plans of 1 to 5 aisles with uneven distances, one door or several."""
    aisles = draw(st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True))
    cross = draw(st.lists(st.integers(0, 40), min_size=2, max_size=most_cross, unique=True))
    link = st.tuples(st.integers(0, len(aisles) - 1), st.integers(0, len(cross) - 1), st.integers(0, 15))
    links = draw(st.lists(link, min_size=1, max_size=most_links, unique_by=lambda one: one[:2]))
    return Layout(tuple(sorted(aisles)), tuple(sorted(cross)), tuple(links))


def spots_on(layout: Layout, *, most: int = 8, least: int = 0) -> st.SearchStrategy[list[Spot]]:
    """Spots of a plan, crossings and doubles among them."""
    heights = st.integers(layout.cross_y_mm[0], layout.cross_y_mm[-1]) | st.sampled_from(layout.cross_y_mm)
    spot = st.builds(Spot, st.integers(0, len(layout.aisle_x_mm) - 1), heights)
    return st.lists(spot, min_size=least, max_size=most)


@st.composite
def waves(draw: st.DrawFn, layout: Layout, *, most: int = 6) -> tuple[list[Load], Cart]:
    """A few loads that each fit a small cart, its totes, volume and weight all able to bind."""
    loads = [
        Load(
            f"L{number}",
            tuple(draw(spots_on(layout, most=3, least=1))),
            draw(st.integers(1, 3)),
            draw(st.integers(0, 5)),
            draw(st.integers(0, 5)),
        )
        for number in range(draw(st.integers(0, most)))
    ]
    return loads, Cart(draw(st.integers(3, 7)), draw(st.integers(5, 12)), draw(st.integers(5, 12)))


def held_karp_mm(layout: Plan, spots: Sequence[Spot]) -> int:
    """The shortest walk's length by dynamic programming over subsets (Held and Karp 1962)."""
    distinct = list(dict.fromkeys(spots))
    if not distinct:
        return 0
    matrix = layout.distance_matrix(distinct).tolist()
    best = {(frozenset((stop,)), stop): matrix[0][stop] for stop in range(1, len(matrix))}
    for size in range(2, len(matrix)):
        for group in map(frozenset, combinations(range(1, len(matrix)), size)):
            for stop in group:
                rest = group - {stop}
                best[group, stop] = min(best[rest, before] + matrix[before][stop] for before in rest)
    whole = frozenset(range(1, len(matrix)))
    return min(best[whole, stop] + matrix[stop][0] for stop in whole)


def best_wave_mm(layout: Layout, loads: Sequence[Load], cart: Cart) -> int:
    """The shortest plan of a wave: every way to divide the loads, each walk by Held and Karp."""
    best = {0: 0}
    groups = []
    for mask in range(1, 1 << len(loads)):
        group = [load for place, load in enumerate(loads) if mask >> place & 1]
        fits = (
            sum(load.totes for load in group) <= cart.totes
            and sum(load.volume_mm3 for load in group) <= cart.volume_mm3
            and sum(load.weight_g for load in group) <= cart.weight_g
        )
        if fits:
            groups.append((mask, held_karp_mm(layout, [spot for load in group for spot in load.spots])))
    for mask in range(1, 1 << len(loads)):
        best[mask] = min(length + best[mask ^ group] for group, length in groups if group & mask == group)
    return best[(1 << len(loads)) - 1]
