"""Lanes over borders, countries that nothing is sent to, and rolls of hazard stickers: what somebody enters."""

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin

from shipping.models import Embargo, HazardSticker, Lane
from shipping.planning.countries import COUNTRIES
from shipping.planning.territories import CODES


class LaneForm(forms.ModelForm):
    """A lane to a territory that there is."""

    def clean_destination(self) -> str:
        """The destination as it is kept."""
        code: str = self.cleaned_data["destination"]
        if code not in CODES:
            raise forms.ValidationError("This is no territory: a country, or a part such as ES-canary.")
        return code


class EmbargoForm(forms.ModelForm):
    """A country that there is."""

    def clean_country(self) -> str:
        """The country as it is kept."""
        country: str = self.cleaned_data["country"].upper()
        if country not in COUNTRIES:
            raise forms.ValidationError("There is no such country in ISO 3166-1.")
        return country


@admin.register(Lane)
class LaneAdmin(ModelAdmin):
    """On which terms parcels cross a border; without a lane DAP, as a sale."""

    form = LaneForm
    list_display = ["destination", "site", "incoterm", "reason"]
    list_filter = ["incoterm", "reason", "site"]
    search_fields = ["destination", "site"]


@admin.register(Embargo)
class EmbargoAdmin(ModelAdmin):
    """Countries the operator sends nothing to, beside those the law names."""

    form = EmbargoForm
    list_display = ["country", "reason", "since"]
    list_filter = ["since"]
    search_fields = ["country", "reason"]


@admin.register(HazardSticker)
class HazardStickerAdmin(ModelAdmin):
    """Rolls of battery marks on the benches, by the barcode that packers scan."""

    list_display = ["mark", "site", "barcode"]
    list_filter = ["mark", "site"]
    search_fields = ["barcode", "site"]
