"""Trails of what the flows run on: sellers, hubs, items, bins, addresses, files, events."""

from collections.abc import Iterator

from foundation.admin.trail import Stop, here, many, one, trail
from fulfillment.models import Event, IntakeRefusal, IntakeRun, Order, OrderLine, Wave
from warehouses.models import (
    Balance,
    Barcode,
    Bin,
    BinBalance,
    Count,
    Hub,
    HubStop,
    Inbound,
    Instruction,
    Lot,
    Move,
    MoveNumber,
    PickList,
    PickTask,
    Seller,
    Sku,
    Zone,
)

Stops = Iterator[Stop | None]


@trail(Seller)
def seller_trail(seller: Seller) -> Stops:
    """Everything hangs on the seller."""
    yield here(seller)
    yield many(seller.skus.all(), seller__id__exact=seller.pk)
    yield many(seller.inbounds.all(), seller__id__exact=seller.pk)
    yield many(seller.orders.all(), seller__id__exact=seller.pk)


@trail(Hub)
def hub_trail(hub: Hub) -> Stops:
    """What is in the hub, and what goes on."""
    yield here(hub)
    yield many(Zone.objects.filter(hub=hub), hub__id__exact=hub.pk)
    yield many(Bin.objects.filter(hub=hub), hub__id__exact=hub.pk)
    yield many(Inbound.objects.filter(hub=hub), hub__id__exact=hub.pk)
    yield many(Order.objects.filter(hub=hub), hub__id__exact=hub.pk)
    yield many(Wave.objects.filter(hub=hub), hub__id__exact=hub.pk)
    yield many(PickList.objects.filter(hub=hub), hub__id__exact=hub.pk)


@trail(Sku)
def sku_trail(sku: Sku) -> Stops:
    """Whose it is, what it is scanned by, where it is."""
    yield one("seller", sku.seller)
    yield here(sku)
    yield many(Barcode.objects.filter(sku=sku), sku__id__exact=sku.pk)
    yield many(Lot.objects.filter(sku=sku), sku__id__exact=sku.pk)
    yield many(Balance.objects.filter(sku=sku), sku__id__exact=sku.pk)
    yield many(BinBalance.objects.filter(sku=sku), sku__id__exact=sku.pk)
    yield many(Move.objects.filter(sku=sku), sku__id__exact=sku.pk)
    yield many(OrderLine.objects.filter(sku=sku), sku__id__exact=sku.pk)


@trail(Lot)
def lot_trail(lot: Lot) -> Stops:
    """Where these units came from and went."""
    yield one("SKU", lot.sku)
    yield here(lot)
    yield many(BinBalance.objects.filter(lot=lot), lot__id__exact=lot.pk)
    yield many(Move.objects.filter(lot=lot), lot__id__exact=lot.pk)


@trail(Bin)
def bin_trail(place: Bin) -> Stops:
    """What is in it, what came and went, who must come by."""
    yield one("hub", place.hub)
    yield here(place)
    yield many(BinBalance.objects.filter(bin=place), bin__id__exact=place.pk)
    yield _named("moves in", many(Move.objects.filter(to_bin=place), to_bin__id__exact=place.pk))
    yield _named("moves out", many(Move.objects.filter(from_bin=place), from_bin__id__exact=place.pk))
    yield many(PickTask.objects.filter(bin=place), bin__id__exact=place.pk)
    yield many(Count.objects.filter(bin=place), bin__id__exact=place.pk)


def _named(label: str, stop: Stop | None) -> Stop | None:
    return Stop(label, stop.text, stop.url, stop.model, stop.count) if stop else None


@trail(Instruction)
def instruction_trail(row: Instruction) -> Stops:
    """What moved by it."""
    yield here(row)
    yield many(Move.objects.filter(source=row.source), instruction=row.pk)


@trail(HubStop)
def stop_trail(stop: HubStop) -> Stops:
    """The hub that was stopped."""
    yield one("hub", stop.hub)
    yield here(stop)


@trail(MoveNumber)
def number_trail(row: MoveNumber) -> Stops:
    """The seller's number and the move it stands for."""
    yield one("seller", row.seller)
    yield here(row)
    yield one("move", row.move)


@trail(BinBalance)
def bin_balance_trail(balance: BinBalance) -> Stops:
    """The bin and the goods."""
    yield one("bin", balance.bin)
    yield one("SKU", balance.sku)
    yield here(balance)
    moves = Move.objects.filter(to_bin=balance.bin, sku=balance.sku)
    yield _named("moves in", many(moves, to_bin__id__exact=balance.bin_id, sku__id__exact=balance.sku_id))


@trail(Event)
def event_trail(event: Event) -> Stops:
    """What it happened to."""
    yield one("order", event.order)
    yield one("inbound", event.inbound)
    yield here(event)


@trail(IntakeRun)
def run_trail(run: IntakeRun) -> Stops:
    """A file and what became of it."""
    yield one("seller", run.seller)
    yield here(run)
    yield many(run.refusals.all(), run__id__exact=run.pk)


@trail(IntakeRefusal)
def refusal_trail(refusal: IntakeRefusal) -> Stops:
    """A refused row."""
    yield one("file", refusal.run)
    yield here(refusal)
