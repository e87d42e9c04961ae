"""What the buttons at a trailer ask for."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from fulfillment.models import LeftBehind
from shipping.models import Carrier
from warehouses.models import Hub


class OpenTrailerForm(forms.Form):
    """Whose vehicle stands where, and which hand-over it is."""

    hub = forms.ModelChoiceField(Hub.objects.all(), widget=UnfoldAdminSelectWidget, empty_label=None)
    carrier = forms.ModelChoiceField(
        Carrier.objects.filter(active=True), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    door = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget)
    plate = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget)
    cut_off = forms.DateTimeField(
        label="Cut-off (the hub's time)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="What was labelled by then should go along. Empty: whatever waits until it departs.",
    )

    def clean(self) -> dict[str, Any]:
        """What was typed is a time on the hub's wall, wherever the screen is."""
        given = self.cleaned_data
        if given.get("hub") and given.get("cut_off"):
            given["cut_off"] = given["cut_off"].replace(tzinfo=ZoneInfo(given["hub"].timezone))
        return given


class LoadForm(forms.Form):
    """One scan. It draws the scan's id: sent twice, it is one."""

    scan_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    code = forms.CharField(
        label="Parcel",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "autofocus": True}),
        help_text="Any barcode of its label.",
    )
    station = forms.CharField(label="Door or scanner", max_length=20, widget=UnfoldAdminTextInputWidget)


class DepartForm(forms.Form):
    """The number on the seal."""

    seal = forms.CharField(max_length=40, widget=UnfoldAdminTextInputWidget)


class AmendForm(forms.Form):
    """Why it stayed, as somebody knows who was there."""

    reason = forms.ChoiceField(choices=LeftBehind.Reason.choices, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
