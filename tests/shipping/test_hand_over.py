"""From labels to a manifest, over the dock, and back as signed webhooks from a carrier that misbehaves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from foundation import clock
from foundation.errors import Conflict, Unavailable
from shipping.carriers.simulator_process import SimulatedCarrier, running
from shipping.carriers.simulator_world import World
from shipping.models import CarrierAccount, Manifest, Parcel, Shipment, TrackingAnomaly, TrackingScan, WebhookDelivery
from shipping.planning.customs import Consignment, Line
from shipping.planning.territories import territory_of
from shipping.services.buying import buy_labels
from shipping.services.inbox import process_deliveries
from shipping.services.manifesting import hand_over_manifest
from shipping.services.polling import poll_tracking
from shipping.services.shipments import CustomsInput
from shipping.services.voiding import void_shipment
from tests.shipping.conftest import BUYER, NOW, SECRET, MakeShipment, close, nothing_held, open_desk


def labelled(make_shipment: MakeShipment, count: int, **more: object) -> list[Shipment]:
    shipments = [make_shipment(**more) for _each in range(count)]
    assert {o.status for o in buy_labels(shipment_ids=[s.pk for s in shipments], label_format="zpl")} == {"bought"}
    return shipments


def states() -> set[str]:
    return set(Shipment.objects.values_list("state", flat=True))


def test_a_manifest_takes_what_is_labelled_and_hands_it_over_once(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    labelled(make_shipment, 2, parcels=2)
    draft = make_shipment()

    manifest = close()
    assert manifest is not None
    nothing = close()
    changes = hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)
    again = hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)

    assert manifest.number.startswith("AMS1-SIMULATOR-20261123-")
    assert manifest.carrier_number
    assert manifest.parcels.count() == 4
    assert nothing is None
    assert [(c.from_state, c.to_state, c.occurred_at) for c in changes] == [("label_created", "handed_over", NOW)] * 2
    assert again == []
    assert TrackingScan.objects.filter(source="hub").count() == 4
    draft.refresh_from_db()
    assert draft.state == Shipment.State.DRAFT


def test_a_manifest_the_carrier_did_not_hear_of_is_announced_again(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    labelled(make_shipment, 1)
    url = account.base_url
    CarrierAccount.objects.update(base_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        close()
    stuck = Manifest.objects.get()
    with pytest.raises(Conflict):
        hand_over_manifest(manifest_id=stuck.pk, holds=nothing_held)
    CarrierAccount.objects.update(base_url=url)

    manifest = close()

    assert stuck.state == Manifest.State.CLOSING
    assert manifest is not None
    assert (manifest.pk, manifest.state) == (stuck.pk, Manifest.State.CLOSED)
    assert Manifest.objects.count() == 1


def test_a_parcel_on_a_manifest_cannot_be_voided(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    (shipment,) = labelled(make_shipment, 1)
    close()

    with pytest.raises(Conflict) as refusal:
        void_shipment(shipment_id=shipment.pk)

    assert refusal.value.code == "on_manifest"
    assert states() == {"label_created"}


def test_the_carrier_refuses_to_void_what_it_already_has(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    (shipment,) = labelled(make_shipment, 1)
    close()
    Parcel.objects.update(manifest=None)

    with pytest.raises(Conflict) as refusal:
        void_shipment(shipment_id=shipment.pk)

    assert refusal.value.code == "already_moving"
    assert states() == {"label_created"}


def test_a_manifest_the_carrier_refuses_lets_its_parcels_go(
    account: CarrierAccount, make_shipment: MakeShipment, played_day: datetime
) -> None:
    (shipment,) = labelled(make_shipment, 1)
    shipment.parcels.get().purchases.update(carrier_ref="UNKNOWN")

    with pytest.raises(Conflict) as refusal:
        close()

    assert refusal.value.code == "manifest_refused"
    assert Manifest.objects.count() == 0
    assert Parcel.objects.get().manifest is None


@pytest.fixture
def telling(transactional_db: None, live_server: LiveServer, played_day: datetime) -> Iterator[SimulatedCarrier]:
    """A simulated carrier that tells our real endpoint over HTTP; AMS1's account stands with it."""
    with running(webhook_url=f"{live_server.url}/webhooks/carriers/simulator/", secret=SECRET) as carrier:
        open_desk(carrier.url)
        yield carrier


def hand_over(make_shipment: MakeShipment, count: int) -> list[Shipment]:
    shipments = labelled(make_shipment, count)
    manifest = close()
    assert manifest is not None
    hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)
    return shipments


def read_inbox(until: datetime) -> None:
    with clock.playing(until):
        while process_deliveries().done:
            pass


def test_parcels_arrive_whatever_the_manners_of_the_carrier(
    telling: SimulatedCarrier, make_shipment: MakeShipment
) -> None:
    hand_over(make_shipment, 30)
    rude = {"doubled": True, "shuffled": True, "history": True, "late": True}

    moments = [NOW + timedelta(hours=h) for h in (6, 20, 30, 50, 100)]
    reports = []
    for until in moments:
        reports.append(telling.advance(until, **rude))
        read_inbox(until)
    while telling.advance(moments[-1], shuffled=True)["events"]:
        read_inbox(moments[-1])

    assert all(report["failed"] == 0 for report in reports)
    assert states() <= {"delivered", "returned", "lost"}
    assert Shipment.objects.filter(state="delivered").count() >= 24
    numbers = Parcel.objects.values_list("tracking_no", flat=True)
    with httpx.Client(base_url=telling.url, headers={"Authorization": f"Bearer {telling.token}"}) as http:
        told = sum(len(http.get(f"/tracking/{number}").json()["events"]) for number in numbers)
    assert TrackingScan.objects.filter(source="carrier").count() == told
    assert TrackingAnomaly.objects.filter(resolved_at=None).count() == 0
    assert WebhookDelivery.objects.exclude(state="done").count() == 0


def test_news_that_never_came_is_fetched(telling: SimulatedCarrier, make_shipment: MakeShipment) -> None:
    hand_over(make_shipment, 3)
    CarrierAccount.objects.update(webhook_secrets=[])
    report = telling.advance(NOW + timedelta(days=6))

    with clock.playing(NOW + timedelta(hours=1)):
        early = poll_tracking()
    with clock.playing(NOW + timedelta(days=6)):
        polled = poll_tracking()
        again = poll_tracking()

    assert report["failed"] == report["webhooks"] > 0
    assert WebhookDelivery.objects.count() == 0
    assert (early.new, again.new) == (0, 0)
    assert polled.new == report["events"]
    assert states() <= {"delivered", "returned", "lost"}


def test_the_carrier_remembers_after_a_restart(
    transactional_db: None, make_shipment: MakeShipment, played_day: datetime, tmp_path: Path
) -> None:
    state = tmp_path / "simulator.jsonl"
    with running(state=state) as carrier:
        open_desk(carrier.url)
        (shipment,) = labelled(make_shipment, 1)
        close()
        before = carrier.stats()
    with state.open("a") as journal:
        journal.write('{"do": "book", "tracking_no": "cut by a cra')
    purchase = shipment.parcels.get().purchases.get()

    with running(state=state) as carrier:
        after = carrier.stats()
        with httpx.Client(base_url=carrier.url, headers={"Authorization": f"Bearer {carrier.token}"}) as http:
            found = http.get("/shipments", params={"reference": purchase.reference}).json()["shipments"]
            refused = http.post("/shipments", content=json.dumps({"service": "STANDARD"}))
            stranger = httpx.get(f"{carrier.url}/control/stats")

    assert after == before
    assert [each["tracking_no"] for each in found] == [purchase.tracking_no]
    assert (refused.status_code, stranger.status_code) == (400, 401)


def test_parcels_on_their_way_keep_their_pace_whatever_the_speed_after_a_restart(
    transactional_db: None, make_shipment: MakeShipment, played_day: datetime, tmp_path: Path
) -> None:
    state = tmp_path / "simulator.jsonl"
    with running(state=state) as carrier:
        open_desk(carrier.url)
        labelled(make_shipment, 2)
        close()
    journal = state.read_bytes()

    scans = []
    for speed in (1.0, 600.0):
        state.write_bytes(journal)
        world = World(state=state, speed=speed)
        scans.append(world.due(NOW + timedelta(days=30)))
        world.close()

    assert scans[0] == scans[1]
    assert len(scans[0]) >= 8
    assert max(scan.at for scan in scans[0]) > NOW + timedelta(hours=15)


def test_a_carrier_abroad_passes_customs(telling: SimulatedCarrier, make_shipment: MakeShipment) -> None:
    swiss = replace(BUYER, postcode="8001", city="Zürich", country="CH")
    shirts = (Line("SHIRT", "Cotton T-shirt", 2, 180, 2_500, "610910", "PT"),)
    consignment = Consignment(territory_of("NL", "1019 BN"), territory_of("CH", "8001"), shirts)
    papers = CustomsInput(consignment, shirts)
    shipments = labelled(make_shipment, 1, to=swiss, service="EUROPE", customs=papers)
    manifest = close()
    assert manifest is not None
    hand_over_manifest(manifest_id=manifest.pk, holds=nothing_held)

    telling.advance(NOW + timedelta(days=30))
    read_inbox(NOW + timedelta(days=30))

    codes = set(TrackingScan.objects.filter(source="carrier").values_list("code", flat=True))
    assert {"CU", "CR"} <= codes
    shipments[0].refresh_from_db()
    assert shipments[0].state in {"delivered", "returned", "lost"}
