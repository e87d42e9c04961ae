"""What the buttons about stock ask for first. Each form draws its own key: sent twice, it is carried out once."""

import uuid
from typing import Final

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from foundation.quantities import counted
from warehouses.models import CaseChoice, Condition, Instruction, TrafficRule

CHOSEN: Final = [choice for choice in Condition.choices if choice[0] != Condition.BLOCKED]
"""Conditions that somebody may choose; `blocked` comes by blocking the lot or the bin."""


class ReasonForm(forms.Form):
    """Why, for the ledger."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget({"autofocus": True}))


class StockForm(ReasonForm):
    """What may be done to units that are promised."""

    displace = forms.BooleanField(
        required=False,
        label="Promised units too",
        help_text="Pick lists fetch other units instead; where there are none, the youngest orders wait again.",
        widget=UnfoldBooleanSwitchWidget,
    )


class TransferForm(StockForm):
    """How many, and where to."""

    quantity = forms.IntegerField(label="Units", min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    to_bin = forms.CharField(label="To bin", max_length=20, widget=UnfoldAdminTextInputWidget)


class AdjustForm(StockForm):
    """By how many units the books are wrong."""

    by = forms.IntegerField(
        label="Units",
        help_text="3 for three more than the books say, -3 for fewer.",
        widget=UnfoldAdminIntegerFieldWidget,
    )


class ConditionForm(StockForm):
    """How many are in which condition."""

    quantity = forms.IntegerField(label="Units", min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    to = forms.ChoiceField(label="Condition", choices=CHOSEN, widget=UnfoldAdminSelectWidget)


class TrafficForm(ReasonForm):
    """Which stretch, and how it may be walked from now on."""

    along = forms.ChoiceField(choices=TrafficRule.Along.choices, widget=UnfoldAdminSelectWidget)
    number = forms.IntegerField(
        min_value=1,
        help_text="An aisle's as on the map; cross aisles count from the front.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    level = forms.IntegerField(
        min_value=0,
        initial=0,
        help_text="Of a cross aisle: 0 on the ground. Leave it at 0 for an aisle.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    from_mm = forms.IntegerField(
        label="From (mm)",
        min_value=0,
        help_text="Along the aisle from the front; along a cross aisle from the left, as bins and aisles are placed.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    to_mm = forms.IntegerField(label="To (mm)", min_value=0, widget=UnfoldAdminIntegerFieldWidget)
    traffic = forms.ChoiceField(choices=TrafficRule.Traffic.choices, widget=UnfoldAdminSelectWidget)


class ResumeForm(forms.Form):
    """Why a stopped hub may go on."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget({"autofocus": True}))


class NoteForm(forms.Form):
    """A word for whoever reads it later."""

    note = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


class AnswerForm(NoteForm):
    """What the seller wants done, as they said it to us."""

    choice = forms.ChoiceField(choices=CaseChoice.choices, widget=UnfoldAdminSelectWidget)
    book_to = forms.CharField(
        label="Item",
        max_length=40,
        required=False,
        help_text="The seller's code of the item they become; only to relabel or to book.",
        widget=UnfoldAdminTextInputWidget,
    )

    lot = forms.CharField(
        max_length=20,
        required=False,
        help_text="Of that item, if it is kept by lot.",
        widget=UnfoldAdminTextInputWidget,
    )
    expires_on = forms.DateField(
        label="Last good day",
        required=False,
        help_text="Of a lot that is new.",
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )

    field_order = ["choice", "book_to", "lot", "expires_on", "note"]


class SettleForm(NoteForm):
    """Where the units were, if it matters."""

    place = forms.CharField(
        label="Bin",
        max_length=20,
        required=False,
        help_text="Where they are taken from. Unknown units that became an item: where they were put.",
        widget=UnfoldAdminTextInputWidget,
    )

    field_order = ["place", "note"]


class CancelForm(forms.Form):
    """Why there is nothing to settle."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget({"autofocus": True}))


class MoveForm(forms.Form):
    """Which door, and when in the hub's own time."""

    door = forms.CharField(max_length=10, widget=UnfoldAdminTextInputWidget)
    day = forms.DateField(widget=UnfoldAdminTextInputWidget({"type": "date"}))
    at = forms.TimeField(
        label="From", help_text="When a slot of the door begins.", widget=UnfoldAdminTextInputWidget({"type": "time"})
    )


def told(row: Instruction) -> str:
    """What came of an instruction, as good news."""
    words = [f"{row.get_kind_display()}: {counted(row.units, 'unit')}."]
    if row.reassigned:
        words.append(f"{row.reassigned} will be fetched elsewhere.")
    if row.waiting:
        words.append(f"Back in the queue: {counted(row.waiting, 'promised unit')}.")
    return " ".join(words)
