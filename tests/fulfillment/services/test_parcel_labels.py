"""The labels of packed parcels at the printer: one job a label however often it is asked, none for a voided one."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from foundation.errors import Conflict, Invalid
from fulfillment.models import Order
from fulfillment.services.documents import print_parcels
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.packing import pack_order
from labels.models import Printer, PrintJob
from labels.printing import print_queued, reprint_job
from labels.proving import prove_label
from shipping.carriers.simulator_process import SimulatedCarrier, running
from shipping.models import LabelPurchase, Parcel
from shipping.services.voiding import void_shipment
from tests.fulfillment.admin.scenes import quiet_hub
from tests.fulfillment.building import bench_scans, fresh, picked
from tests.labels.reading import ink_box, pdf_rasters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def carrier() -> Iterator[SimulatedCarrier]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def order(carrier: SimulatedCarrier, tmp_path: Path) -> Order:
    """Packed at a hub with one printer, and without a label yet."""
    scene = quiet_hub(base_url=carrier.url)
    Printer.objects.create(
        code="pack-1", name="Bench 1", site=scene.hub.code, kind="pdf", transport="file", address=str(tmp_path)
    )
    order = picked(scene.hub, {scene.sku: 1})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1")
    return fresh(order)


def shipment_of(order: Order) -> int:
    assert order.shipment_id
    return order.shipment_id


def label_jobs() -> list[PrintJob]:
    return list(PrintJob.objects.filter(document=PrintJob.Document.SHIPPING_LABEL).order_by("pk"))


def at_once(*calls: Callable[[], object]) -> None:
    """Runs the calls in threads that start together, each with a connection of its own; raises what they raise."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(run, calls))


def test_a_mark_of_limited_quantities_comes_out_behind_its_label(order: Order) -> None:
    ids = [shipment_of(order)]
    Parcel.objects.update(marks=["LQ"], length_mm=300, width_mm=120, height_mm=90)
    buy_order_labels(shipment_ids=ids)

    made = [print_parcels(shipment_ids=ids), print_parcels(shipment_ids=ids)]

    assert made == [3, 3]
    jobs = list(PrintJob.objects.order_by("pk"))
    assert [job.document for job in jobs] == ["shipping_label", "hazard_mark", "packing_slip"]
    (mark,) = pdf_rasters(bytes(jobs[1].content))
    left, _top, right, _bottom = ink_box(mark)
    assert (right - left) / 8 == pytest.approx(120 - 6, abs=2), "as large as fits on the parcel's largest face"


def test_two_packers_at_once_buy_and_print_one_label(order: Order) -> None:
    ids = [shipment_of(order)]

    def label_and_print() -> None:
        buy_order_labels(shipment_ids=ids)
        print_parcels(shipment_ids=ids)

    at_once(label_and_print, label_and_print)
    print_parcels(shipment_ids=ids)

    purchase = LabelPurchase.objects.get()
    (job,) = label_jobs()
    assert (job.proof_code, job.sha256) == (purchase.tracking_no, purchase.label_sha256)
    assert bytes(job.content) == bytes(purchase.label or b"")
    assert print_queued(site=order.hub.code).printed == 2
    with pytest.raises(Invalid) as refused:
        reprint_job(job_id=job.pk, reason="", key="again")
    assert refused.value.code == "reprint_reason_missing"
    assert label_jobs() == [job]


def test_the_label_of_a_parcel_is_proved_by_its_tracking_number(order: Order) -> None:
    buy_order_labels(shipment_ids=[shipment_of(order)])
    print_parcels(shipment_ids=[shipment_of(order)])
    print_queued(site=order.hub.code)
    (job,) = label_jobs()

    proved = prove_label(
        scanned=LabelPurchase.objects.get().tracking_no,
        site=order.hub.code,
        station="PACK-1",
        worker="B-104",
        scan_id=uuid.uuid4(),
        job_id=job.pk,
    )

    assert (proved.pk, proved.proved_by) == (job.pk, "B-104")


def test_a_voided_label_is_never_printed(order: Order, tmp_path: Path) -> None:
    ids = [shipment_of(order)]
    buy_order_labels(shipment_ids=ids)
    print_parcels(shipment_ids=ids)

    void_shipment(shipment_id=ids[0])
    print_parcels(shipment_ids=ids)
    print_queued(site=order.hub.code)

    (job,) = label_jobs()
    assert (job.state, job.withdrawn_because) == (PrintJob.State.CANCELLED, "the label was voided")
    assert [path.name for path in tmp_path.iterdir() if "shipping_label" in path.name] == []


def test_a_label_voided_before_anybody_printed_it_gets_no_job(order: Order) -> None:
    ids = [shipment_of(order)]
    buy_order_labels(shipment_ids=ids)
    void_shipment(shipment_id=ids[0])

    print_parcels(shipment_ids=ids)

    assert label_jobs() == []


def test_voided_and_printed_at_once_no_label_stays_in_the_queue(order: Order) -> None:
    ids = [shipment_of(order)]
    buy_order_labels(shipment_ids=ids)

    at_once(lambda: void_shipment(shipment_id=ids[0]), lambda: print_parcels(shipment_ids=ids))

    assert {job.state for job in label_jobs()} <= {PrintJob.State.CANCELLED}


def test_a_printed_label_that_was_voided_proves_nothing_and_gets_no_copy(order: Order) -> None:
    ids = [shipment_of(order)]
    buy_order_labels(shipment_ids=ids)
    print_parcels(shipment_ids=ids)
    print_queued(site=order.hub.code)
    void_shipment(shipment_id=ids[0])
    (job,) = label_jobs()

    with pytest.raises(Conflict) as refused:
        reprint_job(job_id=job.pk, reason="torn", key="again")

    assert refused.value.code == "print_job_withdrawn"
    assert label_jobs() == [job]
