"""What is printed for parcels that cross a border, and for the driver who takes them: rows in, PDF out."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from foundation import clock
from fulfillment.models import Order
from fulfillment.selectors.hand_over import hand_over_list
from fulfillment.services.letterheads import printable, seller_at_hub
from labels.documents import cn22, cn23, commercial_invoice, manifest
from labels.documents.commercial_invoice import CommercialInvoice, Party
from labels.documents.customs_form import Category, CustomsForm, CustomsLine
from labels.drawing import pdf
from labels.drawing.canvas import Canvas
from shipping.models import Manifest, Parcel
from shipping.planning.customs import Customs
from shipping.selectors import ParcelPapers, customs_papers
from warehouses.models import Hub

_CATEGORY = {
    "sale": Category.SALE,
    "gift": Category.GIFT,
    "sample": Category.SAMPLE,
    "return": Category.RETURN,
    "repair": Category.OTHER,
}
_FORMS = {"cn22": cn22.layout, "cn23": cn23.layout}


def border_papers_pdf(*, order: Order) -> bytes | None:
    """The customs forms and invoices of an order's parcels, parcel by parcel, as one PDF; None where none is asked for.

    Select the order's hub, seller, ship_to and shipment.
    """
    pages = [page for papers in _papers(order) for page in _pages(order, papers)]
    return pdf.render(pages, title=f"Customs papers {order.number}") if pages else None


def with_papers(orders: Sequence[Order]) -> set[int]:
    """The ids of those whose packed parcels have something to declare."""
    declared = Parcel.objects.filter(voided_at=None, customs__isnull=False)
    found = declared.filter(shipment__in={order.shipment_id for order in orders if order.shipment_id})
    return set(found.values_list("shipment__order", flat=True))


def crosses_a_border(order: Order) -> bool:
    """Whether its packed parcels have something to declare."""
    return bool(with_papers([order]))


def _papers(order: Order) -> list[ParcelPapers]:
    return customs_papers(order.shipment) if order.shipment else []


def _pages(order: Order, papers: ParcelPapers) -> list[Canvas]:
    """One parcel's: its form, then the invoice as often as customs want it."""
    asked = papers.customs.papers
    tracking_no = Parcel.objects.values_list("tracking_no", flat=True).get(pk=papers.parcel_id)
    number = f"{order.number}-{papers.sequence}"
    invoice_no = number if asked.invoice_copies else ""
    form = _FORMS.get(asked.form)
    pages = form(_form(order, papers, tracking_no or number, invoice_no)) if form else []
    for _copy in range(asked.invoice_copies):
        pages += commercial_invoice.layout(_invoice(order, papers, tracking_no, number))
    return pages


def _form(order: Order, papers: ParcelPapers, number: str, invoice_no: str) -> CustomsForm:
    said = papers.customs
    return CustomsForm(
        number=number,
        category=_CATEGORY[said.reason],
        sender=seller_at_hub(order),
        recipient=printable(order.ship_to),
        lines=_lines(said),
        currency=said.currency,
        gross_weight_g=papers.weight_g,
        signed_by=said.seller or order.seller.name,
        signed_on=_day(order),
        sender_reference=said.exporter_eori,
        ioss=said.ioss,
        importer_reference=said.importer_vat or said.importer_eori,
        invoice_no=invoice_no,
    )


def _invoice(order: Order, papers: ParcelPapers, tracking_no: str, number: str) -> CommercialInvoice:
    said = papers.customs
    seller = seller_at_hub(order)
    is_importer = bool(said.importer_eori or said.importer_vat)
    return CommercialInvoice(
        number=number,
        issued_on=_day(order),
        exporter=Party(seller, eori=said.exporter_eori, vat=said.exporter_vat),
        buyer=Party(printable(order.ship_to)),
        importer=Party(seller, eori=said.importer_eori, vat=said.importer_vat) if is_importer else None,
        incoterm=commercial_invoice.Incoterm(said.incoterm),
        place=f"{order.ship_to.city}, {order.ship_to.country}",
        reason=_CATEGORY[said.reason].value[0],
        lines=_lines(said),
        currency=said.currency,
        gross_weight_g=papers.weight_g,
        tracking_no=tracking_no,
        signed_by=said.seller or order.seller.name,
    )


def _lines(said: Customs) -> tuple[CustomsLine, ...]:
    """Weights and values of all units of a line, as the papers want them."""
    return tuple(
        CustomsLine(
            description=line.description,
            quantity=line.quantity,
            net_weight_g=line.quantity * line.net_weight_g,
            value_cents=line.quantity * line.value_cents,
            hs_code=line.hs_code,
            origin=line.origin,
        )
        for line in said.lines
    )


def _day(order: Order) -> date:
    """The day on which it was packed, at the hub: papers printed again say the same."""
    return (order.packed_at or clock.now()).astimezone(ZoneInfo(order.hub.timezone)).date()


def manifest_pdf(*, handed_over: Manifest) -> bytes:
    """The driver's list of one hand-over, with the names of both under it; times are the hub's."""
    said = hand_over_list(manifest=handed_over)
    zone = Hub.objects.values_list("timezone", flat=True).get(code=handed_over.site)
    trailer = " · ".join(word for word in (said.plate, f"seal {said.seal}" if said.seal else "") if word)
    written = "%d %b %Y %H:%M"
    return manifest.render_pdf(
        manifest.Manifest(
            number=said.number,
            carrier=said.carrier,
            hub=said.hub,
            trailer=trailer,
            cutoff=f"{said.cut_off.astimezone(ZoneInfo(zone)):{written}}" if said.cut_off else "",
            closed=f"{said.closed_at.astimezone(ZoneInfo(zone)):{written}}",
            zone=zone,
            parcels=tuple(
                manifest.ManifestParcel(
                    tracking_no=row.tracking_no,
                    reference=row.order_reference,
                    service=row.service,
                    country=row.country,
                    postcode=row.postcode,
                    weight_g=row.weight_g,
                    limited_quantity=row.is_lq,
                    marks=tuple(mark for mark in row.marks if mark != manifest.LIMITED_QUANTITY),
                )
                for row in said.rows
            ),
            left_behind=tuple(
                manifest.LeftBehind(row.tracking_no, row.order_reference, row.note or row.reason)
                for row in said.left_behind
            ),
        )
    )
