"""What the top floor's buttons ask for."""

import uuid
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxLengthValidator
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from foundation.quantities import counted
from fulfillment.selectors.floor import parcels_to_hand_over
from shipping.services.addresses import LONGEST
from warehouses.models import Hub

NOTHING_WAITS: Final = "No labelled parcel is waiting. Pack orders first; labels follow by themselves."


class HandOverForm(forms.Form):
    """Which hub's parcels go with which carrier: one choice, with how many are waiting."""

    parcels = forms.ChoiceField(label="Parcels", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parcels"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [
            (f"{row.site}/{row.carrier_code}", f"{row.site}: {counted(row.parcels, 'parcel')} with {row.carrier_name}")
            for row in parcels_to_hand_over()
        ]
        if not field.choices:
            field.help_text = NOTHING_WAITS


class PlanWaveForm(forms.Form):
    """Which orders go into the wave."""

    hub = forms.ModelChoiceField(Hub.objects.all(), widget=UnfoldAdminSelectWidget, empty_label=None)
    dispatch_at = forms.DateTimeField(
        label="Only what leaves by (the hub's time)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="Empty: every order whose stock is promised, the most urgent first.",
    )
    max_orders = forms.IntegerField(
        label="At most so many orders", required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )

    def clean(self) -> dict[str, Any]:
        """What was typed is a time on the hub's wall, wherever the screen is."""
        given = self.cleaned_data
        if given.get("hub") and given.get("dispatch_at"):
            given["dispatch_at"] = given["dispatch_at"].replace(tzinfo=ZoneInfo(given["hub"].timezone))
        return given


class PackSingleForm(forms.Form):
    """One unit out of a shared tote. It draws the scan's id: sent twice, one order is packed."""

    scan_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    hub = forms.ModelChoiceField(Hub.objects.all(), widget=UnfoldAdminSelectWidget, empty_label=None)
    station = forms.CharField(label="Bench", max_length=20, widget=UnfoldAdminTextInputWidget)
    tote_code = forms.CharField(label="Tote", max_length=20, widget=UnfoldAdminTextInputWidget)
    item_code = forms.CharField(
        label="Item",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="Any unit in the tote: the most urgent order that wants it is packed.",
    )
    stickers = forms.CharField(
        label="Hazard stickers",
        required=False,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="Only where the bench asks for one: scan it off its roll, several with a space between.",
    )

    def clean_stickers(self) -> list[str]:
        """The codes scanned."""
        return str(self.cleaned_data["stickers"]).split()


class CorrectAddressForm(forms.Form):
    """Where the parcel goes, as it should have been. Begins with what there is."""

    name = forms.CharField()
    company = forms.CharField(required=False)
    line1 = forms.CharField(label="Street and house number")
    line2 = forms.CharField(label="More of the street", required=False)
    postcode = forms.CharField(required=False)
    city = forms.CharField()
    region = forms.CharField(required=False)
    country = forms.CharField(help_text="Two letters, such as NL.")
    phone = forms.CharField(required=False)
    email = forms.CharField(required=False)
    is_confirmed = forms.BooleanField(
        label="The buyer was asked: it is right as it is",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="For an address that has no house number or no postcode.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField):
                most = LONGEST[name]
                field.widget = UnfoldAdminTextInputWidget({"maxlength": most, "autocomplete": "off"})
                field.validators.append(MaxLengthValidator(most))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget({"autofocus": True}))
