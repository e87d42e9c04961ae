"""What a played day leaves on paper, under `var/out/`: labels and slips by wave, labels of cartons and bins."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2

from fulfillment.models import Order, Wave
from labels.documents import bin_label, carton_label
from labels.documents.address import PostalAddress
from labels.models import PrintJob
from shipping.models import LabelPurchase
from warehouses.models import Bin, Carton, Hub, Inbound

SOME_BINS = 24
"""Bin labels are printed for the first bays only: all would be 2,880."""


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
    """Per inbound all SSCC labels as PDF, and the same for a label printer."""
    to = PostalAddress(
        name=hub.name,
        company=hub.company,
        lines=(hub.street,),
        postcode=hub.postcode,
        city=hub.city,
        country=hub.country,
    )
    count = 0
    for inbound in Inbound.objects.filter(hub=hub).select_related("seller").order_by("pk"):
        cartons = list(inbound.cartons.order_by("number"))
        labels = [_carton_label(inbound, carton, len(cartons), to) for carton in cartons]
        (folder / f"{inbound.number}-cartons.pdf").write_bytes(carton_label.render_pdf_many(labels))
        zpl = b"\n".join(carton_label.render_zpl(label) for label in labels[:20])
        (folder / f"{inbound.number}-cartons.zpl").write_bytes(zpl)
        count += 2
    return count


def _carton_label(inbound: Inbound, carton: Carton, count: int, to: PostalAddress) -> carton_label.CartonLabel:
    seller = inbound.seller
    return carton_label.CartonLabel(
        sscc=carton.sscc,
        ship_from=PostalAddress(name=seller.name, lines=(), postcode="", city="", country=seller.country),
        ship_to=to,
        inbound=inbound.number,
        carton_no=carton.number,
        carton_count=count,
        seller=seller.code,
    )


def _bin_labels(hub: Hub, folder: Path) -> int:
    bins = Bin.objects.filter(hub=hub, kind=Bin.Kind.STORAGE).select_related("zone").order_by("code")
    labels = [_bin_label(hub, place) for place in bins[:SOME_BINS]]
    (folder / "bins.pdf").write_bytes(bin_label.render_pdf_many(labels))
    (folder / "bins.zpl").write_bytes(b"\n".join(bin_label.render_zpl(label) for label in labels))
    return 2


def _bin_label(hub: Hub, place: Bin) -> bin_label.BinLabel:
    aisle, bay = place.code[:2], place.code[3:5]
    return bin_label.BinLabel(
        hub=hub.code,
        code=place.code,
        zone=place.zone.code,
        aisle=aisle,
        bay=bay,
        level=str(place.level + 1),
        position=place.side,
        check_digits=place.check_digits,
        arrow="up" if place.level == 2 else "",
    )
