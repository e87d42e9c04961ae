"""Orders: what was promised, how far it is, why it waits, and the buttons that move it on."""

import io
import zipfile
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_fsm import can_proceed

from foundation.admin.buttons import button, document, list_button
from foundation.admin.pages import RecordPage, Rows, badge_column, link_column
from foundation.errors import Conflict
from foundation.quantities import counted
from fulfillment.admin.checked import CheckedFields
from fulfillment.admin.forms import HandOverForm
from fulfillment.models import Event, Order, OrderLine
from fulfillment.reasons import why_waiting, with_reasons
from fulfillment.services.border_papers import border_papers_pdf, crosses_a_border
from fulfillment.services.cancelling import cancel_order, why_too_late
from fulfillment.services.dispatch import dispatch_hub
from fulfillment.services.documents import packing_slip_pdf
from fulfillment.services.holding import hold_order, may_resume, resume_order
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.resolving import ship_short, waits_for_missing
from fulfillment.services.rushing import rush_order
from shipping.models import Address, LabelPurchase
from warehouses.models import Hub

State = Order.State
IN_PARCELS = {State.PACKED, State.SHIPPED, State.DELIVERED, State.RETURNED}


class LineRows(Rows):
    """The lines, each with how far its reservation is."""

    model = OrderLine
    verbose_name_plural = "Lines"
    sku_link = link_column("sku", "SKU")
    fields = ["number", "sku_link", "quantity", "held", "picked", "shipped", "cancelled", "waiting"]
    related = ("sku", "reservation")

    @admin.display(description="Held")
    def held(self, line: OrderLine) -> int | str:
        return line.reservation.held if line.reservation else "–"

    @admin.display(description="Picked")
    def picked(self, line: OrderLine) -> int | str:
        return line.reservation.picked if line.reservation else "–"

    @admin.display(description="Without stock")
    def waiting(self, line: OrderLine) -> int | str:
        return line.reservation.waiting if line.reservation else "–"


class StoryRows(Rows):
    """What happened, in the words a seller reads."""

    model = Event
    verbose_name_plural = "Story"
    fields = ["occurred_at", "kind", "facts"]
    ordering = ("id",)
    show_change_link = False

    @admin.display(description="Facts")
    def facts(self, event: Event) -> str:
        return facts_of(event)


def facts_of(event: Event) -> str:
    """What an event carries, as one reads it."""
    return ", ".join(f"{name} {value}" for name, value in event.data.items()) or "–"


@admin.register(Order)
class OrderPage(CheckedFields, RecordPage):
    """One buyer's order."""

    state_badge = badge_column("state")
    seller_link = link_column("seller", ordering="seller__code", text="name")
    wave_link = link_column("wave", ordering="wave__number")

    list_display = [
        "number",
        "state_badge",
        "reason",
        "seller_link",
        "external_ref",
        "ship_by",
        "wave_link",
        "placed_at",
    ]
    list_filter = ["state", "hold", "hub", "seller", "channel", "ship_by", "short_policy"]
    list_select_related = ["seller", "wave"]
    trail_lookups = (
        "lines__reservation__tasks__pick_list__state__exact", "lines__reservation__tasks__cart_tote__id__exact",
    )  # fmt: skip
    search_fields = ["number", "external_ref", "shipment__number", "shipment__parcels__tracking_no"]
    date_hierarchy = "ship_by"
    inlines = [LineRows, StoryRows]
    actions_list = ["hand_over"]
    actions_detail = [
        *("hold", "resume", "rush", "correct_address", "take_proposal", "ship_short", "buy_label"),
        *("packing_slip", "labels", "customs_papers", "cancel"),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "state_badge"),
                    "why",
                    "missing",
                    "doubts",
                    ("seller", "hub"),
                    ("external_ref", "channel"),
                ]
            },
        ),
        ("On its way", {"fields": [("wave", "shipment")]}),
        (
            "Clock",
            {
                "fields": [
                    ("allocated_at", "released_at", "picked_at"),
                    ("packed_at", "shipped_at", "delivered_at"),
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return with_reasons(super().get_queryset(request)).select_related("seller", "hub", "ship_to")

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """Where it goes is shown to whoever may see buyers; to others, which address it is."""
        place = "goes_to" if request.user.has_perm("shipping.view_address") else "ship_to"
        promise = {"fields": [("placed_at", "ship_by"), ("priority", "short_policy"), ("is_gift", place)]}
        first, *rest = self.fieldsets
        return [first, ("Promise", promise), *rest]

    @admin.display(description="Ship to")
    def goes_to(self, order: Order) -> SafeString:
        return _in_lines(order.ship_to)

    @admin.display(description="Waits for", ordering="hold")
    def reason(self, order: Order) -> str:
        why = why_waiting(order)
        return why.code.replace("_", " ") if why else "–"

    @admin.display(description="Why it is not gone yet")
    def why(self, order: Order) -> SafeString | str:
        why = why_waiting(order)
        if why is None:
            return "Nothing holds it."
        words = why.code.replace("_", " ")
        return format_html('{} <span class="pk-muted">· {} · {}</span>', why.next_step, why.owner, words)

    @button(
        "Hold",
        permission="fulfillment.change_order",
        icon="pause_circle",
        shows=lambda order: can_proceed(order.put_on_hold),
    )
    def hold(self, request: HttpRequest, order: Order) -> str:
        hold_order(order_id=order.pk)
        return f"{order.number} is on hold. Its stock stays promised."

    @button(
        "Resume",
        permission="fulfillment.change_order",
        icon="play_circle",
        shows=may_resume,
    )
    def resume(self, request: HttpRequest, order: Order) -> str:
        resume_order(order_id=order.pk)
        return f"{order.number} is back in the queue, in its old place."

    @button(
        "Rush",
        permission="fulfillment.change_order",
        icon="bolt",
        shows=lambda order: order.state in {Order.State.ALLOCATED, Order.State.RELEASED},
    )
    def rush(self, request: HttpRequest, order: Order) -> str:
        rushed = rush_order(order_id=order.pk)
        if rushed.is_out:
            return (
                f"{rushed.pick_list.number} is out and takes {order.number} along: {rushed.added_mm / 1000:.0f} m more."
            )
        return f"{order.number} is on {rushed.pick_list.number}, the next cart to be taken."

    @button(
        "Send what there is",
        permission="fulfillment.change_order",
        icon="call_split",
        confirm="What was picked will be sent. The missing units are cancelled, and the shop is told.",
        shows=waits_for_missing,
    )
    def ship_short(self, request: HttpRequest, order: Order) -> str:
        sent = ship_short(order_id=order.pk)
        return f"{order.number} goes on as {sent.get_state_display().lower()}."

    @button(
        "Buy the label again",
        permission="shipping.buy_label",
        icon="label",
        shows=lambda order: order.hold == Order.Hold.CARRIER,
    )
    def buy_label(self, request: HttpRequest, order: Order) -> str:
        if order.shipment_id is None:
            raise Conflict(
                f"{order.number} is not packed: there is nothing to buy a label for.", code="order_not_packed"
            )
        outcomes = buy_order_labels(shipment_ids=[order.shipment_id])
        refused = [outcome for outcome in outcomes if outcome.status == "refused"]
        if refused:
            raise Conflict(f"The carrier refuses again: {refused[0].message}", code="carrier_refused")
        return f"Bought: {', '.join(outcome.tracking_no for outcome in outcomes if outcome.tracking_no) or 'in doubt'}."

    @document(
        "Packing slip",
        permission="fulfillment.view_order",
        icon="receipt_long",
        shows=lambda order: order.state in IN_PARCELS,
    )
    def packing_slip(self, request: HttpRequest, order: Order) -> HttpResponse:
        if order.state not in IN_PARCELS:
            raise Conflict(f"{order.number} is not packed yet: there is no slip.", code="order_not_packed")
        return HttpResponse(packing_slip_pdf(orders=[order]), content_type="application/pdf")

    @document("Labels", permission="fulfillment.view_order", icon="label", shows=lambda order: _bought(order).exists())
    def labels(self, request: HttpRequest, order: Order) -> HttpResponse:
        return _label_file(order, list(_bought(order)))

    @document("Customs papers", permission="fulfillment.view_order", icon="public", shows=crosses_a_border)
    def customs_papers(self, request: HttpRequest, order: Order) -> HttpResponse:
        papers = border_papers_pdf(order=order)
        if papers is None:
            raise Conflict(f"No customs ask for papers of {order.number}.", code="no_papers")
        return HttpResponse(papers, content_type="application/pdf")

    @button(
        "Call the order off",
        permission="fulfillment.change_order",
        icon="block",
        confirm="The order is called off and its stock is free for others. This can't be taken back.",
        is_danger=True,
        shows=lambda order: can_proceed(order.cancel) and why_too_late(order) is None,
    )
    def cancel(self, request: HttpRequest, order: Order) -> str:
        cancel_order(order_id=order.pk)
        return f"{order.number} is cancelled."

    @list_button(
        "Hand over to a carrier",
        permission="shipping.hand_over_manifest",
        icon="output",
        form=HandOverForm,
        confirm="Closes the manifest over every labelled parcel, tells the carrier, and books them as gone. "
        "Press it when the van is loaded.",
    )
    def hand_over(self, request: HttpRequest, parcels: str) -> str:
        site, _, carrier_code = parcels.partition("/")
        manifest = dispatch_hub(hub=Hub.objects.get(code=site), carrier_code=carrier_code)
        if manifest is None:
            return "Nothing was waiting: somebody was quicker."
        return f"Manifest {manifest.number}: handed over {counted(manifest.parcels.count(), 'parcel')}."


def _bought(order: Order) -> QuerySet[LabelPurchase]:
    """The order's labels that are good, parcel by parcel."""
    bought = LabelPurchase.objects.filter(parcel__shipment=order.shipment_id, state=LabelPurchase.State.BOUGHT)
    return bought.order_by("parcel__sequence")


def _in_lines(address: Address) -> SafeString:
    """An address as one writes it, one part a line."""
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    street = (address.name, address.company, address.line1, address.line2)
    lines = [*street, town, address.country, address.phone, address.email]
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines if line))


def _label_file(order: Order, bought: list[LabelPurchase]) -> HttpResponse:
    """The carrier's own bytes: one label as it is, several in one archive."""
    if not bought:
        raise Conflict(f"{order.number} has no label yet.", code="no_label")
    if len(bought) == 1:
        return HttpResponse(_content(bought[0]), content_type=bought[0].label_type)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, purchase in enumerate(bought, start=1):
            kind = "pdf" if purchase.label_type == "application/pdf" else "zpl"
            archive.writestr(f"{order.number}-{number}.{kind}", _content(purchase))
    headers = {"Content-Disposition": f'attachment; filename="{order.number}-labels.zip"'}
    return HttpResponse(file.getvalue(), content_type="application/zip", headers=headers)


def _content(purchase: LabelPurchase) -> bytes:
    return bytes(purchase.label or b"")


@admin.register(OrderLine)
class OrderLinePage(RecordPage):
    """So many of one SKU."""

    order_link = link_column("order", ordering="order__number")
    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = ["id", "order_link", "number", "sku_link", "quantity", "held", "picked", "shipped", "cancelled"]
    list_filter = ["order__state", "order__hub", "order__seller"]
    list_select_related = ["order", "sku", "reservation"]
    search_fields = ["order__number", "order__external_ref", "sku__code", "sku__name"]
    fields = [("order", "number"), "sku_link", ("quantity", "shipped", "cancelled"), "reservation"]

    @admin.display(description="Held")
    def held(self, line: OrderLine) -> int | str:
        return line.reservation.held if line.reservation else "–"

    @admin.display(description="Picked")
    def picked(self, line: OrderLine) -> int | str:
        return line.reservation.picked if line.reservation else "–"


@admin.register(Event)
class EventPage(RecordPage):
    """What happened; append-only."""

    order_link = link_column("order", ordering="order__number")
    inbound_link = link_column("inbound", ordering="inbound__number")

    list_display = ["occurred_at", "kind", "order_link", "inbound_link", "seller", "facts"]
    list_filter = ["kind", "seller", "occurred_at"]
    list_select_related = ["order", "inbound", "seller"]
    search_fields = ["kind", "order__number", "inbound__number"]
    date_hierarchy = "occurred_at"
    fields = [("occurred_at", "kind"), ("order", "inbound"), "seller", "facts", "recorded_at"]

    @admin.display(description="Facts")
    def facts(self, event: Event) -> str:
        return facts_of(event)
