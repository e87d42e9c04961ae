"""What a played day leaves on paper, under `var/out/`: labels and slips by wave, labels of cartons and bins."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2

from fulfillment.models import Order, Wave
from labels.documents import bin_label, carton_label
from labels.models import PrintJob
from shipping.models import LabelPurchase
from warehouses.models import Bin, Hub, Inbound
from warehouses.services.documents import bin_labels, carton_labels

SOME_BINS = 24
"""Bin labels are printed for the first bays only: all would be 2,880."""

SOME_CARTONS = 20
"""So many of an inbound's carton labels are written in the printer's language too."""


def write_papers(*, hub: Hub, folder: Path) -> int:
    """Writes everything; returns how many files. Written again, the same names get the same contents."""
    folder.mkdir(parents=True, exist_ok=True)
    count = _carton_labels(hub, folder)
    count += _bin_labels(hub, folder)
    for wave in Wave.objects.filter(hub=hub).order_by("pk"):
        orders = list(Order.objects.filter(wave=wave, packed_at__isnull=False).order_by("packed_at", "pk"))
        count += _merged(folder / f"{wave.number}-labels.pdf", _labels(orders))
        count += _merged(folder / f"{wave.number}-slips.pdf", _slips(orders))
    return count


def _labels(orders: Sequence[Order]) -> Iterable[bytes]:
    """The carrier's own bytes, in the order the parcels were packed."""
    bought = LabelPurchase.objects.filter(
        parcel__shipment__order__in=orders, state=LabelPurchase.State.BOUGHT, label_type="application/pdf"
    )
    rows = bought.order_by("parcel__shipment__order__packed_at", "parcel__shipment", "parcel__sequence")
    return (bytes(label or b"") for label in rows.values_list("label", flat=True).iterator(chunk_size=50))


def _slips(orders: Sequence[Order]) -> Iterable[bytes]:
    """The slips as they were printed."""
    numbers = [order.number for order in orders]
    jobs = PrintJob.objects.filter(
        document=PrintJob.Document.PACKING_SLIP, reference__in=numbers, reprint_of=None
    ).order_by("pk")
    return (bytes(content) for content in jobs.values_list("content", flat=True).iterator(chunk_size=50))


def _merged(path: Path, documents: Iterable[bytes]) -> int:
    """One PDF with the pages of all; no file when there are none."""
    with pypdfium2.PdfDocument.new() as whole:
        for content in documents:
            with pypdfium2.PdfDocument(content) as part:
                whole.import_pages(part)
        if not len(whole):
            return 0
        buffer = BytesIO()
        whole.save(buffer)
    path.write_bytes(buffer.getvalue())
    return 1


def _carton_labels(hub: Hub, folder: Path) -> int:
    """Per inbound all SSCC labels as PDF, and the first ones for a label printer."""
    count = 0
    for inbound in Inbound.objects.filter(hub=hub).order_by("pk"):
        cartons = inbound.cartons.select_related("inbound__hub", "inbound__seller").order_by("number")
        labels = carton_labels(cartons=list(cartons))
        (folder / f"{inbound.number}-cartons.pdf").write_bytes(carton_label.render_pdf_many(labels))
        zpl = b"\n".join(carton_label.render_zpl(label) for label in labels[:SOME_CARTONS])
        (folder / f"{inbound.number}-cartons.zpl").write_bytes(zpl)
        count += 2
    return count


def _bin_labels(hub: Hub, folder: Path) -> int:
    places = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE).select_related("hub", "zone").order_by("code")
    labels = bin_labels(bins=list(places[:SOME_BINS]))
    (folder / "bins.pdf").write_bytes(bin_label.render_pdf_many(labels))
    (folder / "bins.zpl").write_bytes(b"\n".join(bin_label.render_zpl(label) for label in labels))
    return 2
