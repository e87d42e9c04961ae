"""Floor plans: where one can walk, what is closed or one-way, and the levels above the ground."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from foundation.admin.buttons import button
from foundation.admin.links import page_url
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from warehouses.admin.forms import ReasonForm, TrafficForm
from warehouses.models import FloorPlan, Level, Stairs, TrafficRule
from warehouses.services.traffic import lift_traffic, set_traffic


class RuleRows(Rows):
    """What is closed or one-way now."""

    model = TrafficRule
    verbose_name_plural = "Rules of traffic"
    traffic_badge = badge_column("traffic")
    fields = ["along", "number", "level", "from_mm", "to_mm", "traffic_badge", "reason", "since"]
    related = ("plan__hub",)


class LevelRows(Rows):
    """The levels above the ground."""

    model = Level
    verbose_name_plural = "Levels above the ground"
    fields = ["ordinal", "aisle_x_mm", "cross_y_mm"]
    related = ("plan__hub",)


class StairsRows(Rows):
    """The ways between levels."""

    model = Stairs
    verbose_name_plural = "Stairs and lifts"
    fields = ["bottom_aisle", "bottom_cross", "top_aisle", "top_cross", "up_mm", "down_mm"]
    related = ("plan__hub",)


@admin.register(FloorPlan)
class FloorPlanPage(RecordPage):
    """Where one can walk; drawn on the hub's page."""

    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["hub_link", "aisles", "cross_aisles", "doors"]
    list_display_links = ["aisles"]
    list_select_related = ["hub"]
    search_fields = ["hub__code", "hub__name"]
    fields = ["hub_link", "aisle_x_mm", "cross_y_mm", "depot_links", "narrow_aisles"]
    inlines = [RuleRows, LevelRows, StairsRows]
    actions_detail = ["close_stretch"]

    @admin.display(description="Aisles")
    def aisles(self, obj: FloorPlan) -> int:
        return len(obj.aisle_x_mm)

    @admin.display(description="Cross aisles")
    def cross_aisles(self, obj: FloorPlan) -> int:
        return len(obj.cross_y_mm)

    @admin.display(description="Ways to the depot")
    def doors(self, obj: FloorPlan) -> int:
        return len(obj.depot_links)

    @button(
        "Close a stretch",
        permission="warehouses.change_floorplan",
        icon="block",
        confirm="Walks planned from now on keep out of it, or go through one way only. Lists made already stay.",
        form=TrafficForm,
    )
    def close_stretch(self, request: HttpRequest, obj: FloorPlan, number: int, **given: Any) -> str:
        set_traffic(hub_id=obj.hub_id, number=number - 1, actor_id=request.user.pk, **given)
        return "From now on walks heed this rule."


@admin.register(TrafficRule)
class TrafficRulePage(RecordPage):
    """A stretch that is closed or one way."""

    plan_link = link_column("plan", ordering="plan__hub__code")
    traffic_badge = badge_column("traffic")

    list_display = ["id", "plan_link", "along", "number", "from_mm", "to_mm", "traffic_badge", "reason", "since"]
    list_filter = ["plan__hub", "along", "traffic"]
    list_select_related = ["plan__hub"]
    search_fields = ["reason", "plan__hub__code"]
    fields = [("plan_link", "since"), ("along", "number", "level"), ("from_mm", "to_mm"), ("traffic_badge", "reason")]
    actions_detail = ["open_again"]

    @button(
        "Open it again",
        permission="warehouses.change_trafficrule",
        icon="lock_open",
        confirm="The stretch is walked as before.",
        form=ReasonForm,
    )
    def open_again(self, request: HttpRequest, obj: TrafficRule, key: str, reason: str) -> HttpResponse:
        lift_traffic(key=key, rule_id=obj.pk, reason=reason, actor_id=request.user.pk)
        messages.success(request, "The stretch is walked as before.")
        return HttpResponseRedirect(page_url(obj.plan))  # the rule's own page is gone


@admin.register(Level)
class LevelPage(RecordPage):
    """A level above the ground."""

    plan_link = link_column("plan", ordering="plan__hub__code")

    list_display = ["ordinal", "plan_link", "aisle_x_mm", "cross_y_mm"]
    list_filter = ["plan__hub"]
    list_select_related = ["plan__hub"]
    search_fields = ["plan__hub__code"]
    fields = [("plan_link", "ordinal"), "aisle_x_mm", "cross_y_mm"]


@admin.register(Stairs)
class StairsPage(RecordPage):
    """A way between two levels."""

    plan_link = link_column("plan", ordering="plan__hub__code")

    list_display = ["id", "plan_link", "bottom_aisle", "bottom_cross", "top_aisle", "top_cross", "up_mm", "down_mm"]
    list_filter = ["plan__hub"]
    list_select_related = ["plan__hub"]
    search_fields = ["plan__hub__code"]
    fields = ["plan_link", ("bottom_aisle", "bottom_cross"), ("top_aisle", "top_cross"), ("up_mm", "down_mm")]
