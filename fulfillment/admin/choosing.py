"""What sellers say of carriers: entered by the staff until sellers have a page of their own for it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from foundation.admin.pages import Page, badge_column, link_column
from fulfillment.models import CarrierRule


class CarrierRuleForm(forms.ModelForm):
    """Countries in capitals; a service only of the carrier named, if one is."""

    class Meta:
        model = CarrierRule
        fields = ("seller", "verb", "carrier", "service", "countries", "worth_cents")

    def clean_countries(self) -> list[str]:
        """Two letters each, in one order, none twice."""
        countries = sorted({country.strip().upper() for country in self.cleaned_data["countries"]})
        if wrong := next((country for country in countries if not (len(country) == 2 and country.isalpha())), ""):
            raise ValidationError(f"{wrong} is no country code of two letters.", code="country")
        return countries

    def clean(self) -> dict[str, Any] | None:
        """A rule that can never hold is refused."""
        cleaned = super().clean()
        carrier, service = self.cleaned_data.get("carrier"), self.cleaned_data.get("service")
        if carrier and service and service.carrier_id != carrier.pk:
            raise ValidationError({"service": f"{service} is not a service of {carrier}."})
        return cleaned


@admin.register(CarrierRule)
class CarrierRulePage(Page):
    """Which services a seller wants, or never wants; a rule that no longer holds is deleted."""

    form = CarrierRuleForm
    verb_badge = badge_column("verb")
    seller_link = link_column("seller", ordering="seller__code")

    list_display = ["id", "seller_link", "verb_badge", "carrier", "service", "to", "worth_cents"]
    list_filter = ["verb", "carrier", "seller"]
    list_select_related = ["seller", "carrier", "service"]
    search_fields = ["seller__code", "carrier__code", "service__code"]
    autocomplete_fields = ["seller", "carrier", "service"]
    fields = ["seller", "verb", ("carrier", "service"), "countries", "worth_cents"]
    trail_lookups = ("seller",)

    @admin.display(description="To")
    def to(self, rule: CarrierRule) -> str:
        return ", ".join(rule.countries) or "All countries"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Whose rule it is stays."""
        return [*super().get_readonly_fields(request, obj), *(["seller"] if obj else [])]
