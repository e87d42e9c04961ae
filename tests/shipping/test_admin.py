"""The admin pages open for every model, buttons ask and need their permission, and states are never typed in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from foundation.errors import Conflict
from shipping.carriers.base import ScanEvent
from shipping.models import (
    Address,
    CarrierAccount,
    Embargo,
    LabelPurchase,
    Lane,
    Manifest,
    Shipment,
    TrackingAnomaly,
    WebhookDelivery,
)
from shipping.services.buying import buy_labels
from shipping.services.collecting import request_pickup
from shipping.services.credentials import sealer
from shipping.services.manifesting import hand_over_manifest
from shipping.services.setting_up import install_stickers
from shipping.services.tracking import record_scans, resolve_anomaly
from shipping.services.voiding import void_shipment
from tests.shipping.conftest import BUYER, HUB, NOW, MakeShipment, close, nothing_held
from tests.shipping.loading_tools import a_trailer, load

SUBMIT = {"_form_submitted": "on"}
MODELS = sorted(model._meta.model_name for model in apps.get_app_config("shipping").get_models())


@pytest.fixture
def day(account: CarrierAccount, make_shipment: MakeShipment, played_day: Any) -> Shipment:
    """One of everything: a shipment handed over, a trailer that refuses it, a scan that does not fit, a webhook."""
    shipment = make_shipment()
    buy_labels(shipment_ids=[shipment.pk])
    manifest = close()
    assert manifest is not None
    hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)
    number = shipment.parcels.get().tracking_no
    record_scans(carrier_code="simulator", scans=[ScanEvent(number, "ZZ", NOW), ScanEvent("STRANGER", "PU", NOW)])
    window = {"ready_at": NOW, "close_at": NOW + timedelta(hours=2)}
    request_pickup(site="AMS1", carrier_code="simulator", place=HUB, **window)
    with pytest.raises(Conflict):
        load(a_trailer(), number)
    WebhookDelivery.objects.create(carrier=account.carrier, body=b"[" * 10, body_sha256="0" * 64)
    Lane.objects.create(destination="CH", incoterm="DDP")
    Embargo.objects.create(country="CU", reason="The board", since=NOW.date())
    install_stickers(site="AMS1")
    shipment.refresh_from_db()
    return shipment


def member(client: Client, *permissions: str) -> Client:
    """Logs a member of staff in who may look at everything here, and these."""
    user = User.objects.create_user("lead", is_staff=True)
    names = [f"view_{model}" for model in MODELS] + list(permissions)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="shipping", codename__in=names))
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_list_and_a_page(day: Shipment, admin_client: Client, model: str) -> None:
    row = apps.get_model("shipping", model).objects.first()
    assert row is not None

    shown = admin_client.get(reverse(f"admin:shipping_{model}_changelist"), {"q": "1"})
    page = admin_client.get(reverse(f"admin:shipping_{model}_change", args=[row.pk]))

    assert (shown.status_code, page.status_code) == (200, 200)


def test_every_model_is_registered_and_no_state_can_be_typed(rf: Any, admin_user: User) -> None:
    request = rf.get("/")
    request.user = admin_user

    for model in apps.get_app_config("shipping").get_models():
        page = admin.site._registry[model]
        if any(field.name == "state" for field in model._meta.fields):
            assert not page.has_change_permission(request)
            assert not page.has_add_permission(request)
            assert not page.has_delete_permission(request)


def test_lists_show_no_buyer(day: Shipment, admin_client: Client) -> None:
    for model in MODELS:
        listed = admin_client.get(reverse(f"admin:shipping_{model}_changelist")).content.decode()
        assert "Canary" not in listed
        assert BUYER.line1 not in listed
    page = admin_client.get(reverse("admin:shipping_address_change", args=[Address.objects.get().pk]))
    assert "Canary" in page.content.decode()


BUTTONS = [
    ("shipment", "buy", "buy_label"),
    ("shipment", "void", "void_label"),
    ("shipment", "project_again", "reproject_shipment"),
    ("webhookdelivery", "run_again", "replay_webhook"),
    ("trackinganomaly", "resolve", "resolve_anomaly"),
    ("carrieraccount", "rotate", "rotate_secret"),
]


def snapshot() -> list[Any]:
    return [
        list(Shipment.objects.values("state")),
        list(LabelPurchase.objects.values("state", "attempts")),
        list(WebhookDelivery.objects.values("state", "attempts")),
        list(TrackingAnomaly.objects.values("resolved_at").order_by("pk")),
        list(Manifest.objects.values("state")),
        list(CarrierAccount.objects.values("webhook_secrets")),
    ]


@pytest.mark.parametrize(("model", "button", "permission"), BUTTONS)
def test_a_button_needs_its_permission_and_a_post(
    day: Shipment, client: Client, model: str, button: str, permission: str
) -> None:
    row = apps.get_model("shipping", model).objects.first()
    url = reverse(f"admin:shipping_{model}_{button}", args=[row.pk])
    before = snapshot()

    refused = member(client).post(url, SUBMIT)
    user = User.objects.get(username="lead")
    user.user_permissions.add(Permission.objects.get(codename=permission))
    asked = client.get(url)
    untouched = snapshot()
    pressed = client.post(url, SUBMIT)

    assert refused.status_code == 403
    assert asked.status_code == 200
    assert untouched == before
    assert pressed.headers["HX-Redirect"] == reverse(f"admin:shipping_{model}_change", args=[row.pk])


def test_the_buttons_do_what_they_say(
    account: CarrierAccount, make_shipment: MakeShipment, admin_client: Client
) -> None:
    shipment = make_shipment()

    admin_client.post(reverse("admin:shipping_shipment_buy", args=[shipment.pk]), SUBMIT)
    shipment.refresh_from_db()
    bought = shipment.state
    label = admin_client.get(reverse("admin:shipping_labelpurchase_open_label", args=[LabelPurchase.objects.get().pk]))
    admin_client.post(reverse("admin:shipping_shipment_void", args=[shipment.pk]), SUBMIT)
    shipment.refresh_from_db()

    assert bought == "label_created"
    assert label.content == bytes(LabelPurchase.objects.get().label or b"")
    assert label.headers["X-Content-Type-Options"] == "nosniff"
    assert shipment.state == "cancelled"


def offered(client: Client, row: Any) -> set[str]:
    """The buttons on an object's page, by name."""
    model = row._meta.model_name
    page = client.get(reverse(f"admin:shipping_{model}_change", args=[row.pk])).content.decode()
    return {
        name
        for of, name, _ in BUTTONS
        if of == model and reverse(f"admin:shipping_{model}_{name}", args=[row.pk]) in page
    }


def test_a_shipment_offers_what_it_can_do_now(
    account: CarrierAccount, make_shipment: MakeShipment, admin_client: Client, played_day: Any
) -> None:
    draft, voided, gone = (make_shipment() for _ in range(3))
    buy_labels(shipment_ids=[voided.pk, gone.pk])
    labelled = offered(admin_client, gone)
    void_shipment(shipment_id=voided.pk)
    manifest = close()
    assert manifest is not None
    on_manifest = offered(admin_client, gone)
    hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)

    assert offered(admin_client, draft) == {"buy", "void"}
    assert labelled == {"void", "project_again"}
    assert offered(admin_client, voided) == {"project_again"}
    assert on_manifest == {"project_again"}
    assert offered(admin_client, gone) == {"project_again"}


def test_a_label_in_doubt_can_be_asked_for_and_not_be_voided(
    account: CarrierAccount, make_shipment: MakeShipment, admin_client: Client, played_day: datetime
) -> None:
    shipment = make_shipment()
    LabelPurchase.objects.create(parcel=shipment.parcels.get(), reference="r-1", intended_at=played_day)

    assert offered(admin_client, shipment) == {"buy"}


def test_news_offers_what_a_person_decides(day: Shipment, admin_client: Client) -> None:
    delivery = WebhookDelivery.objects.get()
    waiting = offered(admin_client, delivery)
    delivery.park()
    delivery.save()
    by_hand = TrackingAnomaly.objects.get(kind="unknown_number")
    buttons = [offered(admin_client, TrackingAnomaly.objects.get(kind="unknown_code")), offered(admin_client, by_hand)]
    resolve_anomaly(anomaly_id=by_hand.pk)

    assert (waiting, offered(admin_client, delivery)) == (set(), {"run_again"})
    assert buttons == [set(), {"resolve"}]
    assert offered(admin_client, by_hand) == set()


def test_a_state_is_shown_as_its_word(day: Shipment, admin_client: Client) -> None:
    for model in ("shipment", "labelpurchase", "manifest", "shipmentchange", "webhookdelivery"):
        row = apps.get_model("shipping", model).objects.first()
        for url in (f"admin:shipping_{model}_changelist", f"admin:shipping_{model}_change"):
            text = admin_client.get(reverse(url, args=[row.pk] if url[-6:] == "change" else [])).content.decode()
            assert "(&#x27;" not in text, url
    listed = admin_client.get(reverse("admin:shipping_shipment_changelist")).content.decode()
    assert 'aria-hidden="true">output</span>Handed over</span>' in listed


def test_a_label_that_does_not_exist_is_not_found(day: Shipment, admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:shipping_labelpurchase_open_label", args=[999_999])).status_code == 404


def test_secrets_are_shown_once_only(day: Shipment, admin_client: Client) -> None:
    account = CarrierAccount.objects.get()
    admin_client.post(reverse("admin:shipping_carrieraccount_rotate", args=[account.pk]), SUBMIT)
    account.refresh_from_db()
    new = sealer().open(account.webhook_secrets[0]["secret"])
    page = reverse("admin:shipping_carrieraccount_change", args=[account.pk])

    assert new in admin_client.get(page).content.decode()
    assert new not in admin_client.get(page).content.decode()


def test_an_anomaly_that_follows_from_scans_closes_by_itself_only(day: Shipment, admin_client: Client) -> None:
    unknown_code = TrackingAnomaly.objects.get(kind="unknown_code")
    stranger = TrackingAnomaly.objects.get(kind="unknown_number")

    for anomaly in (unknown_code, stranger):
        admin_client.post(reverse("admin:shipping_trackinganomaly_resolve", args=[anomaly.pk]), SUBMIT)
        anomaly.refresh_from_db()

    assert unknown_code.resolved_at is None
    assert stranger.resolved_at is not None


def test_a_lane_leads_to_a_territory_that_there_is(admin_client: Client) -> None:
    url = reverse("admin:shipping_lane_add")
    values = {"site": "", "incoterm": "DDP", "reason": "sale"}

    admin_client.post(url, {**values, "destination": "ES-madrid"})
    assert not Lane.objects.exists()

    admin_client.post(url, {**values, "destination": "ES-canary"})
    assert Lane.objects.get().destination == "ES-canary"
