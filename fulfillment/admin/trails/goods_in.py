"""Trails of goods coming in: from the seller's plan to the shelf."""

from collections.abc import Iterator

from foundation.admin.trail import Stop, here, many, one, trail
from fulfillment.models import Charge
from warehouses.admin.stock import moves_of_inbound
from warehouses.models import (
    Carton,
    CartonLine,
    Case,
    Count,
    Finding,
    Inbound,
    InboundParcel,
    Move,
    PutawayTask,
    ReceiptPhoto,
    ReceiptScan,
)

Stops = Iterator[Stop | None]


@trail(Inbound)
def inbound_trail(inbound: Inbound) -> Stops:
    """From the seller's plan to the shelf."""
    lines = CartonLine.objects.filter(carton__inbound=inbound)
    scans = ReceiptScan.objects.filter(line__carton__inbound=inbound)
    yield one("seller", inbound.seller)
    yield here(inbound)
    yield many(inbound.parcels.all(), inbound__id__exact=inbound.pk)
    yield many(inbound.cartons.all(), inbound__id__exact=inbound.pk)
    yield many(lines, carton__inbound=inbound.pk)
    yield many(scans, line__carton__inbound=inbound.pk)
    yield many(inbound.cases.all(), inbound=inbound.pk)
    yield many(PutawayTask.objects.filter(work_ref=inbound.number), work_ref__exact=inbound.number)
    yield many(Move.objects.filter(moves_of_inbound(inbound.number)), inbound=inbound.number)


@trail(InboundParcel)
def inbound_parcel_trail(parcel: InboundParcel) -> Stops:
    """A parcel on its way to the dock."""
    yield one("seller", parcel.inbound.seller)
    yield one("inbound", parcel.inbound)
    yield here(parcel)


@trail(Carton)
def carton_trail(carton: Carton) -> Stops:
    """One box."""
    yield one("seller", carton.inbound.seller)
    yield one("inbound", carton.inbound)
    yield here(carton)
    yield many(carton.lines.all(), carton__id__exact=carton.pk)
    yield many(ReceiptScan.objects.filter(line__carton=carton), line__carton=carton.pk)
    yield many(carton.findings.all(), carton=carton.pk)
    yield many(carton.photos.all(), carton=carton.pk)
    yield many(carton.cases.all(), carton=carton.pk)


@trail(CartonLine)
def carton_line_trail(line: CartonLine) -> Stops:
    """Planned against found."""
    yield one("inbound", line.carton.inbound)
    yield one("carton", line.carton)
    yield here(line)
    yield many(line.scans.all(), line__id__exact=line.pk)
    yield many(line.cases.all(), line=line.pk)
    yield one("SKU", line.sku)


@trail(ReceiptScan)
def receipt_trail(scan: ReceiptScan) -> Stops:
    """The proof, and the move it made."""
    source = f"receipt:{scan.scan_id}"
    yield one("inbound", scan.line.carton.inbound)
    yield one("carton", scan.line.carton)
    yield one("line", scan.line)
    yield here(scan)
    yield many(Move.objects.filter(source=source), source__exact=source)


@trail(Case)
def case_trail(case: Case) -> Stops:
    """What was not as announced, its proof, and what it moved."""
    yield one("seller", case.seller)
    yield one("inbound", case.inbound)
    yield one("carton", case.carton)
    yield one("line", case.line)
    yield here(case)
    yield many(ReceiptPhoto.objects.filter(carton=case.carton_id), carton=case.carton_id)
    yield one("instruction", case.instruction)
    yield many(case.charges.all(), case=case.pk)


@trail(Charge)
def charge_trail(charge: Charge) -> Stops:
    """What was done, by which price, and what was taken back."""
    yield one("seller", charge.seller)
    yield one("inbound", charge.case.inbound)
    yield one("case", charge.case)
    yield here(charge)
    yield one("rate", charge.rate)
    yield one("rate card", charge.rate.card)
    yield many(Charge.objects.filter(corrects=charge), corrects=charge.pk)


@trail(Finding)
def finding_trail(finding: Finding) -> Stops:
    """Units that nobody knows."""
    yield one("inbound", finding.carton.inbound)
    yield one("carton", finding.carton)
    yield here(finding)
    yield many(finding.carton.cases.filter(line=None), carton=finding.carton_id, kind__exact="unknown")


@trail(PutawayTask)
def putaway_trail(task: PutawayTask) -> Stops:
    """From the dock to a bin."""
    source = f"putaway:{task.pk}"
    yield one("inbound", Inbound.objects.filter(number=task.work_ref).first())
    yield here(task)
    yield many(Move.objects.filter(source=source), source__exact=source)
    yield one("to bin", task.to_bin)


@trail(Count)
def count_trail(count: Count) -> Stops:
    """Where to look, and what it changed."""
    source = f"count:{count.pk}"
    yield one("bin", count.bin)
    yield one("SKU", count.sku)
    yield here(count)
    yield many(Move.objects.filter(source=source), source__exact=source)
