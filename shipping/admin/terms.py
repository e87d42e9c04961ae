"""Carriers, accounts, services, prices, boxes, addresses: what somebody enters."""

from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from foundation.admin.checks import DeclaredPermissionChecks
from shipping.admin.base import Confirm, Record, list_link, press
from shipping.carriers.registry import ADAPTERS
from shipping.models import Address, Box, Carrier, CarrierAccount, RateTier, Service, Shipment
from shipping.services.accounts import rotate_webhook_secret
from shipping.services.credentials import set_credentials


class Unshown(UnfoldAdminTextareaWidget):
    """A field whose text goes in and never comes back, not even beside a mistake in it."""

    def format_value(self, value: object) -> str:
        return ""


class EnteredCredentials(Confirm):
    """One `name: value` a line; what is entered is never shown again."""

    credentials = forms.CharField(
        widget=Unshown(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One name: value a line, such as token: ...",
        max_length=4_000,
    )

    def clean_credentials(self) -> dict[str, str]:
        """The lines as names and values. A refusal repeats none of them."""
        lines = [line for line in self.cleaned_data["credentials"].splitlines() if line.strip()]
        pairs = [line.partition(":") for line in lines]
        if not all(colon and name.strip() for name, colon, _value in pairs):
            raise forms.ValidationError("Each line is a name, a colon and a value.", code="credentials")
        return {name.strip(): value.strip() for name, _colon, value in pairs}


class NewSecret(Confirm):
    """A webhook secret that the carrier gave; none, for one to be made here."""

    secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="Only where the carrier gave one; left empty, one is made and shown once.",
        max_length=500,
    )


class AccountInline(TabularInline):
    """A carrier's accounts, hub by hub."""

    model = CarrierAccount
    fields = ("site", "base_url", "timeout_ms", "load_scans_required", "active")
    extra = 0
    show_change_link = True


class TierInline(TabularInline):
    """A service's prices."""

    model = RateTier
    fields = ("up_to_g", "price_cents")
    extra = 0


@admin.register(Carrier)
class CarrierAdmin(ModelAdmin):
    """Carriers and their accounts."""

    list_display = ["code", "name", "adapter", "active"]
    list_filter = ["active", "adapter"]
    search_fields = ["code", "name"]
    inlines = [AccountInline]


@admin.register(CarrierAccount)
class CarrierAccountAdmin(ModelAdmin):
    """One hub's contract. Credentials go in by a button and are never shown; a webhook secret is shown once."""

    checks_class = DeclaredPermissionChecks
    list_display = ["carrier", "site", "base_url", "timeout_ms", "live_secrets", "active"]
    list_filter = ["carrier", "site", "active"]
    search_fields = ["site", "carrier__code", "base_url"]
    list_select_related = ["carrier"]
    autocomplete_fields = ["carrier"]
    exclude = ["webhook_secrets"]
    readonly_fields = ["needs", "has_credentials", "live_secrets"]
    actions_detail = ["enter", "rotate"]

    @display(description="Credentials it needs")
    def needs(self, account: CarrierAccount) -> str:
        adapter = ADAPTERS.get(account.carrier.adapter) if account.pk else None
        return ", ".join(adapter.needs) if adapter else "–"

    @display(description="Credentials entered", boolean=True)
    def has_credentials(self, account: CarrierAccount) -> bool:
        return bool(account.sealed_credentials)

    @display(description="Webhook secrets")
    def live_secrets(self, account: CarrierAccount) -> int:
        return len(account.webhook_secrets)

    @action(
        description="Enter credentials",
        icon="password",
        permissions=["shipping.enter_credentials"],
        dialog=ActionDialog(
            title="Enter this account's credentials",
            description="They replace those that are there, and are never shown again.",
            form_class=EnteredCredentials,
            form_submit_text="Keep",
        ),
    )
    def enter(self, request: HttpRequest, form: EnteredCredentials, object_id: int) -> HttpResponse:
        def run() -> None:
            set_credentials(account_id=int(object_id), credentials=form.cleaned_data["credentials"])

        return press(request, "carrieraccount", object_id, run, "The credentials are kept, sealed.")

    @action(
        description="New webhook secret",
        icon="key",
        permissions=["shipping.rotate_secret"],
        dialog=ActionDialog(
            title="Make a new webhook secret?",
            description="The present one stays good for 24 hours. The new one is shown once.",
            form_class=NewSecret,
            form_submit_text="Make",
        ),
    )
    def rotate(self, request: HttpRequest, form: NewSecret, object_id: int) -> HttpResponse:
        def run() -> None:
            given = form.cleaned_data["secret"] or None
            secret = rotate_webhook_secret(account_id=int(object_id), secret=given)
            if given is None:
                messages.info(request, f"The new secret, shown once: {secret}")

        return press(request, "carrieraccount", object_id, run, "The old secret stays good for 24 hours.")


@admin.register(Service)
class ServiceAdmin(ModelAdmin):
    """What carriers sell, with the prices."""

    list_display = [
        *("code", "name", "carrier", "transit_days", "max_weight_g", "max_length_mm", "cut_off"),
        *("takes_lq", "takes_batteries", "by_air", "active"),
    ]
    list_filter = ["carrier", "active", "transit_days", "takes_lq", "takes_batteries", "by_air"]
    search_fields = ["code", "name", "carrier__code"]
    list_select_related = ["carrier"]
    autocomplete_fields = ["carrier"]
    inlines = [TierInline]


@admin.register(RateTier)
class RateTierAdmin(ModelAdmin):
    """Single prices, for those who look for one."""

    list_display = ["service", "up_to_g", "price_cents"]
    list_filter = ["service__carrier", "service"]
    search_fields = ["service__code"]
    list_select_related = ["service"]
    autocomplete_fields = ["service"]


@admin.register(Box)
class BoxAdmin(ModelAdmin):
    """The boxes a hub packs in."""

    list_display = [
        "code",
        "name",
        "inner_length_mm",
        "inner_width_mm",
        "inner_height_mm",
        "tare_g",
        "max_weight_g",
        "active",
    ]
    list_filter = ["active"]
    search_fields = ["code", "name"]


@admin.register(Address)
class AddressAdmin(Record):
    """Where parcels go. The list shows no personal data; a page does, to those who may see addresses."""

    list_display = ["id", "country", "created_at", "erased_at", "shipment_count"]
    list_filter = ["country", ("erased_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["=id", "=postcode", "=shipments__number", "=shipments__reference"]
    search_help_text = "Id, postcode, shipment number or reference"
    readonly_fields: ClassVar = ["shipment_count"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Address]:
        return super().get_queryset(request).annotate(counted=Count("shipments"))

    @display(description="Shipments", ordering="counted")
    def shipment_count(self, address: Address) -> str:
        return list_link(Shipment, address.counted, ship_to__id__exact=address.pk)  # type: ignore[attr-defined]
