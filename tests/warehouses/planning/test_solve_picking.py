"""`manage.py solve_picking`, from outside: every answer passes the checker or is an error that names its cause."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from config.devdb import ROOT
from tests.warehouses.planning.instances import checker, read

PLAN = {"aisle_x": [0, 3, 6], "cross_y": [0, 20], "cell_y": [1, 2, 3, 18], "depot_links": [[0, 0, 1]]}


def order(key: int | str, *locations: int, load: float = 1) -> dict[str, Any]:
    return {"id": key, "load": load, "lines": [[location, 1] for location in locations]}


def instance(name: str, orders: list[Any], **facts: Any) -> dict[str, Any]:
    return {"name": name, "layout": PLAN, "capacity": 2, "orders": orders, "seconds": 0.3, **facts}


def scattered(name: str, demand: Any, supply: list[Any], **facts: Any) -> dict[str, Any]:
    return {"name": name, "layout": PLAN, "demand": demand, "supply": supply, "seconds": 0.3, **facts}


BAD: Mapping[str, tuple[dict[str, Any], str, Mapping[str, Any]]] = {
    "unreachable": (instance("unreachable", [order("A", 3, 99)]), "spot_unreachable", {"order": "A", "bin": 99}),
    "dead end": (
        instance("dead end", [order("A", 3)], layout={**PLAN, "cell_y": [1, 2, 3, 21]}),
        "spot_unreachable",
        {"bin": "3"},
    ),
    "no capacity": (instance("no capacity", [order("A", 3)], capacity=0), "cart_invalid", {"field": "capacity"}),
    "too large": (instance("too large", [order("A", 1), order("B", 3, load=3)]), "order_too_large", {"order": "B"}),
    "negative": (
        instance("negative", [order("A", 3)], layout={**PLAN, "depot_links": [[0, 0, -1]]}),
        "layout_invalid",
        {"field": "layout"},
    ),
    "backwards": (instance("backwards", [order("A", 3)], layout={**PLAN, "aisle_x": [0, 6, 3]}), "layout_invalid", {}),
    "twice": (instance("twice", [order("A", 3), order("A", 1)]), "order_duplicate", {"order": "A"}),
    "empty": (instance("empty", [order("A")]), "order_invalid", {"order": "A"}),
    "no time": (instance("no time", [order("A", 3)], seconds=0), "seconds_invalid", {"field": "seconds"}),
    "no layout": (instance("no layout", [order("A", 3)], layout=None), "instance_invalid", {"field": "layout"}),
    "short": (scattered("short", {"A": 3}, [[1, "A", 2]]), "supply_short", {"sku": "A", "missing": 1}),
    "none wanted": (scattered("none wanted", {"A": 0}, [[1, "A", 2]]), "demand_invalid", {"sku": "A"}),
    "owed": (scattered("owed", {"A": 1}, [[1, "A", -2]]), "supply_invalid", {"sku": "A", "bin": "1"}),
    "off the plan": (scattered("off the plan", {"A": 1}, [[99, "A", 2]]), "spot_unreachable", {"bin": 99}),
    "half a unit": (scattered("half a unit", {"A": 0.5}, [[1, "A", 2]]), "instance_invalid", {"field": "demand of A"}),
    "what": ({"name": "what", "layout": PLAN}, "kind_unknown", {}),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """One process for all instances of this file, by name: the instance and its answer."""
    shared = [{**one, "seconds": 0.4} for one in (*read("sprp")[::120], *read("sprpss")[:200:40], *read("batch")[::4])]
    asked = [*shared, *GOOD, *(bad for bad, _, _ in BAD.values())]
    lines = ["{not json", *(json.dumps(one) for one in asked), ""]
    done = subprocess.run(
        [sys.executable, "manage.py", "solve_picking"],
        cwd=ROOT,
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    first, *found = [json.loads(line) for line in done.stdout.splitlines()]
    assert (first["instance"], first["error"]["code"]) == (None, "json_invalid")
    assert [one["instance"] for one in found] == [one["name"] for one in asked]
    return {one["name"]: (one, answer) for one, answer in zip(asked, found, strict=True)}


GOOD = (
    instance("twentieth", [order(n, n % 12, (7 * n) % 12) for n in range(150)], seconds=0.05),
    instance("long list", [order(0, *(n % 12 for n in range(10_000)))]),
    instance("doubled bins", [order(0, 1, 1, 5), order(1, 5, 1), order(2, 5)]),
    instance("one place", [order(0, 1, 2, 3)], layout={**PLAN, "cell_y": [1, 2, 2, 2]}),
    instance("decimals", [order(n, n, load=0.1) for n in range(9)], capacity=0.3),
    instance("no load", [order(n, n, load=0) for n in range(9)]),
    scattered("two bins", {"1": 3, "2": 1}, [[1, 1, 2], [5, 1, 1], [9, 2, 4], [10, 1, 9]]),
    instance("no limit", [order(n, n) for n in range(9)], capacity=None),
)


def test_every_solution_passes_the_checker(answers: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    good = {name: pair for name, pair in answers.items() if name not in BAD}

    assert len(good) > 15
    for asked, answer in good.values():
        judge = checker().verify_scattered if "demand" in asked else checker().verify
        length, faults = judge(asked, answer)
        assert faults == []
        assert answer["length"] == pytest.approx(length, abs=1e-3)
        assert answer["bound"] <= answer["length"] + 1e-9


def test_shared_walks_are_optimal(answers: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    walks = [pair for pair in answers.values() if "optimal" in pair[0].get("reference", {}) and "orders" in pair[0]]

    assert len(walks) == 8
    for asked, answer in walks:
        assert answer["length"] == pytest.approx(asked["reference"]["optimal"]["value"])
        assert answer["bound_kind"] == "optimum"


@pytest.mark.parametrize("name", BAD)
def test_bad_instances_are_errors_that_name_the_cause(
    name: str, answers: dict[str, tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    _, code, facts = BAD[name]

    error = answers[name][1]["error"]

    assert error["code"] == code
    assert len(error["detail"]) > 10
    assert {key: error[key] for key in facts} == dict(facts)
