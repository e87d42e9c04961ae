"""Measurements in the admin: what was declared, what was found, and the form of the measuring station."""

import uuid
from typing import Final

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from foundation.admin.pages import RecordPage, Rows, link_column
from foundation.admin.presentation import Look, Tone, badge
from warehouses.models import Hub, Measurement
from warehouses.planning.measures import Measures

DIFFERS: Final = Look(Tone.WARN, "difference")
AS_DECLARED: Final = Look(Tone.GOOD, "task_alt")


class MeasureForm(forms.Form):
    """What scale and cubing device say. `scan_id` makes a form that is sent twice one measurement."""

    scan_id = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    hub = forms.ModelChoiceField(Hub.objects.order_by("code"), empty_label=None, widget=UnfoldAdminSelectWidget)
    units = forms.IntegerField(
        min_value=1, initial=1, help_text="Together on the scale.", widget=UnfoldAdminIntegerFieldWidget
    )
    scale_g = forms.IntegerField(
        label="On the scale (g)",
        min_value=1,
        help_text="All of them.",
        widget=UnfoldAdminIntegerFieldWidget({"autofocus": True}),
    )
    length_mm = forms.IntegerField(label="Length (mm)", min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    width_mm = forms.IntegerField(label="Width (mm)", min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    height_mm = forms.IntegerField(label="Height (mm)", min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    is_confirmed = forms.BooleanField(
        label="It is that far off",
        required=False,
        help_text="A lead confirms ten times more or less than was known.",
        widget=UnfoldBooleanSwitchWidget,
    )


class MeasurementRows(Rows):
    """An item's measurements, the newest first."""

    model = Measurement
    fields = ["measured_at", "weight_g", "length_mm", "width_mm", "height_mm", "verdict", "hub", "station"]
    related = ("hub", "sku")

    @admin.display(description="As declared")
    def verdict(self, obj: Measurement) -> SafeString:
        return said(obj)


@admin.register(Measurement)
class MeasurementPage(RecordPage):
    """One measuring: found beside declared."""

    sku_link = link_column("sku", "SKU", ordering="sku__code")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["measured_at", "sku_link", "seller_link", "found", "declared", "verdict", "hub_link", "station"]
    list_filter = ["differs", "hub", "seller", "measured_at"]
    list_select_related = ["sku", "seller", "hub"]
    search_fields = ["sku__code", "sku__name", "scan_id"]
    date_hierarchy = "measured_at"
    fields = [
        ("sku_link", "seller_link"), ("measured_at", "hub"), ("worker", "station", "confirmed_by"),
        ("units", "scale_g", "verdict"), ("found", "declared"), "scan_id",
    ]  # fmt: skip

    @admin.display(description="Measured", ordering="weight_g")
    def found(self, obj: Measurement) -> str:
        return measures_in_words(obj.found)

    @admin.display(description="Declared", ordering="declared_weight_g")
    def declared(self, obj: Measurement) -> str:
        return measures_in_words(obj.declared)

    @admin.display(description="As declared", ordering="differs")
    def verdict(self, obj: Measurement) -> SafeString:
        return said(obj)


def said(row: Measurement) -> SafeString:
    """Whether it is as its seller had said."""
    return badge("Differs", DIFFERS) if row.differs else badge("As declared", AS_DECLARED)


def measures_in_words(unit: Measures) -> str:
    """Grams, and the three sides."""
    return f"{unit.weight_g:,} g, {unit.length_mm:,} × {unit.width_mm:,} × {unit.height_mm:,} mm"
