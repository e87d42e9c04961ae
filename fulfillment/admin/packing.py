"""Pack records: the proof of what is in the box."""

import uuid

from django.contrib import admin
from django.http import HttpRequest

from foundation.admin.buttons import list_button
from foundation.admin.pages import RecordPage, Rows, link_column
from fulfillment.admin.forms import PackSingleForm
from fulfillment.models import Pack, PackLine
from fulfillment.services.packing_singles import pack_single
from warehouses.models import Hub


class PackLineRows(Rows):
    """Which units are in which parcel."""

    model = PackLine
    verbose_name_plural = "In the parcels"
    fields = ["parcel", "line", "lot", "quantity"]
    related = ("parcel", "line__sku", "lot")


@admin.register(Pack)
class PackPage(RecordPage):
    """The pack record of an order."""

    order_link = link_column("order", ordering="order__number")

    list_display = ["id", "order_link", "packed_at", "station", "worker"]
    list_filter = ["station", "order__hub", "packed_at"]
    list_select_related = ["order", "worker"]
    search_fields = ["order__number", "order__external_ref", "station"]
    date_hierarchy = "packed_at"
    fields = ["order", ("packed_at", "station", "worker")]
    inlines = [PackLineRows]
    actions_list = ["pack_unit"]

    @list_button("Pack a single-item order", permission="fulfillment.add_pack", icon="package_2", form=PackSingleForm)
    def pack_unit(
        self,
        request: HttpRequest,
        hub: Hub,
        tote_code: str,
        item_code: str,
        station: str,
        scan_id: uuid.UUID,
        stickers: list[str],
    ) -> str:
        record = pack_single(
            hub=hub,
            tote_code=tote_code,
            item_code=item_code,
            scan_id=scan_id,
            station=station,
            worker_id=request.user.pk,
            stickers=stickers,
        )
        return f"It goes to {record.order.number}: close the box, the label follows by itself."


@admin.register(PackLine)
class PackLinePage(RecordPage):
    """Units of one line in one parcel."""

    order_link = link_column("pack__order", "Order", ordering="pack__order__number")
    parcel_link = link_column("parcel", ordering="parcel__tracking_no")
    sku_link = link_column("line__sku", "SKU", ordering="line__sku__code")

    list_display = ["id", "order_link", "parcel_link", "sku_link", "lot", "quantity"]
    list_filter = ["pack__order__hub", "pack__station"]
    list_select_related = ["pack__order", "parcel", "line__sku", "lot"]
    search_fields = ["pack__order__number", "parcel__tracking_no", "line__sku__code"]
    fields = ["pack", ("parcel", "line"), ("lot", "quantity")]
