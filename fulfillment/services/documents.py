"""Documents of an order: rows in, printable bytes out, and the hub's printers fed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction

from foundation.jobs import enqueue
from fulfillment.models import Order, OrderLine, PackLine
from fulfillment.services.border_papers import border_papers_pdf, with_papers
from fulfillment.services.letterheads import printable
from labels.documents import limited_quantity
from labels.documents.limited_quantity import LimitedQuantityMark
from labels.documents.packing_slip import PackingSlip, SlipLine, render_pdf_many
from labels.documents.slip_words import language_of
from labels.models import Printer, PrintJob
from labels.printing import PrintRequest, enqueue_many
from shipping.locks import lock_shipments
from shipping.models import LabelPurchase
from shipping.planning.dangerous import LQ_MARK


def packing_slip_pdf(*, orders: Sequence[Order]) -> bytes:
    """One PDF with a slip for each parcel of these packed orders, in the order given. No prices on it, ever."""
    slips = _slips(orders)
    return render_pdf_many([slip for order in orders for slip in slips[order.pk]])


def _slips(orders: Sequence[Order]) -> dict[int, list[PackingSlip]]:
    """The slips by order id; the number of queries does not depend on the number of orders."""
    contents: dict[int, dict[int, list[PackLine]]] = {order.pk: defaultdict(list) for order in orders}
    rows = PackLine.objects.filter(pack__order__in=contents).select_related("line__sku", "lot", "parcel")
    for row in rows.order_by("pack__order", "parcel__sequence", "line__number"):
        contents[row.line.order_id][row.parcel.sequence].append(row)
    messages = _not_sent(contents)
    return {order.pk: _slips_of(order, contents[order.pk], messages.get(order.pk, "")) for order in orders}


def _slips_of(order: Order, contents: Mapping[int, Sequence[PackLine]], message: str) -> list[PackingSlip]:
    return [
        PackingSlip(
            order_no=order.external_ref,
            shop=order.seller.name,
            ship_to=printable(order.ship_to),
            lines=tuple(_slip_line(line) for line in lines),
            ordered_on=_local_day(order),
            parcel_no=number,
            parcel_count=len(contents),
            message=message,
            language=language_of(order.ship_to.country, order.ship_to.postcode),
        )
        for number, lines in contents.items()
    ]


def _slip_line(row: PackLine) -> SlipLine:
    return SlipLine(
        sku=row.line.sku.code,
        title=row.line.sku.name,
        picked=row.quantity,
        lot=row.lot.code if row.lot else "",
    )


def _not_sent(order_ids: Collection[int]) -> dict[int, str]:
    """By order, what the buyer ordered and will not get, in one sentence; nothing for an order that is complete."""
    rows = OrderLine.objects.filter(order__in=order_ids, cancelled__gt=0).order_by("order_id", "number")
    items: dict[int, list[str]] = defaultdict(list)
    for order_id, units, name in rows.values_list("order_id", "cancelled", "sku__name"):
        items[order_id].append(f"{units} x {name}")
    return {order_id: f"No longer in stock and not sent: {', '.join(names)}." for order_id, names in items.items()}


def _local_day(order: Order) -> date:
    return order.placed_at.astimezone(ZoneInfo(order.hub.timezone)).date()


@transaction.atomic
def print_parcels(*, shipment_ids: Sequence[int]) -> int:
    """Queues labels, marks, slip and customs papers of every labelled parcel at the hub's printers; twice is once.

    Returns the print jobs there are; 0 for a hub without printers, where people print from the order's page.
    """
    # Voiding locks the shipment too: it is over, and the label isn't printed, or comes after and withdraws the job.
    lock_shipments(shipment_ids)
    orders = list(
        Order.objects.filter(shipment__in=shipment_ids).select_related("hub", "seller", "ship_to", "shipment")
    )
    printers = _printers({order.hub.code for order in orders})
    printed = [order for order in orders if order.hub.code in printers]
    labels, slips = _labels(printed), _slips(printed)
    abroad = with_papers(printed)
    requests: list[PrintRequest] = []
    for order in printed:
        requests.extend(_requests(order, printers[order.hub.code], labels[order.shipment_id], slips[order.pk]))
        if order.pk in abroad and (papers := border_papers_pdf(order=order)):
            requests.append(_border_papers(order, printers[order.hub.code], papers))
    jobs = enqueue_many(requests=requests)
    for site in sorted(printers):
        enqueue("labels.print_queued", once=f"print:{site}", site=site)
    return len(jobs)


def _printers(sites: Collection[str]) -> dict[str, Printer]:
    """The first page printer of each site that has one."""
    rows = Printer.objects.filter(site__in=sites, active=True, kind="pdf").order_by("site", "-code")
    return {printer.site: printer for printer in rows}


def _labels(orders: Sequence[Order]) -> dict[int | None, list[LabelPurchase]]:
    """The bought labels by shipment, parcel by parcel."""
    bought = LabelPurchase.objects.filter(
        parcel__shipment__in=[order.shipment_id for order in orders], state=LabelPurchase.State.BOUGHT
    )
    found: dict[int | None, list[LabelPurchase]] = defaultdict(list)
    for purchase in bought.select_related("parcel").order_by("parcel__shipment", "parcel__sequence"):
        found[purchase.parcel.shipment_id].append(purchase)
    return found


def _requests(
    order: Order, printer: Printer, bought: Sequence[LabelPurchase], slips: Sequence[PackingSlip]
) -> list[PrintRequest]:
    labels = [
        PrintRequest(
            printer=printer,
            document=PrintJob.Document.SHIPPING_LABEL,
            content=bytes(purchase.label or b""),
            content_type=purchase.label_type,
            key=purchase.print_key,
            reference=order.number,
            proof_code=purchase.tracking_no,
        )
        for purchase in bought
    ]
    slip = PrintRequest(
        printer=printer,
        document=PrintJob.Document.PACKING_SLIP,
        content=render_pdf_many(slips),
        content_type="application/pdf",
        key=f"slip:{order.number}",
        reference=order.number,
    )
    return [
        *labels,
        *(_limited_quantity(order, printer, each) for each in bought if LQ_MARK in each.parcel.marks),
        slip,
    ]


def _limited_quantity(order: Order, printer: Printer, purchase: LabelPurchase) -> PrintRequest:
    """The mark of one parcel with limited quantities, as large as its largest face takes it; to be stuck on."""
    parcel = purchase.parcel
    side_mm = limited_quantity.side_for(parcel.length_mm, parcel.width_mm, parcel.height_mm)
    return PrintRequest(
        printer=printer,
        document=PrintJob.Document.HAZARD_MARK,
        content=limited_quantity.render_pdf(LimitedQuantityMark(side_mm)),
        content_type="application/pdf",
        key=f"lq:{purchase.label_sha256}",
        reference=order.number,
    )


def _border_papers(order: Order, printer: Printer, content: bytes) -> PrintRequest:
    """A job of its own for each version: a label bought anew has another number, and the papers name it."""
    return PrintRequest(
        printer=printer,
        document=PrintJob.Document.CUSTOMS_PAPERS,
        content=content,
        content_type="application/pdf",
        key=f"customs:{order.number}:{sha256(content).hexdigest()}",
        reference=order.number,
    )
