"""Documents of an order: rows in, printable bytes out, and the hub's printers fed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from foundation.jobs import enqueue
from fulfillment.models import Order, PackLine
from labels.documents.address import PostalAddress
from labels.documents.packing_slip import PackingSlip, SlipLine, render_pdf_many
from labels.models import Printer, PrintJob
from labels.printing import PrintRequest, enqueue_many
from shipping.models import Address, LabelPurchase

RETURNS = "Not right? Put it back into this box and scan the code to get a return label."
RETURN_URL = "https://pakhuis.example/r/"


def packing_slip_pdf(*, orders: Sequence[Order]) -> bytes:
    """One PDF with a slip for each parcel of these packed orders, in the order given. No prices on it, ever."""
    slips = [slip for order in orders for slip in _slips(order)]
    return render_pdf_many(slips)


def _slips(order: Order) -> list[PackingSlip]:
    contents: dict[int, list[PackLine]] = defaultdict(list)
    rows = PackLine.objects.filter(pack__order=order).select_related("line__sku", "lot", "parcel")
    for row in rows.order_by("parcel__sequence", "line__number"):
        contents[row.parcel.sequence].append(row)
    message = _not_sent(order)
    slips = []
    for number, lines in contents.items():
        slips.append(
            PackingSlip(
                order_no=order.external_ref,
                shop=order.seller.name,
                ship_to=printable(order.ship_to),
                lines=tuple(_slip_line(line) for line in lines),
                ordered_on=_local_day(order),
                parcel_no=number,
                parcel_count=len(contents),
                return_instructions=RETURNS,
                return_url=f"{RETURN_URL}{order.number}",
                message=message,
            )
        )
    return slips


def _slip_line(row: PackLine) -> SlipLine:
    return SlipLine(
        sku=row.line.sku.code,
        title=row.line.sku.name,
        picked=row.quantity,
        lot=row.lot.code if row.lot else "",
    )


def _not_sent(order: Order) -> str:
    """What the buyer ordered and will not get, in one sentence; empty when all of it is here."""
    rows = order.lines.filter(cancelled__gt=0).select_related("sku").order_by("number")
    items = ", ".join(f"{row.cancelled} x {row.sku.name}" for row in rows)
    return f"No longer in stock and not sent: {items}." if items else ""


def _local_day(order: Order) -> date:
    return order.placed_at.astimezone(ZoneInfo(order.hub.timezone)).date()


def printable(address: Address) -> PostalAddress:
    """An address as the documents draw it."""
    return PostalAddress(
        name=address.name,
        company=address.company,
        lines=tuple(line for line in (address.line1, address.line2) if line),
        postcode=address.postcode,
        city=address.city,
        region=address.region,
        country=address.country,
        phone=address.phone,
    )


def print_parcels(*, shipment_ids: Sequence[int]) -> int:
    """Queues label and slip of every labelled parcel at the hub's printers; asked twice, it prints once.

    Returns the print jobs there are; 0 for a hub without printers, where people print from the order's page.
    """
    orders = Order.objects.filter(shipment__in=shipment_ids).select_related("hub", "seller", "ship_to")
    requests: list[PrintRequest] = []
    sites = set()
    for order in orders:
        printer = Printer.objects.filter(site=order.hub.code, active=True, kind="pdf").order_by("code").first()
        if printer is not None:
            requests.extend(_requests(order, printer))
            sites.add(order.hub.code)
    jobs = enqueue_many(requests=requests)
    for site in sorted(sites):
        enqueue("labels.print_queued", once=f"print:{site}", site=site)
    return len(jobs)


def _requests(order: Order, printer: Printer) -> list[PrintRequest]:
    bought = LabelPurchase.objects.filter(parcel__shipment=order.shipment_id, state=LabelPurchase.State.BOUGHT)
    labels = [
        PrintRequest(
            printer=printer,
            document=PrintJob.Document.SHIPPING_LABEL,
            content=bytes(purchase.label or b""),
            content_type=purchase.label_type,
            key=f"label:{purchase.label_sha256}",
            reference=order.number,
        )
        for purchase in bought.order_by("parcel__sequence")
    ]
    slip = PrintRequest(
        printer=printer,
        document=PrintJob.Document.PACKING_SLIP,
        content=packing_slip_pdf(orders=[order]),
        content_type="application/pdf",
        key=f"slip:{order.number}",
        reference=order.number,
    )
    return [*labels, slip]
