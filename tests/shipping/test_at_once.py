"""Several workers and packers at the same moment: nothing lost, nothing doubled, no deadlock."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from foundation import clock
from shipping.carriers.base import ScanEvent
from shipping.models import (
    CarrierAccount,
    Parcel,
    Shipment,
    ShipmentChange,
    TrackingAnomaly,
    TrackingScan,
    WebhookDelivery,
)
from shipping.services.addresses import add_address
from shipping.services.inbox import process_deliveries
from shipping.services.projecting import project_shipments
from shipping.services.shipments import ParcelInput, ShipmentInput, create_shipment
from shipping.services.tracking import record_scans
from tests.shipping.conftest import BUYER, HUB, NOW, MakeShipment
from tests.shipping.webhook_tools import body_of

LATER = NOW + timedelta(days=10)


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Runs jobs in threads that start together; answers what they gave, raises what they raised."""
    start = threading.Barrier(len(jobs))
    results: list[object] = []
    faults: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            results.append(job())
        except BaseException as fault:  # noqa: BLE001 - raised again in the test's own thread
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return results


def label(shipment: Shipment, number: str) -> None:
    with clock.playing(NOW), transaction.atomic():
        Parcel.objects.filter(shipment=shipment).update(tracking_no=number, labelled_at=NOW)
        project_shipments({shipment.pk: Shipment.objects.select_for_update().get(pk=shipment.pk)})


def test_four_workers_told_overlapping_scans_end_with_the_truth(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    shipments = [make_shipment() for _each in range(6)]
    for index, shipment in enumerate(shipments):
        label(shipment, f"T{index}")
    journey = [("PU", 1), ("DP", 3), ("OD", 20), ("AT", 22), ("OD", 44), ("DV", 47)]
    scans = [
        ScanEvent(f"T{index}", code, NOW + timedelta(hours=hours), f"{code}{hours}")
        for index in range(6)
        for code, hours in journey
    ]

    def worker(seed: int) -> Callable[[], None]:
        rng = random.Random(seed)
        mine = rng.sample(scans, len(scans))

        def tell() -> None:
            with clock.playing(LATER):
                for start in range(0, len(mine), 7):
                    record_scans(carrier_code="simulator", scans=mine[start : start + 7])

        return tell

    at_once(*(worker(seed) for seed in range(4)))

    assert set(Shipment.objects.values_list("state", "delivered_at")) == {("delivered", NOW + timedelta(hours=47))}
    assert TrackingScan.objects.count() == 36
    assert TrackingAnomaly.objects.filter(resolved_at=None).count() == 0
    for shipment in shipments:
        steps = list(ShipmentChange.objects.filter(shipment=shipment).values_list("from_state", "to_state"))
        assert [before for before, _after in steps][1:] == [after for _before, after in steps][:-1]


def test_two_workers_share_the_inbox(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    for index in range(4):
        label(make_shipment(), f"T{index}")
    for n in range(24):
        body = body_of(("DP", 3 + n), number=f"T{n % 4}")
        WebhookDelivery.objects.create(carrier=account.carrier, body=body, body_sha256=f"{n:064d}")

    def work() -> int:
        done = 0
        with clock.playing(LATER):
            while report := process_deliveries(limit=5).done:
                done += report
        return done

    results = at_once(work, work)

    assert sum(int(str(done)) for done in results) == 24
    assert WebhookDelivery.objects.exclude(state="done").count() == 0
    assert TrackingScan.objects.count() == 24


def test_one_reference_asked_for_at_once_makes_one_shipment(account: CarrierAccount) -> None:
    service = account.carrier.services.get(code="STANDARD")
    asked: dict[str, Any] = {
        "reference": "twice",
        "site": "AMS1",
        "ship_to_id": add_address(place=BUYER).pk,
        "ship_from": HUB,
        "service_id": service.pk,
        "parcels": (ParcelInput(300, 200, 100, 800),) * 2,
    }

    made = at_once(*[lambda: create_shipment(shipment=ShipmentInput(**asked)).pk] * 4)

    assert len(set(made)) == 1
    assert Shipment.objects.count() == 1
    assert Parcel.objects.count() == 2
