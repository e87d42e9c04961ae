"""The dock in the admin: doors, hours and closures, appointments and their calendar."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import TimeField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from foundation import clock
from foundation.admin.buttons import button
from foundation.admin.pages import MasterPage, RecordPage, badge_column, link_column
from warehouses.admin.forms import CancelForm, MoveForm
from warehouses.dock_calendar import dock_week
from warehouses.models import Appointment, DockClosure, DockDoor, DockHours, Hub
from warehouses.services.docking import cancel_appointment, reschedule_appointment

CLOCK_FIELDS = {TimeField: {"widget": UnfoldAdminTextInputWidget({"type": "time"})}}


class HoursRows(TabularInline):
    """When the hub's doors are open, day by day."""

    model = DockHours
    fields = ["weekday", "opens", "closes"]
    extra = 0
    hide_title = True
    verbose_name_plural = "Dock hours"
    formfield_overrides = CLOCK_FIELDS


class ClosureRows(TabularInline):
    """Days on which the doors stay closed."""

    model = DockClosure
    fields = ["day", "reason"]
    extra = 0
    hide_title = True
    verbose_name_plural = "Days on which the dock is closed"


@admin.register(DockDoor)
class DockDoorPage(MasterPage):
    """A door where goods come in."""

    hub_link = link_column("hub", ordering="hub__code", text="code")
    freight_badge = badge_column("freight", "Takes")

    list_display = ["code", "name", "hub_link", "freight_badge", "slot_minutes", "slot_capacity", "is_active"]
    list_filter = ["hub", "freight", "is_active"]
    list_select_related = ["hub"]
    search_fields = ["code", "name", "hub__code"]
    autocomplete_fields = ["hub"]
    fixed_fields = ("hub", "code", "freight")
    fields = ["hub", ("code", "name"), "freight", ("slot_minutes", "slot_capacity"), "is_active"]


class OfTheHub(MasterPage):
    """Settings of a hub that stand on its page too, and may be deleted: no history speaks of them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has the permission."""
        return super(MasterPage, self).has_delete_permission(request, obj)


@admin.register(DockHours)
class DockHoursPage(OfTheHub):
    """Opening hours of a hub's doors."""

    list_display = ["weekday", "opens", "closes", "hub"]
    list_filter = ["hub", "weekday"]
    list_select_related = ["hub"]
    search_fields = ["hub__code", "hub__name"]
    autocomplete_fields = ["hub"]
    fields = ["hub", "weekday", ("opens", "closes")]
    formfield_overrides = CLOCK_FIELDS


@admin.register(DockClosure)
class DockClosurePage(OfTheHub):
    """A day on which a hub's doors stay closed."""

    list_display = ["day", "reason", "hub"]
    list_filter = ["hub"]
    list_select_related = ["hub"]
    search_fields = ["reason", "hub__code", "hub__name"]
    autocomplete_fields = ["hub"]
    fields = ["hub", ("day", "reason")]


def _is_booked(appointment: Appointment) -> bool:
    return appointment.state == Appointment.State.BOOKED


def _where_it_is(appointment: Appointment) -> dict[str, object]:
    starts_at = appointment.starts_at.astimezone(ZoneInfo(appointment.door.hub.timezone))
    return {"door": appointment.door.code, "day": starts_at.date().isoformat(), "at": f"{starts_at:%H:%M}"}


@admin.register(Appointment)
class AppointmentPage(RecordPage):
    """Who comes to which door, and when."""

    state_badge = badge_column("state")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    inbound_link = link_column("inbound", ordering="inbound__number")
    door_link = link_column("door", ordering="door__code")

    list_display = ["number", "state_badge", "starts_at", "door_link", "load", "seller_link", "inbound_link"]
    list_filter = ["state", "door__hub", "door__freight", "seller"]
    list_select_related = ["seller", "inbound", "door__hub"]
    search_fields = ["number", "inbound__number", "inbound__reference", "seller__name"]
    date_hierarchy = "starts_at"
    trail_lookups = ("inbound",)
    actions_detail = ["move", "cancel"]
    fieldsets = [
        (None, {"fields": [("number", "state_badge"), ("seller_link", "inbound_link")]}),
        ("When and where", {"fields": [("starts_at", "ends_at"), ("door_link", "load")]}),
        ("Since", {"fields": [("booked_at", "ended_at"), "reason"]}),
    ]

    @button("Move", permission="warehouses.change_appointment", icon="event_repeat", form=MoveForm,
            initial=_where_it_is, shows=_is_booked)  # fmt: skip
    def move(self, request: HttpRequest, obj: Appointment, door: str, day: date, at: time) -> str:
        starts_at = datetime.combine(day, at, ZoneInfo(obj.door.hub.timezone))
        moved = reschedule_appointment(appointment_id=obj.pk, door=door, starts_at=starts_at, by_hub=True)
        return f"{moved.number} is at door {moved.door.code} on {day:%-d %B} at {at:%H:%M}."

    @button("Cancel", permission="warehouses.change_appointment", icon="block", is_danger=True, form=CancelForm,
            shows=_is_booked)  # fmt: skip
    def cancel(self, request: HttpRequest, obj: Appointment, reason: str) -> str:
        return f"{cancel_appointment(appointment_id=obj.pk, reason=reason, by_hub=True).number} is cancelled."

    def get_urls(self) -> list[URLPattern]:
        mine = self.admin_site.admin_view(self.calendar_view)
        return [path("calendar/", mine, name="warehouses_dock_calendar"), *super().get_urls()]

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        """A hub's week at the dock: that of the day asked for, in the hub one works in unless another is named."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        hubs = list(Hub.objects.all())
        own = Hub.objects.filter(workers__user=request.user.pk).first()
        hub = next((row for row in hubs if row.code == request.GET.get("hub")), own or next(iter(hubs), None))
        week = dock_week(hub, _asked_day(request, hub), now=clock.now()) if hub else None
        context = {**self.admin_site.each_context(request), "title": "Dock calendar", "hubs": hubs, "week": week}
        return TemplateResponse(request, "pakhuis/dock_calendar.html", context)


def _asked_day(request: HttpRequest, hub: Hub) -> date:
    today = clock.now().astimezone(ZoneInfo(hub.timezone)).date()
    text = request.GET.get("day", "")
    try:
        asked = date.fromisoformat(text) if text else today
    except ValueError:
        asked = date.max
    if not 2000 <= asked.year < 2100:
        messages.warning(request, "That is no day of the calendar: write it like 2026-03-14.")
        return today
    return asked
