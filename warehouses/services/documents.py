"""Documents of the floor, as bytes to print: carton labels for sellers and the dock, bin labels for the racks."""

import re
from collections.abc import Sequence

from django.db.models import Count

from foundation.quantities import counted
from labels.documents import bin_label, carton_label
from labels.documents.address import PostalAddress
from warehouses.models import Bin, Carton, CartonLine, Hub, Inbound


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
    inbound, seller = carton.inbound, carton.inbound.seller
    return carton_label.CartonLabel(
        sscc=carton.sscc,
        ship_from=PostalAddress(
            name=inbound.seller.name, lines=(), postcode="", city="", country=inbound.seller.country
        ),
        ship_to=sender_of(inbound.hub),
        inbound=inbound.number,
        carton_no=carton.number,
        carton_count=count,
        seller=seller.code,
        contents=_contents(plan),
        weight_g=sum(line.planned * line.sku.weight_g for line in plan),
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
