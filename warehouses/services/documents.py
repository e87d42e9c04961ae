"""Documents of the floor, as bytes to print: carton labels for sellers and the dock, bin labels for the racks."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.db.models import Count

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.quantities import counted
from labels.documents import bin_label, carton_label, item_label, packing_list
from labels.documents import pick_list as paper_pick_list
from labels.documents.address import PostalAddress
from warehouses.models import Bin, Carton, CartonLine, CartTote, Hub, Inbound, Pallet, PickList, PickTask, Sku


def carton_labels(*, cartons: Sequence[Carton]) -> list[carton_label.CartonLabel]:
    """A label per carton in the order given, with its SSCC. Select `inbound__hub` and `inbound__seller`."""
    inbounds = {carton.inbound_id for carton in cartons}
    totals = dict(Inbound.objects.filter(pk__in=inbounds).annotate(n=Count("cartons")).values_list("pk", "n"))
    plans = _plans(cartons)
    return [_carton_label(carton, totals[carton.inbound_id], plans[carton.pk]) for carton in cartons]


def _plans(cartons: Sequence[Carton]) -> dict[int, list[CartonLine]]:
    """What each carton should hold."""
    found: dict[int, list[CartonLine]] = {carton.pk: [] for carton in cartons}
    for line in CartonLine.objects.filter(carton__in=found, planned__gt=0).select_related("sku").order_by("pk"):
        found[line.carton_id].append(line)
    return found


def _contents(plan: Sequence[CartonLine]) -> str:
    """What a person should find on opening it: the item if there is one, else how many of how many."""
    units, skus = sum(line.planned for line in plan), {line.sku_id: line.sku for line in plan}
    if len(skus) == 1:
        (sku,) = skus.values()
        return f"{units} × {sku}"
    return f"{counted(len(skus), 'SKU')}, {counted(units, 'unit')}" if skus else ""


def carton_labels_pdf(*, cartons: Sequence[Carton]) -> bytes:
    """One PDF with a page for each of `carton_labels`."""
    return carton_label.render_pdf_many(carton_labels(cartons=cartons))


def _carton_label(carton: Carton, count: int, plan: Sequence[CartonLine]) -> carton_label.CartonLabel:
    return replace(_label(carton.inbound, carton.sscc, plan), carton_no=carton.number, carton_count=count)


def _label(inbound: Inbound, sscc: str, plan: Sequence[CartonLine]) -> carton_label.CartonLabel:
    """What the labels of cartons and pallets have in common."""
    return carton_label.CartonLabel(
        sscc=sscc,
        ship_from=_seller_address(inbound),
        ship_to=sender_of(inbound.hub),
        inbound=inbound.number,
        seller=inbound.seller.code,
        contents=_contents(plan),
        weight_g=sum(line.planned * line.sku.weight_g for line in plan),
    )


def _seller_address(inbound: Inbound) -> PostalAddress:
    return PostalAddress(name=inbound.seller.name, lines=(), postcode="", city="", country=inbound.seller.country)


def pallet_labels(*, pallets: Sequence[Pallet]) -> list[carton_label.CartonLabel]:
    """A label per pallet in the order given. Select `inbound__hub` and `inbound__seller`."""
    inbounds = {pallet.inbound_id for pallet in pallets}
    totals = dict(Inbound.objects.filter(pk__in=inbounds).annotate(n=Count("pallets")).values_list("pk", "n"))
    plans: dict[int, list[CartonLine]] = {pallet.pk: [] for pallet in pallets}
    cartons: dict[int, set[int]] = {pallet.pk: set() for pallet in pallets}
    for line in CartonLine.objects.filter(carton__pallet__in=plans).select_related("sku", "carton").order_by("pk"):
        pallet_id = line.carton.pallet_id or 0
        plans[pallet_id].append(line)
        cartons[pallet_id].add(line.carton_id)
    return [
        replace(
            _label(pallet.inbound, pallet.sscc, plans[pallet.pk]),
            carton_no=pallet.number,
            carton_count=totals[pallet.inbound_id],
            contents=f"{counted(len(cartons[pallet.pk]), 'carton')}: {_contents(plans[pallet.pk])}",
            unit="Pallet",
        )
        for pallet in pallets
    ]


def item_labels(*, inbound: Inbound, sku: str = "") -> list[tuple[item_label.ItemLabel, int]]:
    """A label for each item of the inbound, or for this one alone, and how many units are announced, by SKU code.

    A GTIN is printed where the item has one, else its own code. Raises `NotFound` (`sku_unknown`) for an item that is
    not in the inbound, `Conflict` (`barcode_missing`) for one without any code.
    """
    lines = CartonLine.objects.filter(carton__inbound=inbound).order_by("sku__code")
    units: Counter[int] = Counter()
    for sku_id, planned in (lines.filter(sku__code=sku) if sku else lines).values_list("sku_id", "planned"):
        units[sku_id] += planned
    if not units:
        raise NotFound("There is no such item in this inbound.", code="sku_unknown", field="sku")
    skus = Sku.objects.select_related("seller").prefetch_related("barcodes").in_bulk(units)
    return [(_item_label(skus[sku_id]), count) for sku_id, count in units.items()]


def item_label_pdf(*, sku: Sku) -> bytes:
    """One label for a unit of this item. Raises `Conflict` (`barcode_missing`)."""
    return item_label.render_counted_pdf([(_item_label(sku), 1)])


def _item_label(sku: Sku) -> item_label.ItemLabel:
    # A GTIN first: other places can read it too. Of several the oldest, which is on the goods already.
    codes = sorted(sku.barcodes.all(), key=lambda barcode: (barcode.kind != barcode.Kind.GTIN, barcode.pk))
    if not codes:
        raise Conflict(f"{sku.code} has no barcode.", code="barcode_missing")
    code = codes[0].value
    return item_label.ItemLabel(
        code=code[1:] if codes[0].kind == codes[0].Kind.GTIN and code.startswith("0") else code,
        title=sku.name,
        sku=sku.code,
        seller=sku.seller.code,
    )


def packing_list_of(*, inbound: Inbound) -> packing_list.PackingList:
    """What each carton of the inbound holds, in their order."""
    lines: dict[int, list[packing_list.PackedLine]] = defaultdict(list)
    rows = CartonLine.objects.filter(carton__inbound=inbound).select_related("sku", "lot").order_by("pk")
    for row in rows:
        lot, last = (row.lot.code, row.lot.expires_on) if row.lot else ("", None)
        lines[row.carton_id].append(packing_list.PackedLine(row.sku.code, row.sku.name, row.planned, lot, last))
    cartons = inbound.cartons.select_related("pallet").order_by("number")
    return packing_list.PackingList(
        inbound=inbound.number,
        reference=inbound.reference,
        ship_from=_seller_address(inbound),
        ship_to=sender_of(inbound.hub),
        cartons=tuple(
            packing_list.PackedCarton(
                carton.number,
                carton.sscc,
                tuple(lines[carton.pk]),
                weight_g=carton.weight_g or 0,
                pallet=carton.pallet.number if carton.pallet else 0,
            )
            for carton in cartons
        ),
        expected_on=inbound.expected_on,
        expected_until=inbound.expected_until,
    )


def bin_labels(*, bins: Sequence[Bin]) -> list[bin_label.BinLabel]:
    """A label per bin in the order given. Select `hub` and `zone`."""
    return [_bin_label(place) for place in bins]


def bin_labels_pdf(*, bins: Sequence[Bin]) -> bytes:
    """One PDF with each of `bin_labels`."""
    return bin_label.render_pdf_many(bin_labels(bins=bins))


def _bin_label(place: Bin) -> bin_label.BinLabel:
    """The label of one place. The bay is what a code such as 07-14L2 says after its first dash."""
    bay = re.search(r"-0*(\d+)", place.code)
    return bin_label.BinLabel(
        hub=place.hub.code,
        code=place.code,
        zone=place.zone.code,
        aisle="" if place.aisle is None else str(place.aisle + 1),
        bay=bay.group(1) if bay else "",
        level=str(place.level),
        position=place.get_side_display(),
        check_digits=place.check_digits,
    )


def sender_of(hub: Hub) -> PostalAddress:
    """The hub as documents draw it."""
    return PostalAddress(
        name=hub.company,
        lines=(hub.street,),
        postcode=hub.postcode,
        city=hub.city,
        country=hub.country,
        phone=hub.phone,
    )


def pick_list_pdf(*, pick_list: PickList) -> bytes:
    """A cart's walk on paper, for when the handhelds are down: what is still to be picked, in the order of walking."""
    tasks = PickTask.objects.filter(pick_list=pick_list, closed_at=None).order_by("sequence", "pk")
    stops = [
        paper_pick_list.PickStop(
            bin_code=task.bin.code,
            sku=task.sku.code,
            title=task.sku.name,
            units=task.open,
            tote=_place_on_cart(task.cart_tote),
            lot=task.lot.code if task.lot else "",
        )
        for task in tasks.select_related("bin", "sku", "lot", "cart_tote__tote")
        if task.open
    ]
    totes = CartTote.objects.filter(pick_list=pick_list, tote__isnull=False).order_by("slot", "pk")
    now = clock.now().astimezone(ZoneInfo(pick_list.hub.timezone))
    return paper_pick_list.render_pdf(
        paper_pick_list.PickList(
            number=pick_list.number,
            hub=pick_list.hub.code,
            cart=pick_list.cart_type.code,
            picker=pick_list.worker.get_full_name() or pick_list.worker.get_username() if pick_list.worker else "",
            printed=f"{now:%d %b %Y %H:%M}",
            zone=pick_list.hub.timezone,
            stops=tuple(stops),
            totes=tuple(dict.fromkeys(totes.values_list("tote__code", flat=True))),
            metres=round(pick_list.walk_mm / 1_000),
            bound_metres=pick_list.bound_mm // 1_000,
        )
    )


def _place_on_cart(place: CartTote | None) -> str:
    """The slot, and the tote in it once there is one."""
    if place is None:
        return ""
    return f"{place.slot}: {place.tote.code}" if place.tote else str(place.slot)
