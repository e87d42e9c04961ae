"""The admin's sidebar: the two flows, what they run on, and who runs them. Rooms that nobody may enter are left out."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from fulfillment.admin.control_room import PERMISSION

ROOMS: Final = (
    (
        "Goods in",
        (
            ("warehouses.inbound", "input"),
            ("warehouses.appointment", "event"),
            ("warehouses.inboundparcel", "deployed_code_update"),
            ("warehouses.carton", "package"),
            ("warehouses.pallet", "pallet"),
            ("warehouses.case", "help"),
            ("warehouses.receiptscan", "barcode_scanner"),
            ("warehouses.putawaytask", "shelves"),
        ),
    ),
    (
        "Orders",
        (
            ("fulfillment.order", "shopping_bag"),
            ("fulfillment.wave", "waves"),
            ("warehouses.picklist", "route"),
            ("warehouses.picktask", "checklist"),
            ("fulfillment.pack", "inventory"),
        ),
    ),
    (
        "Dispatch",
        (
            ("shipping.shipment", "local_shipping"),
            ("shipping.parcel", "deployed_code"),
            ("shipping.trailer", "garage_door"),
            ("shipping.manifest", "output"),
            ("fulfillment.leftbehind", "inventory_2"),
            ("shipping.loadscan", "barcode_scanner"),
            ("shipping.pickup", "airport_shuttle"),
            ("shipping.trackingscan", "qr_code_scanner"),
            ("shipping.trackinganomaly", "question_mark"),
            ("shipping.webhookdelivery", "webhook"),
        ),
    ),
    (
        "Stock",
        (
            ("warehouses.sku", "sell"),
            ("warehouses.balance", "balance"),
            ("warehouses.binbalance", "inventory_2"),
            ("warehouses.move", "swap_horiz"),
            ("warehouses.reservation", "bookmark"),
            ("warehouses.lot", "event"),
            ("warehouses.count", "pin"),
            ("warehouses.instruction", "gavel"),
        ),
    ),
    (
        "Hub",
        (
            ("warehouses.hub", "warehouse"),
            ("warehouses.dockdoor", "garage_door"),
            ("warehouses.bin", "grid_view"),
            ("warehouses.zone", "dashboard"),
            ("warehouses.carttype", "trolley"),
            ("warehouses.hubstop", "pan_tool"),
            ("labels.printer", "print"),
            ("labels.printjob", "print_connect"),
            ("labels.printagent", "cloud_sync"),
        ),
    ),
    (
        "Sellers",
        (
            ("warehouses.seller", "storefront"),
            ("fulfillment.tradernumber", "assured_workload"),
            ("fulfillment.member", "group"),
            ("fulfillment.apitoken", "key"),
            ("fulfillment.charge", "receipt_long"),
            ("fulfillment.ratecard", "payments"),
            ("fulfillment.intakerun", "upload_file"),
            ("fulfillment.event", "history"),
        ),
    ),
    (
        "Carriers",
        (
            ("shipping.carrier", "commute"),
            ("shipping.carrieraccount", "contract"),
            ("shipping.service", "speed"),
            ("fulfillment.carrierrule", "rule"),
            ("shipping.lane", "swap_calls"),
            ("shipping.embargo", "block"),
            ("shipping.hazardsticker", "warning"),
            ("shipping.box", "box"),
        ),
    ),
    (
        "People",
        (
            ("warehouses.worker", "badge"),
            ("auth.user", "person"),
            ("auth.group", "groups"),
        ),
    ),
)
"""Group, and in it each page's model and icon. Tables of detail are reached by trails, and by "All applications"."""


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The theme's navigation for this user; the first entry is the control room."""
    pages = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    first = "Control room" if request.user.has_perm(PERMISSION) else "Your work"
    groups: list[dict[str, Any]] = [{"items": [{"title": first, "icon": "monitoring", "link": reverse("admin:index")}]}]
    for title, rooms in ROOMS:
        items = [
            {
                "title": capfirst(pages[label].opts.verbose_name_plural),
                "icon": icon,
                "link": reverse(f"admin:{label.replace('.', '_')}_changelist"),
            }
            for label, icon in rooms
            if label in pages and pages[label].has_view_or_change_permission(request)
        ]
        if title == "Goods in" and pages["warehouses.appointment"].has_view_or_change_permission(request):
            calendar = {"title": "Dock calendar", "icon": "calendar_month"}
            items.insert(0, {**calendar, "link": reverse("admin:warehouses_dock_calendar")})
        if title == "Hub" and pages["warehouses.hub"].has_view_or_change_permission(request):
            items.insert(0, {"title": "Hub map", "icon": "map", "link": reverse("admin:warehouses_hub_map")})
        if items:
            groups.append({"title": title, "collapsible": True, "items": items})
    _mark_active(groups, request.path)
    return groups


def _mark_active(groups: list[dict[str, Any]], path: str) -> None:
    """Lights up where one is: the entry with the longest address, for a calendar lies below its appointments."""
    first, *rooms = [item for group in groups for item in group["items"]]
    below = [item["link"] for item in rooms if path.startswith(item["link"])]
    here = max(below, key=len, default=first["link"] if path == first["link"] else "")
    for item in (first, *rooms):
        item["active"] = item["link"] == here
