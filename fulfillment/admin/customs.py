"""The sellers' numbers at customs and tax offices."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin

from foundation.admin.pages import link_column
from foundation.errors import Invalid
from fulfillment.models import TraderNumber
from fulfillment.services.trading import checked_number


class TraderNumberForm(forms.ModelForm):
    """A number whose shape is checked before it is kept."""

    def clean(self) -> dict[str, Any]:
        """What is entered, as it is kept."""
        given = super().clean() or {}
        if {"kind", "area", "number"} <= given.keys():
            try:
                given["number"] = checked_number(**{name: given[name] for name in ("kind", "area", "number")})
            except Invalid as error:
                self.add_error(error.field, error.message)
        return given


@admin.register(TraderNumber)
class TraderNumberPage(ModelAdmin):
    """EORI, VAT and IOSS numbers, seller by seller. Orders that waited for one go on within a minute."""

    form = TraderNumberForm
    seller_link = link_column("seller", ordering="seller__code", text="name")

    list_display = ["number", "kind", "area", "seller_link"]
    list_filter = ["kind", "area", "seller"]
    list_select_related = ["seller"]
    search_fields = ["number", "seller__code", "seller__name"]
    autocomplete_fields = ["seller"]
