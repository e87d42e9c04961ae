"""Waves: plan, release, and see how good the walks are."""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from foundation.admin.buttons import button, list_button
from foundation.admin.links import page_url
from foundation.admin.pages import RecordPage, Rows, badge_column
from foundation.quantities import counted
from fulfillment.admin.forms import PlanWaveForm
from fulfillment.models import Order, Wave
from fulfillment.services.waving import plan_wave, release_wave, replan_wave
from warehouses.models import Hub


class OrderRows(Rows):
    """The orders of the wave."""

    model = Order
    verbose_name_plural = "Orders"
    state_badge = badge_column("state")
    fields = ["number", "state_badge", "seller", "external_ref", "ship_by"]
    related = ("seller",)
    ordering = ("ship_by", "id")


@admin.register(Wave)
class WavePage(RecordPage):
    """Orders released to the floor together."""

    state_badge = badge_column("state")

    list_display = [
        "number", "state_badge", "hub", "dispatch_at", "orders_in", "picks", "walk_m", "s_shape_m", "saved",
        "released_at",
    ]  # fmt: skip
    list_filter = ["state", "hub", "dispatch_at"]
    list_select_related = ["hub"]
    search_fields = ["number", "orders__number"]
    date_hierarchy = "dispatch_at"
    inlines = [OrderRows]
    actions_list = ["plan"]
    actions_detail = ["release", "replan"]
    fieldsets = [
        (None, {"fields": [("number", "state_badge"), ("hub", "dispatch_at")]}),
        (
            "Walks",
            {"fields": [("walk_m", "s_shape_m", "saved"), ("bound_m", "least_m"), ("picks", "plan_s"), "method"]},
        ),
        ("Clock", {"fields": [("created_at", "released_at", "picked_at")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        return super().get_queryset(request).annotate(all_orders=Count("orders"))

    @admin.display(description="Orders", ordering="all_orders")
    def orders_in(self, wave: Wave) -> int:
        return getattr(wave, "all_orders", 0)

    @admin.display(description="Walks together", ordering="walk_mm")
    def walk_m(self, wave: Wave) -> str:
        return _metres(wave.walk_mm)

    @admin.display(description="First come, S-shape", ordering="s_shape_mm")
    def s_shape_m(self, wave: Wave) -> str:
        return _metres(wave.s_shape_mm)

    @admin.display(description="Proven least for these carts")
    def bound_m(self, wave: Wave) -> str:
        return _metres(wave.bound_mm)

    @admin.display(description="Proven least for any carts")
    def least_m(self, wave: Wave) -> str:
        if not wave.least_mm:
            return "–"
        how = wave.get_proof_display()
        if wave.proof == Wave.Proof.OPTIMUM:
            return f"{_metres(wave.least_mm)}: {how}"
        if wave.walk_mm < wave.least_mm:
            return f"{_metres(wave.least_mm)}, {how}; other shelves made it shorter still"
        if wave.walk_mm == wave.least_mm:
            return f"{_metres(wave.least_mm)}, {how}: none is shorter"
        return f"{_metres(wave.least_mm)}, {how}; this plan is at most {wave.gap:.0%} above the shortest"

    @admin.display(description="Saved", ordering=F("walk_mm") - F("s_shape_mm"))
    def saved(self, wave: Wave) -> str:
        return f"{wave.saved_share:.0%}" if wave.s_shape_mm else "–"

    @admin.display(description="Planned in")
    def plan_s(self, wave: Wave) -> str:
        return f"{wave.plan_ms / 1000:.1f} s" if wave.plan_ms else "–"

    @list_button("Plan a wave", permission="fulfillment.add_wave", icon="waves", form=PlanWaveForm)
    def plan(
        self, request: HttpRequest, hub: Hub, dispatch_at: datetime | None, max_orders: int | None
    ) -> str | HttpResponse:
        wave = plan_wave(hub=hub, dispatch_at=dispatch_at, max_orders=max_orders)
        if wave is None:
            return f"Nothing to release in {hub.code}: no order with promised stock waits for a wave."
        messages.success(
            request, f"{wave.number} holds {counted(wave.orders.count(), 'order')}. Release it to plan the walks."
        )
        return HttpResponseRedirect(page_url(wave))

    @button(
        "Release to the floor",
        permission="fulfillment.change_wave",
        icon="play_circle",
        shows=lambda wave: wave.state == Wave.State.PLANNED,
    )
    def release(self, request: HttpRequest, wave: Wave) -> str:
        released = release_wave(wave_id=wave.pk, seed=wave.pk)
        return (
            f"{released.number}: {_metres(released.walk_mm)} to walk instead of {_metres(released.s_shape_mm)} "
            f"({released.saved_share:.0%} saved). The carts can go."
        )

    @button(
        "Plan anew",
        permission="fulfillment.change_wave",
        icon="update",
        confirm="Carts that nobody has started are planned anew, together with the orders that came in since and leave "
        "by this departure. Carts under way stay as they are.",
        shows=lambda wave: wave.state == Wave.State.RELEASED,
    )
    def replan(self, request: HttpRequest, wave: Wave) -> str:
        before = wave.orders.count()
        again = replan_wave(wave_id=wave.pk, seed=wave.pk)
        joined = counted(again.orders.count() - before, "order")
        return f"{again.number} is planned anew: {joined} joined, {_metres(again.walk_mm)} to walk in all."


def _metres(length_mm: int) -> str:
    return f"{length_mm / 1000:,.0f} m" if length_mm else "–"
