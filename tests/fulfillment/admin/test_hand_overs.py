"""The dispatch doors in the admin: trailers are opened, loaded and sent off; manifests handed over."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from fulfillment.models import LeftBehind, Order
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.packing import pack_order
from shipping.carriers.simulator_process import running
from shipping.models import Carrier, LoadScan, Manifest, Parcel, Pickup, Trailer
from shipping.services.manifesting import Departure, close_manifest
from tests.fulfillment.admin.scenes import Scene, clerk, quiet_hub
from tests.fulfillment.admin.test_buttons import page, press, said, url_of
from tests.fulfillment.building import bench_scans, fresh, picked
from warehouses.services.freshness import today_in

pytestmark = pytest.mark.django_db(transaction=True)
BUTTONS = ("load", "take_off", "depart", "cancel")


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    """A hub whose carrier answers."""
    with running() as carrier:
        yield quiet_hub(base_url=carrier.url)


def labelled(scene: Scene) -> Parcel:
    order = picked(scene.hub, {scene.sku: 1})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1")
    buy_order_labels(shipment_ids=[fresh(order).shipment_id])
    return Parcel.objects.get(shipment=fresh(order).shipment_id)


def opened(client: Client, scene: Scene, **given: object) -> Trailer:
    values = {"hub": scene.hub.pk, "carrier": Carrier.objects.get().pk, "door": "out-1", "plate": "12-abc-3"}
    answer = client.post(reverse("admin:shipping_trailer_open"), {**values, **given})
    assert said(answer)[-1] == "12-ABC-3 at OUT-1 is open."
    return Trailer.objects.get()


def scan(code: str) -> dict[str, object]:
    return {"code": code, "station": "OUT-1", "scan_id": uuid.uuid4()}


def offered(client: Client, trailer: Trailer) -> list[str]:
    shown = page(client, trailer)
    return [name for name in BUTTONS if f'"{url_of(trailer, name)}"' in shown]


def test_a_trailer_is_loaded_and_sent_off(lead: Client, scene: Scene) -> None:
    first, second = labelled(scene), labelled(scene)
    trailer = opened(lead, scene)
    empty = page(lead, trailer)

    loaded = press(lead, trailer, "load", **scan(first.tracking_no))
    again = press(lead, trailer, "load", **scan(first.tracking_no))
    strange = press(lead, trailer, "load", **scan("NOBODYS"))
    half = page(lead, trailer)
    off = press(lead, trailer, "take_off", **scan(first.tracking_no))
    press(lead, trailer, "load", **scan(second.tracking_no))
    before = offered(lead, trailer)
    gone = press(lead, trailer, "depart", seal="nl-7")

    assert said(loaded)[-1] == f"{first.tracking_no}: Loaded on 12-ABC-3 at OUT-1."
    assert said(again)[-1] == f"{first.tracking_no}: It was on 12-ABC-3 at OUT-1 already."
    assert said(strange)[-1] == "No parcel of ours has this code."
    assert said(off)[-1] == f"{first.tracking_no}: Taken off 12-ABC-3 at OUT-1."
    assert ("0 of 2" in empty, "1 of 2" in half) == (True, True)
    assert said(gone)[-1] == "12-ABC-3 at OUT-1 has left with 1 parcel."
    assert (before, offered(lead, trailer)) == (list(BUTTONS), [])
    assert sorted(Order.objects.values_list("state", flat=True)) == ["packed", "shipped"]
    assert {scan.worker.is_superuser for scan in LoadScan.objects.all()} == {True}
    assert f">{Manifest.objects.get()}<" in page(lead, trailer)


def test_a_trailer_opened_by_mistake_is_cancelled(lead: Client, scene: Scene) -> None:
    trailer = opened(lead, scene, cut_off="2026-11-23T17:00")

    assert said(press(lead, trailer, "cancel"))[-1] == "12-ABC-3 at OUT-1 is cancelled."

    assert offered(lead, trailer) == []
    assert str(trailer.ship_on) == "2026-11-23"
    assert trailer.cut_off is not None
    assert trailer.cut_off.isoformat() == "2026-11-23T16:00:00+00:00"


@pytest.mark.parametrize("name", BUTTONS)
def test_a_trailer_is_not_touched_without_permission(client: Client, lead: Client, scene: Scene, name: str) -> None:
    trailer = opened(lead, scene)
    before = Trailer.objects.values().get()
    client.force_login(clerk("shipping.view_trailer", "shipping.view_manifest"))

    assert press(client, trailer, name, **scan("X"), seal="1").status_code == 403
    assert client.post(reverse("admin:shipping_trailer_open"), {}).status_code == 403

    assert Trailer.objects.values().get() == before
    assert not LoadScan.objects.exists()


def test_a_manifest_that_waits_for_the_driver_is_handed_over(lead: Client, scene: Scene) -> None:
    parcel = labelled(scene)
    manifest = close_manifest(
        site=scene.hub.code, carrier_code="simulator", departure=Departure(today_in(scene.hub)), holds=lambda ids: {}
    )
    assert manifest is not None
    shown = page(lead, manifest)

    answer = press(lead, manifest, "hand_over")

    url = f'"{url_of(manifest, "hand_over")}"'
    assert (url in shown, url in page(lead, manifest)) == (True, False)
    assert said(answer)[-1] == "Handed over 1 parcel."
    assert Order.objects.get(shipment=parcel.shipment_id).state == "shipped"


def test_a_carrier_is_asked_to_come_and_told_not_to(lead: Client, scene: Scene) -> None:
    url = reverse("admin:shipping_pickup_ask")
    values = {"hub": scene.hub.pk, "carrier": Carrier.objects.get().pk, "ready_at": "2031-03-03T16:00"}

    too_short = lead.post(url, {**values, "close_at": "2031-03-03T16:20"})
    asked = lead.post(url, {**values, "close_at": "2031-03-03T18:00"})
    pickup = Pickup.objects.get(state="confirmed")
    off = press(lead, pickup, "call_off")

    assert said(too_short)[-1] == "Simulated Post will not come: The driver needs a window of an hour."
    assert said(asked)[-1] == "Simulated Post comes."
    assert pickup.ready_at.isoformat() == "2031-03-03T15:00:00+00:00"
    assert said(off)[-1] == "The pick-up is called off."
    assert f'"{url_of(pickup, "call_off")}"' not in page(lead, pickup)


def test_a_reason_is_amended_by_somebody_who_knows(lead: Client, scene: Scene) -> None:
    parcel = labelled(scene)
    row = LeftBehind.objects.create(
        order=parcel.shipment.order, parcel=parcel, hub=scene.hub, carrier=parcel.carrier, ship_on="2026-11-23",
        found="not_scanned", reason="not_scanned", noted_at=clock.now(),
    )  # fmt: skip

    press(lead, row, "amend", reason="wrong_lane", note="stood at door 2")

    row.refresh_from_db()
    assert (row.found, row.reason, row.note) == ("not_scanned", "wrong_lane", "stood at door 2")
    listed = lead.get(reverse("admin:fulfillment_leftbehind_changelist"), {"here": "yes"}).content.decode()
    assert "stood at door 2" in listed
