"""What somebody on the floor should do next, and what they did."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from foundation.admin.buttons import button, document
from foundation.admin.durations import in_words, minutes_and_seconds
from foundation.admin.links import link_to
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from foundation.admin.presentation import Look, Tone, badge
from warehouses.map import walk_map
from warehouses.models import CartTote, Count, PickList, PickTask, PutawayTask
from warehouses.services.counting import record_count
from warehouses.services.documents import pick_list_pdf


@admin.register(PutawayTask)
class PutawayTaskPage(RecordPage):
    """From the dock to the shelf."""

    state_badge = badge_column("state")
    sku_link = link_column("sku", "SKU", ordering="sku__code")
    from_link = link_column("from_bin", "From")
    to_link = link_column("to_bin", "To")

    list_display = [
        "work_ref", "trip", "sequence", "state_badge", "quantity", "sku_link", "lot", "from_link", "to_link", "worker",
        "done_at",
    ]  # fmt: skip
    list_filter = ["state", "hub", "condition", ("proposed_bin", admin.EmptyFieldListFilter)]
    list_select_related = ["sku", "lot", "from_bin", "to_bin", "worker"]
    search_fields = ["work_ref", "sku__code", "to_bin__code"]
    fields = [
        ("work_ref", "trip", "sequence", "state_badge"), ("quantity", "sku_link", "lot"),
        ("from_bin", "to_bin", "condition"), ("proposed_bin", "override_reason"), ("worker", "done_at"),
    ]  # fmt: skip


NOTHING: Final = mark_safe('<span class="pk-none">–</span>')
"""An empty cell; on a handheld it takes no room."""


def rides_for(place: CartTote) -> str:
    """Whose tote it is, in words."""
    return "single-item orders" if place.is_shared else place.demand_group


class ToteRows(Rows):
    """The places on the cart."""

    model = CartTote
    verbose_name_plural = "Totes"
    classes = ["pk-compact"]
    fields = ["slot", "rides_for", "tote_code", "due_at", "freed"]
    related = ("tote",)
    show_change_link = False

    @admin.display(description="Order")
    def rides_for(self, place: CartTote) -> str:
        return rides_for(place)

    @admin.display(description="Tote")
    def tote_code(self, place: CartTote) -> SafeString | str:
        return link_to(place.tote) if place.tote else NOTHING

    @admin.display(description="Freed at")
    def freed(self, place: CartTote) -> SafeString | str:
        return f"freed {date_format(localtime(place.freed_at), 'DATETIME_FORMAT')}" if place.freed_at else NOTHING


class StopRows(Rows):
    """The stops, in walking order."""

    model = PickTask
    verbose_name_plural = "Stops"
    sku_link = link_column("sku", "SKU")
    classes = ["pk-compact"]
    bin_link = link_column("bin")
    fields = ["sequence", "bin_link", "quantity", "how_far", "minute", "sku_link", "batch", "slot"]
    related = ("bin", "sku", "lot", "cart_tote", "pick_list")
    ordering = ("sequence", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return list(self.fields)

    @admin.display(description="State")
    def how_far(self, task: PickTask) -> SafeString:
        return task_badge(task)

    @admin.display(description="Minute (planned)")
    def minute(self, task: PickTask) -> SafeString | str:
        started_at = task.pick_list.started_at if task.pick_list else None
        walked = task.scanned_at - started_at if task.scanned_at and started_at else None
        planned = timedelta(seconds=task.planned_s) if task.planned_s is not None else None
        return _walked_and_planned(walked, planned, minutes_and_seconds) or NOTHING

    @admin.display(description="Lot")
    def batch(self, task: PickTask) -> SafeString | str:
        return link_to(task.lot, task.lot.code) if task.lot else NOTHING

    @admin.display(description="Slot")
    def slot(self, task: PickTask) -> SafeString | int:
        return task.cart_tote.slot if task.cart_tote else NOTHING


def _walked_and_planned(
    walked: timedelta | None, planned: timedelta | None, written: Callable[[timedelta], str]
) -> str:
    """How long it took, and in brackets how long it should take; either may not be known."""
    shown = [written(walked)] if walked is not None else []
    return " ".join([*shown, f"({written(planned)})"] if planned is not None else shown)


def task_badge(task: PickTask) -> SafeString:
    """How far one pick is, in words: what was fetched, what was not there, what nobody wants any more."""
    parts = [(task.picked, "picked"), (task.short, "short"), (task.cancelled, "cancelled"), (task.open, "to pick")]
    words = ", ".join(f"{units} {name}" for units, name in parts if units)
    if task.short:
        return badge(words, Look(Tone.BAD, "search_off"))
    if task.open:
        return badge(words, Look(Tone.ACTIVE, "shopping_cart"))
    return badge(words, Look(Tone.GOOD, "task_alt") if task.picked else Look(Tone.QUIET, "block"))


@admin.register(PickList)
class PickListPage(RecordPage):
    """One cart's walk, drawn on the hub's map."""

    state_badge = badge_column("state")

    list_display = [
        "number", "state_badge", "turn", "work_ref", "hub", "worker", "stops_done", "walk_m", "saved", "time",
        "back_by", "finished_at",
    ]  # fmt: skip
    list_filter = ["state", "hub", "worker"]
    list_select_related = ["hub", "worker"]
    search_fields = ["number", "work_ref", "tasks__reservation__demand_group", "totes__tote__code"]
    inlines = [StopRows, ToteRows]
    change_form_outer_before_template = "pakhuis/walk_map.html"
    actions_detail = ["on_paper"]
    fieldsets = [
        (None, {"fields": [("number", "state_badge"), ("hub", "work_ref"), ("worker", "cart_type"), "zone"]}),
        ("Clock", {"fields": [("turn", "starts_at", "ends_at"), ("started_at", "finished_at")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PickList]:
        closed = models.Count("tasks", filter=Q(tasks__closed_at__isnull=False))
        last = models.Max("tasks__scanned_at")
        then = models.Max("tasks__planned_s", filter=Q(tasks__scanned_at__isnull=False))
        lists = super().get_queryset(request).annotate(all_stops=models.Count("tasks"), closed_stops=closed)
        return lists.annotate(last_scan=last, planned_then=Coalesce(then, "planned_s"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        pick_list = self.get_object(request, object_id)
        context = {**(extra_context or {}), **(_walk(pick_list) if pick_list else {})}
        return super().change_view(request, object_id, form_url, context)

    @document(
        "On paper",
        permission="warehouses.view_picklist",
        icon="print",
        shows=lambda obj: obj.state in (PickList.State.PLANNED, PickList.State.PICKING),
    )
    def on_paper(self, request: HttpRequest, obj: PickList) -> HttpResponse:
        return HttpResponse(
            pick_list_pdf(pick_list=obj),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{obj.number}.pdf"'},
        )

    @admin.display(description="Tasks done")
    def stops_done(self, obj: PickList) -> str:
        return f"{getattr(obj, 'closed_stops', 0)} of {getattr(obj, 'all_stops', 0)}"

    @admin.display(description="Walk", ordering="walk_mm")
    def walk_m(self, obj: PickList) -> str:
        return _metres(obj.walk_mm)

    @admin.display(description="Back by", ordering="ends_at")
    def back_by(self, obj: PickList) -> datetime | None:
        return obj.ends_at

    @admin.display(description="Time (planned)", ordering="planned_s")
    def time(self, obj: PickList) -> str:
        last_scan = getattr(obj, "last_scan", None)
        walked = last_scan - obj.started_at if last_scan and obj.started_at else None
        planned_s = getattr(obj, "planned_then", None)
        planned = timedelta(seconds=planned_s) if planned_s is not None else None
        return _walked_and_planned(walked, planned, in_words) or "–"

    @admin.display(description="Saved", ordering=1 - F("walk_mm") * 1.0 / F("s_shape_mm"))
    def saved(self, obj: PickList) -> str:
        return f"{1 - obj.walk_mm / obj.s_shape_mm:.0%}" if obj.s_shape_mm else "–"


def _walk(pick_list: PickList) -> dict[str, Any]:
    saved = 1 - pick_list.walk_mm / pick_list.s_shape_mm if pick_list.s_shape_mm else 0.0
    scanned = Q(scanned_at__isnull=False)
    last = pick_list.tasks.aggregate(scan=models.Max("scanned_at"), planned_s=models.Max("planned_s", filter=scanned))
    return {
        "map": walk_map(pick_list),
        "saved": saved,
        "above": pick_list.walk_mm / pick_list.bound_mm - 1 if pick_list.bound_mm else 0.0,
        "planned": timedelta(seconds=pick_list.planned_s or 0),
        "walked": last["scan"] - pick_list.started_at if last["scan"] and pick_list.started_at else None,
        "planned_so_far": timedelta(seconds=last["planned_s"] or 0),
    }


def _metres(length_mm: int) -> str:
    return f"{length_mm / 1000:,.0f} m"


@admin.register(CartTote)
class CartTotePage(RecordPage):
    """A place on a cart, and the tote that rides there."""

    list_link = link_column("pick_list", ordering="pick_list__number")
    tote_link = link_column("tote", ordering="tote__code")

    list_display = ["id", "list_link", "slot", "group", "tote_link", "due_at", "freed_at"]
    list_filter = [
        ("freed_at", admin.EmptyFieldListFilter), ("demand_group", admin.EmptyFieldListFilter), "pick_list__hub",
    ]  # fmt: skip
    list_select_related = ["pick_list", "tote"]
    search_fields = ["tasks__reservation__demand_group", "tote__code", "pick_list__number"]
    fields = [("pick_list", "slot"), ("group", "tote"), ("due_at", "freed_at")]

    @admin.display(description="Order", ordering="demand_group")
    def group(self, place: CartTote) -> str:
        return rides_for(place)


@admin.register(PickTask)
class PickTaskPage(RecordPage):
    """Fetch these units from this bin."""

    list_link = link_column("pick_list", ordering="pick_list__number")
    bin_link = link_column("bin", ordering="bin__code")
    sku_link = link_column("sku", "SKU", ordering="sku__code")
    promise_link = link_column("reservation", "For", ordering="reservation__demand_ref")

    list_display = [
        "id", "list_link", "sequence", "bin_link", "sku_link", "lot", "promise_link", "quantity", "picked", "short",
        "cancelled", "closed_at",
    ]  # fmt: skip
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "pick_list__hub"]
    list_select_related = ["pick_list", "bin", "sku", "lot", "reservation"]
    search_fields = ["work_ref", "bin__code", "sku__code", "reservation__demand_ref", "pick_list__number"]
    trail_lookups = ("reservation__demand_group",)
    fields = [
        ("pick_list", "sequence", "cart_tote"), ("bin", "sku_link", "lot"), "reservation",
        ("quantity", "picked", "short", "cancelled"), ("work_ref", "scanned_at", "closed_at"),
    ]  # fmt: skip


class CountForm(forms.Form):
    """A blind count: what is there, not what should be."""

    counted = forms.IntegerField(
        label="Units in the bin", min_value=0, widget=UnfoldAdminIntegerFieldWidget({"autofocus": True})
    )


@admin.register(Count)
class CountPage(RecordPage):
    """Look into the bin and say how many there are. The books' figure is shown only when it is done."""

    state_badge = badge_column("state")
    bin_link = link_column("bin", ordering="bin__code")
    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = [
        "id", "state_badge", "bin_link", "sku_link", "lot", "reason", "expected", "counted", "worker", "opened_at",
        "done_at",
    ]  # fmt: skip
    list_filter = ["state", "hub", "reason"]
    list_select_related = ["bin", "sku", "lot", "worker"]
    search_fields = ["bin__code", "sku__code", "sku__name"]
    fields = [
        ("state_badge", "reason"), ("hub", "bin"), ("sku_link", "lot"), ("expected", "counted"),
        ("worker", "opened_at", "done_at"),
    ]  # fmt: skip
    actions_detail = ["record"]

    @button(
        "Enter the count",
        permission="warehouses.change_count",
        icon="pin",
        confirm="Count every unit of this item and lot in this bin. If the books differ, they will follow your count.",
        form=CountForm,
        shows=lambda count: count.state == Count.State.OPEN,
    )
    def record(self, request: HttpRequest, obj: Count, counted: int) -> str:
        count = record_count(count_id=obj.pk, counted=counted, worker_id=request.user.pk)
        difference = (count.counted or 0) - (count.expected or 0)
        return "The books were right." if not difference else f"Booked: {difference:+} against the books."
