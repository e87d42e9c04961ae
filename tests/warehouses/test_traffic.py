"""Floors that are no plain rectangle: closed and one-way stretches, levels, and what planners and pickers get."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.errors import Conflict, Invalid, NotFound
from tests.factories import announced, bin_of, count_in, demand, make_user, planned, promised, stock, unit_scan
from tests.refusals import refused
from warehouses.map import hub_map, walk_map
from warehouses.models import Bin, Hub, Instruction, Level, PickList, Sku, Stairs, TrafficRule
from warehouses.planning.floor.floors import AisleRule, CrossRule, FloorGraph
from warehouses.planning.floor.floors import Level as PlannedLevel
from warehouses.planning.floor.floors import Stairs as PlannedStairs
from warehouses.planning.floor.layout import Layout, Spot
from warehouses.planning.floor.mesh import Traffic
from warehouses.services.floorplan import layout_of
from warehouses.services.putaway import propose_putaway
from warehouses.services.traffic import lift_traffic, set_traffic

SPILL = {"along": "aisle", "number": 1, "from_mm": 1_500, "to_mm": 3_500, "traffic": "closed", "reason": "spill"}
"""In the second aisle, between its first and its last two bays: bins 02-02 (2 m) and 02-03 (3 m) lie in it."""


def close(hub: Hub, key: str = "k", **given: Any) -> Instruction:
    return set_traffic(key=key, hub_id=hub.pk, **{**SPILL, **given})


def mezzanine(hub: Hub) -> Hub:
    """Two aisles above the hub, reached by stairs from the front of its third aisle, and a bin there."""
    Level.objects.create(plan=hub.floor_plan, ordinal=1, aisle_x_mm=[0, 3_000], cross_y_mm=[0, 8_000])
    Stairs.objects.create(
        plan=hub.floor_plan, bottom_aisle=2, bottom_cross=0, top_aisle=3, top_cross=0, up_mm=12_000, down_mm=9_000
    )
    zone = bin_of(hub, "01-01").zone
    Bin.objects.create(
        hub=hub, zone=zone, code="05-01", kind="storage", aisle=4, y_mm=2_000, side="R", check_digits="11",
        volume_mm3=10**9, max_weight_g=10**6,
    )  # fmt: skip
    return Hub.objects.get(pk=hub.pk)


# --- rows as a plan --------------------------------------------------------------------------------------


def test_a_hub_without_rules_is_a_rectangle(hub: Hub) -> None:
    assert layout_of(hub) == Layout((0, 3_000, 6_000), (0, 5_000), ((0, 0, 2_000),))


def test_rules_make_it_a_graph_in_the_order_they_were_made(hub: Hub) -> None:
    close(hub)
    close(hub, "2", traffic="forward", from_mm=0, to_mm=5_000, reason="narrow")
    close(hub, "3", along="cross", number=1, from_mm=2_000, to_mm=3_500, traffic="backward", reason="lift truck")

    assert layout_of(Hub.objects.get(pk=hub.pk)) == FloorGraph.of(
        Layout((0, 3_000, 6_000), (0, 5_000), ((0, 0, 2_000),)),
        AisleRule(1, 1_500, 3_500, Traffic.CLOSED),
        AisleRule(1, 0, 5_000, Traffic.FORWARD),
        CrossRule(0, 2, 1, Traffic.BACKWARD),
    )


def test_levels_and_stairs_are_part_of_it(hub: Hub) -> None:
    hub = mezzanine(hub)
    close(hub, along="cross", level=1, number=1, from_mm=0, to_mm=3_000, reason="count")

    assert layout_of(hub) == FloorGraph(
        (PlannedLevel((0, 3_000, 6_000), (0, 5_000)), PlannedLevel((0, 3_000), (0, 8_000))),
        ((0, 0, 2_000),),
        cross_rules=(CrossRule(3, 4, 1, Traffic.CLOSED),),
        stairs=(PlannedStairs((2, 0), (3, 0), 12_000, 9_000),),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"from_mm": 5, "to_mm": 5}, {"along": "aisle", "level": 1}, {"traffic": "both"}, {"reason": ""},
    ],
    ids=["no length", "level of an aisle", "no such traffic", "no reason"],
)  # fmt: skip
def test_the_database_refuses_a_rule_that_cannot_be(hub: Hub, row: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TrafficRule.objects.create(plan=hub.floor_plan, since=timezone.now(), **{**SPILL, **row})


@pytest.mark.parametrize(
    "row", [{"ordinal": 0}, {"aisle_x_mm": []}, {"cross_y_mm": [0]}], ids=["ground", "no aisle", "one cross aisle"]
)
def test_the_database_refuses_a_level_that_cannot_be_walked(hub: Hub, row: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.create(plan=hub.floor_plan, **{"ordinal": 1, "aisle_x_mm": [0], "cross_y_mm": [0, 9], **row})


@pytest.mark.parametrize("row", [{"top_aisle": 2}, {"up_mm": 0}, {"down_mm": 0}])
def test_the_database_refuses_stairs_that_lead_nowhere(hub: Hub, row: dict) -> None:
    stairs = {"bottom_aisle": 2, "bottom_cross": 0, "top_aisle": 3, "top_cross": 0, "up_mm": 1, "down_mm": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        Stairs.objects.create(plan=hub.floor_plan, **{**stairs, **row})


# --- closing and opening ---------------------------------------------------------------------------------


def test_a_stretch_is_closed_once_and_opened_again(hub: Hub) -> None:
    worker = make_user()
    first = close(hub, reason=" spill ", actor_id=worker.pk)
    again = close(hub, reason="spill")

    rule = TrafficRule.objects.get()
    assert (rule.plan.hub, rule.along, rule.number, rule.from_mm, rule.to_mm) == (hub, "aisle", 1, 1_500, 3_500)
    assert (rule.traffic, rule.reason, rule.level) == ("closed", "spill", 0)
    assert str(rule) == "Aisle 2, 1.5 to 3.5 m: closed"
    assert first == again
    assert (first.kind, first.actor, first.reason) == (Instruction.Kind.SET_TRAFFIC, worker, "spill")

    lifted = lift_traffic(key="dry", rule_id=rule.pk, reason="dry")

    assert lift_traffic(key="dry", rule_id=rule.pk, reason="dry") == lifted
    assert not TrafficRule.objects.exists()
    assert isinstance(layout_of(Hub.objects.get(pk=hub.pk)), Layout)
    refused(NotFound, "rule_unknown", lambda: lift_traffic(key="other", rule_id=rule.pk, reason="dry"))
    refused(Conflict, "key_reused", lambda: close(hub, number=2))


def test_a_bin_with_stock_is_not_cut_off(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1, place="02-03")

    refusal = refused(Invalid, "spot_unreachable", lambda: close(hub))

    assert refusal.facts["bin"] == "02-03"
    assert not TrafficRule.objects.exists()
    assert not Instruction.objects.filter(kind=Instruction.Kind.SET_TRAFFIC).exists()
    close(hub, from_mm=3_500, to_mm=4_500)


def test_a_bin_that_goods_are_on_their_way_to_is_not_cut_off(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 10}])
    count_in(carton, [unit_scan(sku, 10)])
    (task,) = propose_putaway(inbound_id=carton.inbound_id)
    place = task.to_bin

    refusal = refused(
        Invalid,
        "spot_unreachable",
        lambda: close(hub, number=place.aisle, from_mm=place.y_mm - 100, to_mm=place.y_mm + 100),
    )

    assert refusal.facts["bin"] == place.code
    assert not TrafficRule.objects.exists()


def test_lifting_a_rule_does_not_cut_off_what_an_older_one_below_it_would(hub: Hub, sku: Sku) -> None:
    close(hub)
    close(hub, "one way", traffic="forward", from_mm=0, to_mm=5_000, reason="narrow")
    stock(hub, sku, 1, place="02-03")
    rule = TrafficRule.objects.get(traffic="forward")

    refused(Invalid, "spot_unreachable", lambda: lift_traffic(key="l", rule_id=rule.pk, reason="wide"))

    assert TrafficRule.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3}, {"number": -1}, {"to_mm": 9_000}, {"to_mm": 1_500}, {"to_mm": 2**40}, {"level": 1},
        {"traffic": "both"}, {"along": "up"},
        {"along": "cross", "number": 2}, {"along": "cross", "level": 1, "number": 0},
        {"along": "cross", "number": 0, "from_mm": 6_000, "to_mm": 9_000},
    ],
)  # fmt: skip
def test_a_rule_that_is_not_on_the_plan_is_refused(hub: Hub, change: dict) -> None:
    refused(Invalid, "layout_invalid", lambda: close(hub, **change))

    assert not TrafficRule.objects.exists()


def test_a_hub_without_a_plan_has_no_traffic(hub: Hub) -> None:
    hub.floor_plan.delete()

    refused(NotFound, "plan_unknown", lambda: close(hub))


# --- what the flow does with it --------------------------------------------------------------------------


def test_walks_go_round_what_is_closed(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 1, place="02-04")
    close(hub)

    (pick_list,) = planned(Hub.objects.get(pk=hub.pk), promised(hub, demand(sku, 1)))

    # Up the first aisle, along the back, down to the bin at 4 m, and the same way back: the front is cut off.
    assert pick_list.walk_mm == pick_list.bound_mm == 2 * (2_000 + 5_000 + 3_000 + 1_000)
    assert pick_list.s_shape_mm == pick_list.walk_mm
    assert pick_list.method == "circuit"


def test_goods_from_the_dock_keep_out_of_what_is_closed(hub: Hub, sku: Sku) -> None:
    Bin.objects.filter(hub=hub, kind="storage").exclude(code__in=["02-02", "03-04"]).update(volume_mm3=1)
    close(hub)
    (carton,) = announced(hub, [{sku: 10}])
    count_in(carton, [unit_scan(sku, 10)])

    (task,) = propose_putaway(inbound_id=carton.inbound_id)

    assert task.to_bin.code == "03-04"


def test_goods_upstairs_are_fetched_over_the_stairs(hub: Hub, sku: Sku) -> None:
    hub = mezzanine(hub)
    stock(hub, sku, 1, place="05-01")

    (pick_list,) = planned(hub, promised(hub, demand(sku, 1)))

    assert pick_list.walk_mm == 2 * (2_000 + 6_000 + 3_000 + 2_000) + 12_000 + 9_000
    drawn = walk_map(PickList.objects.get(pk=pick_list.pk))
    assert drawn is not None
    assert drawn.svg.count('class="pk-stairs"') == 1
    walk = drawn.svg.split('class="pk-walk" d="')[1].split('"')[0]
    assert walk.count("M") == 3


def test_the_map_hatches_what_is_closed_and_says_why(hub: Hub) -> None:
    close(hub)
    close(hub, "2", number=0, traffic="forward", from_mm=0, to_mm=5_000, reason="narrow <aisle>")

    found = hub_map(Hub.objects.get(pk=hub.pk))

    assert found is not None
    assert found.svg.count('class="pk-closed"') == 1
    assert "<title>Closed: spill</title>" in found.svg
    assert "<title>One way: narrow &lt;aisle&gt;</title>" in found.svg
    assert found.svg.count('id="pk-hatch"') == 1


def test_levels_are_drawn_above_one_another(hub: Hub) -> None:
    plain = hub_map(hub)
    found = hub_map(mezzanine(hub))

    assert plain is not None
    assert found is not None
    assert ">Level 0</text>" in found.svg
    assert ">Level 1</text>" in found.svg
    assert "<title>Stairs: 12 m up, 9 m down</title>" in found.svg
    assert (found.bins, plain.bins) == (13, 12)
    assert "pk-level" not in plain.svg


def test_a_spot_upstairs_is_numbered_on(hub: Hub) -> None:
    floor = layout_of(mezzanine(hub))

    assert floor.distance_mm(None, Spot(4, 0)) == 2_000 + 6_000 + 12_000 + 3_000
