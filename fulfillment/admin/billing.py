"""Rate cards, which can be changed until they are valid, and the charges that were made by them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from foundation import clock
from foundation.admin.buttons import button
from foundation.admin.links import link_to
from foundation.admin.pages import MasterPage, RecordPage, badge_column, link_column
from foundation.admin.presentation import Look, Tone, badge
from foundation.errors import Invalid
from fulfillment.admin.forms import ReasonForm
from fulfillment.models import Charge, Rate, RateCard
from fulfillment.services.charging import refuse_too_soon, take_back_charge


def _can_change(card: RateCard | None) -> bool:
    return card is None or card.pk is None or card.valid_from > clock.now()


class RateCardForm(forms.ModelForm):
    """A card that is not valid yet."""

    class Meta:
        model = RateCard
        fields = ("hub", "valid_from", "currency")

    def clean(self) -> dict[str, Any] | None:
        """Refuses a moment that is past, or too near."""
        cleaned = super().clean()
        self.instance.written_at = clock.now()
        if valid_from := self.cleaned_data.get("valid_from"):
            try:
                refuse_too_soon(valid_from)
            except Invalid as error:
                raise ValidationError({"valid_from": error.message}) from None
        return cleaned


class RateRows(TabularInline):
    """The prices on a card."""

    model = Rate
    fields = ["kind", "unit", "price"]
    extra = 0
    hide_title = True
    verbose_name_plural = "Prices"

    def has_add_permission(self, request: HttpRequest, obj: RateCard | None = None) -> bool:
        """While the card can be changed."""
        return _can_change(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: RateCard | None = None) -> bool:
        """While the card can be changed."""
        return _can_change(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RateCard | None = None) -> bool:
        """While the card can be changed."""
        return _can_change(obj) and super().has_delete_permission(request, obj)


@admin.register(RateCard)
class RateCardPage(MasterPage):
    """What work costs from a moment on."""

    form = RateCardForm

    list_display = ["valid_from", "status", "where", "currency", "prices"]
    list_display_links = ["valid_from"]
    list_filter = ["hub", "currency", "valid_from"]
    list_select_related = ["hub"]
    search_fields = ["hub__code", "hub__name", "currency"]
    autocomplete_fields = ["hub"]
    inlines = [RateRows]
    fields = ["hub", "valid_from", "currency"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("rates")

    @admin.display(description="Hub", ordering="hub__code")
    def where(self, card: RateCard) -> SafeString | str:
        return link_to(card.hub, card.hub.code) if card.hub else "All hubs"

    @admin.display(description="Status")
    def status(self, card: RateCard) -> SafeString:
        if _can_change(card):
            return badge("Ahead", Look(Tone.ACTIVE, "edit_calendar"))
        return badge("Fixed", Look(Tone.QUIET, "lock"))

    @admin.display(description="Prices")
    def prices(self, card: RateCard) -> str:
        return ", ".join(f"{rate.get_kind_display().lower()} {rate.price}" for rate in card.rates.all()) or "–"

    def has_change_permission(self, request: HttpRequest, obj: RateCard | None = None) -> bool:
        """Until it is valid."""
        return _can_change(obj) and super().has_change_permission(request, obj)


@admin.register(Rate)
class RatePage(RecordPage):
    """One price; changed on its card."""

    kind_badge = badge_column("kind")
    card_link = link_column("card", ordering="card__valid_from")

    list_display = ["id", "kind_badge", "price", "unit", "card_link"]
    list_filter = ["kind", "card__hub"]
    list_select_related = ["card__hub"]
    search_fields = ["kind", "card__hub__code"]
    trail_lookups = ("card",)
    fields = ["card_link", ("kind_badge", "unit", "price")]


@admin.register(Charge)
class ChargePage(RecordPage):
    """What a seller owes for work that was done."""

    kind_badge = badge_column("kind")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    case_link = link_column("case", ordering="case__number")
    rate_link = link_column("rate")
    corrects_link = link_column("corrects", "Takes back")

    list_display = [
        "number", "occurred_at", "kind_badge", "quantity", "unit_price", "amount", "seller_link", "case_link",
        "corrects_link",
    ]  # fmt: skip
    list_filter = ["kind", "hub", "seller", "currency", "occurred_at"]
    list_select_related = ["seller", "case", "corrects"]
    search_fields = ["number", "case__number", "case__inbound__number", "seller__name"]
    date_hierarchy = "occurred_at"
    trail_lookups = ("case", "case__inbound", "rate", "rate__card", "corrects")
    actions_detail = ["take_back"]
    fieldsets = [
        (None, {"fields": [("number", "kind_badge"), ("seller_link", "hub"), ("case_link", "occurred_at")]}),
        ("Amount", {"fields": [("quantity", "unit_price"), ("amount", "rate_link")]}),
        ("Taken back", {"fields": [("corrects_link", "actor"), "reason"]}),
    ]

    @admin.display(description="Amount", ordering="amount_cents")
    def amount(self, charge: Charge) -> str:
        return f"{charge.currency} {charge.amount_cents / 100:,.2f}"

    @button(
        "Take back",
        permission="fulfillment.add_charge",
        icon="undo",
        is_danger=True,
        form=ReasonForm,
        confirm="A counter-charge of the same amount is made. Both stay, and the seller sees both.",
        shows=lambda charge: charge.corrects_id is None and not hasattr(charge, "corrected_by"),
    )
    def take_back(self, request: HttpRequest, charge: Charge, reason: str) -> str:
        counter = take_back_charge(charge_id=charge.pk, reason=reason, actor_id=request.user.pk)
        return f"{charge.number} is taken back by {counter.number}."
