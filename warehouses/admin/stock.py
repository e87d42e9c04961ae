"""The ledger and its sums: to be read, never written here."""

from typing import Any

from django.contrib import admin
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest

from foundation.admin.buttons import button
from foundation.admin.pages import RecordPage, badge_column, link_column
from warehouses.admin.forms import AdjustForm, ConditionForm, TransferForm, told
from warehouses.models import Balance, Bin, BinBalance, Move, PickList, PutawayTask, ReceiptScan, Reservation
from warehouses.services.handling import Goods, adjust_stock, change_condition, transfer_stock


class Cause(admin.SimpleListFilter):
    """A filter that only links use: it shows itself when it is set, so that it can be taken off again."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.used_parameters.get(self.parameter_name or "")
        return [(str(value), str(value))] if value else []

    def has_output(self) -> bool:
        return bool(self.value())


class OfInbound(Cause):
    """Moves that brought an inbound's goods in and to the shelf."""

    title = "inbound"
    parameter_name = "inbound"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Move]) -> QuerySet[Move]:
        number = self.value()
        return queryset.filter(moves_of_inbound(str(number))) if number else queryset


class OfInstruction(Cause):
    """Moves that one instruction made."""

    title = "instruction"
    parameter_name = "instruction"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Move]) -> QuerySet[Move]:
        number = self.value()
        return queryset.filter(source=f"instruction:{number}") if number else queryset


class OfPickList(Cause):
    """Moves that a picker made on one walk."""

    title = "pick list"
    parameter_name = "pick_list"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Move]) -> QuerySet[Move]:
        number = self.value()
        return queryset.filter(moves_of_pick_list(str(number))) if number else queryset


def moves_of_inbound(number: str) -> Q:
    """The ledger rows whose cause is a dock scan or a putaway of this inbound."""
    scans = ReceiptScan.objects.filter(line__carton__inbound__number=number)
    tasks = PutawayTask.objects.filter(work_ref=number)
    return Q(source__in=scans.values(cause=_cause("receipt", "scan_id"))) | Q(
        source__in=tasks.values(cause=_cause("putaway", "pk"))
    )


def _cause(kind: str, field: str) -> Concat:
    return Concat(Value(f"{kind}:"), Cast(F(field), CharField()), output_field=CharField())


def moves_of_pick_list(number: str) -> Q:
    """The picks and misses of this walk's lines while it was walked."""
    row = PickList.objects.filter(number=number).values("pk", "started_at", "finished_at").first()
    if row is None or row["started_at"] is None:
        return Q(pk__in=[])
    walked = Q(occurred_at__gte=row["started_at"])
    if row["finished_at"]:
        walked &= Q(occurred_at__lte=row["finished_at"])
    lines = Reservation.objects.filter(tasks__pick_list=row["pk"]).values("pk")
    return walked & Q(kind__in=[Move.Kind.PICK, Move.Kind.MISSING], reservation__in=lines)


@admin.register(Balance)
class BalancePage(RecordPage):
    """Units of a SKU in a hub."""

    sku_link = link_column("sku", "SKU", ordering="sku__code")
    hub_link = link_column("hub", ordering="hub__code", text="code")

    list_display = ["sku_link", "hub_link", "on_hand", "sellable", "reserved", "free"]
    list_display_links = ["on_hand"]
    list_filter = ["hub", "sku__seller"]
    list_select_related = ["sku", "hub"]
    search_fields = ["sku__code", "sku__name"]
    fields = ["hub", "sku_link", ("on_hand", "sellable"), ("reserved", "free")]

    @admin.display(description="Free to promise", ordering=F("sellable") - F("reserved"))
    def free(self, obj: Balance) -> int:
        return obj.available


@admin.register(BinBalance)
class BinBalancePage(RecordPage):
    """Units in one bin."""

    condition_badge = badge_column("condition")
    bin_link = link_column("bin", ordering="bin__code")
    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = ["bin_link", "sku_link", "lot", "condition_badge", "on_hand", "reserved", "since"]
    list_display_links = ["on_hand"]
    list_filter = ["condition", "bin__kind", "bin__hub", "sku__seller"]
    list_select_related = ["bin", "sku", "lot"]
    search_fields = ["bin__code", "sku__code", "sku__name", "lot__code"]
    fields = [("bin", "sku_link"), ("lot", "condition_badge"), ("on_hand", "reserved"), "since"]
    actions_detail = ["transfer", "adjust", "turn"]

    @button(
        "Transfer",
        permission="warehouses.change_binbalance",
        icon="swap_horiz",
        confirm="Units go to another shelf of this hub.",
        form=TransferForm,
        shows=lambda row: row.on_hand and row.bin.kind in Bin.SHELVES,
    )
    def transfer(self, request: HttpRequest, obj: BinBalance, to_bin: str, **given: Any) -> str:
        there = Bin.objects.filter(hub=obj.bin.hub_id, code=to_bin.strip().upper()).values_list("pk", flat=True)
        moved = transfer_stock(goods=_goods(obj), to_bin_id=there.first() or 0, actor_id=request.user.pk, **given)
        return told(moved)

    @button(
        "Adjust",
        permission="warehouses.change_binbalance",
        icon="tune",
        confirm="The books follow what you know. Fewer go to the missing place, more come from there first.",
        form=AdjustForm,
        shows=lambda row: row.bin.kind in (*Bin.SHELVES, Bin.Kind.MISSING),
    )
    def adjust(self, request: HttpRequest, obj: BinBalance, **given: Any) -> str:
        return told(adjust_stock(goods=_goods(obj), actor_id=request.user.pk, **given))

    @button(
        "Change condition",
        permission="warehouses.change_binbalance",
        icon="published_with_changes",
        confirm="Units stay where they are, in another condition.",
        form=ConditionForm,
        shows=lambda row: row.on_hand and row.bin.kind in Bin.SHELVES,
    )
    def turn(self, request: HttpRequest, obj: BinBalance, **given: Any) -> str:
        return told(change_condition(goods=_goods(obj), actor_id=request.user.pk, **given))


def _goods(row: BinBalance) -> Goods:
    return Goods(bin_id=row.bin_id, sku_id=row.sku_id, lot_id=row.lot_id, condition=row.condition)


@admin.register(Reservation)
class ReservationPage(RecordPage):
    """Units promised to a line of an order."""

    sku_link = link_column("sku", "SKU", ordering="sku__code")

    list_display = [
        "demand_ref", "sku_link", "hub", "priority", "placed_at", "wanted", "held", "assigned", "picked", "cancelled",
        "still_waiting",
    ]  # fmt: skip
    list_filter = ["hub", "sku__seller", "priority"]
    list_select_related = ["sku", "hub"]
    search_fields = ["demand_ref", "demand_group", "sku__code"]
    trail_lookups = ("tasks__pick_list",)
    fields = [
        ("demand_ref", "demand_group"), ("hub", "sku_link"), ("priority", "placed_at"), ("wanted", "held", "assigned"),
        ("picked", "cancelled", "still_waiting"),
    ]  # fmt: skip

    @admin.display(description="Waiting")
    def still_waiting(self, obj: Reservation) -> int:
        return obj.waiting


@admin.register(Move)
class MovePage(RecordPage):
    """The ledger itself."""

    kind_badge = badge_column("kind")
    sku_link = link_column("sku", "SKU", ordering="sku__code")
    from_link = link_column("from_bin", "From")
    to_link = link_column("to_bin", "To")
    condition_badge = badge_column("condition")

    list_display = [
        "id", "occurred_at", "kind_badge", "quantity", "sku_link", "from_link", "to_link", "lot", "condition_badge",
        "actor", "source",
    ]  # fmt: skip
    list_filter = ["kind", "condition", OfInbound, OfPickList, OfInstruction, "sku__seller"]
    list_select_related = ["sku", "lot", "from_bin", "to_bin", "actor"]
    search_fields = ["source", "sku__code", "from_bin__code", "to_bin__code", "reservation__demand_group"]
    date_hierarchy = "occurred_at"
    trail_lookups = ("reservation__demand_group",)
    fields = [
        ("kind_badge", "quantity"), ("sku_link", "lot"), ("from_bin", "to_bin"), ("condition_badge", "becomes"),
        ("source", "source_line", "reason"), "reservation", ("actor", "occurred_at", "recorded_at"),
    ]  # fmt: skip
