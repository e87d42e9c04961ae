"""Traffic on the floor: a shift lead closes a stretch, or makes it one way, and opens it again."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from foundation import clock
from foundation.errors import Invalid, NotFound
from warehouses.locks import lock_putaway_planner
from warehouses.models import Bin, BinBalance, FloorPlan, Instruction, PutawayTask, TrafficRule
from warehouses.services.floorplan import floor_with, spot_of, within_reach
from warehouses.services.instructing import instruct

LONGEST_MM = 2**31 - 1
"""What a row can hold; plans are far smaller."""


@transaction.atomic
def set_traffic(
    *,
    key: str,
    hub_id: int,
    along: str,
    number: int,
    from_mm: int,
    to_mm: int,
    traffic: str,
    reason: str,
    level: int = 0,
    actor_id: int | None = None,
) -> Instruction:
    """From now on walks heed this rule; those planned already stay as they are. Twice the same `key` is once.

    `along` and `traffic` are as in `TrafficRule`, millimetres are y in an aisle and x on a cross aisle. Raises
    `NotFound` (`plan_unknown`), `Invalid` (`layout_invalid` for what is not on the plan, `spot_unreachable` naming a
    bin with stock, or with goods on their way to it, that nobody could walk to any more; as `instruct`), `Conflict`
    (`key_reused`).
    """
    stretch = {"along": along, "level": level, "number": number, "from_mm": from_mm, "to_mm": to_mm}
    about = {"hub": hub_id, **stretch, "traffic": traffic}
    row, is_new = instruct(key=key, kind=Instruction.Kind.SET_TRAFFIC, about=about, reason=reason, actor_id=actor_id)
    if not is_new:
        return row
    plan = _locked_plan(hub_id)
    if along not in TrafficRule.Along.values or traffic not in TrafficRule.Traffic.values:
        raise Invalid(f"There is no {traffic} traffic along {along}.", code="layout_invalid", field="traffic")
    if not 0 <= from_mm < to_mm <= LONGEST_MM:
        raise Invalid("A stretch ends beyond where it begins.", code="layout_invalid", field="to_mm")
    rule = TrafficRule(plan=plan, **stretch, traffic=traffic, reason=row.reason, since=clock.now())
    rules = list(plan.rules.order_by("pk"))
    _refuse_if_cut_off(plan, rules, [*rules, rule])
    rule.save()
    return row


@transaction.atomic
def lift_traffic(*, key: str, rule_id: int, reason: str, actor_id: int | None = None) -> Instruction:
    """The stretch is walked as before the rule. Twice the same `key` is once.

    Raises as `set_traffic`, and `NotFound` (`rule_unknown`). An older rule below it may cut a bin off: refused too.
    """
    row, is_new = instruct(
        key=key, kind=Instruction.Kind.LIFT_TRAFFIC, about={"rule": rule_id}, reason=reason, actor_id=actor_id
    )
    if not is_new:
        return row
    rule = TrafficRule.objects.select_related("plan").filter(pk=rule_id).first()
    if rule is None:
        raise NotFound("There is no such rule; it was lifted already.", code="rule_unknown", field="rule")
    plan = _locked_plan(rule.plan.hub_id)
    rules = list(plan.rules.order_by("pk"))
    _refuse_if_cut_off(plan, rules, [other for other in rules if other.pk != rule_id])
    TrafficRule.objects.filter(pk=rule_id).delete()
    return row


def _locked_plan(hub_id: int) -> FloorPlan:
    """The hub's plan; nobody else changes its rules or plans a putaway until the transaction ends."""
    lock_putaway_planner(hub_id)
    plan = FloorPlan.objects.filter(hub=hub_id).first()
    if plan is None:
        raise NotFound("This hub has no floor plan.", code="plan_unknown", field="hub")
    return plan


def _refuse_if_cut_off(plan: FloorPlan, before: list[TrafficRule], after: list[TrafficRule]) -> None:
    """Every bin that somebody has to go to, and can, must stay within reach."""
    wanted = Bin.objects.filter(
        Exists(BinBalance.objects.filter(bin=OuterRef("pk"), on_hand__gt=0))
        | Exists(PutawayTask.objects.filter(to_bin=OuterRef("pk"), state=PutawayTask.State.PROPOSED)),
        hub=plan.hub_id,
        kind=Bin.Kind.STORAGE,
    ).order_by("code")
    floor = floor_with(plan, after)
    reached = within_reach(floor_with(plan, before), wanted)
    floor.check([spot_of(place) for place in reached])
