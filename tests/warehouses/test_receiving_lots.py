"""Counting goods that are kept by lot: the code names it, or the worker does."""

import pytest

from foundation.errors import Invalid
from labels.drawing.gs1 import SEPARATOR
from tests.factories import (
    announced,
    code_of,
    make_lot,
    unit_scan,
)
from tests.refusals import refused
from warehouses.models import Carton, CartonLine, Hub, Sku
from warehouses.services.receiving import UnitScan, arrive_carton, count_units


def count(carton: Carton, *scans: UnitScan, **fields) -> int:
    return count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", **fields)


def with_lots(hub: Hub, cream: Sku, *quantities: int) -> Carton:
    """A carton at the dock with lots A, B ... of so many units."""
    lots = {name: make_lot(cream, name) for name, _ in zip("ABC", quantities, strict=False)}
    (carton,) = announced(hub, [{cream: quantities[0]}], lots={cream: lots["A"]})
    for name, quantity in list(zip("ABC", quantities, strict=False))[1:]:
        CartonLine.objects.create(carton=carton, sku=cream, lot=lots[name], planned=quantity)
    return arrive_carton(hub=hub, code=carton.sscc)


def counted_by_lot() -> dict[str, int]:
    return dict(CartonLine.objects.order_by("lot__code").values_list("lot__code", "good"))


def test_a_code_names_the_lot(hub: Hub, cream: Sku) -> None:
    carton = with_lots(hub, cream, 5, 5)

    count(carton, unit_scan(cream, 2, code=f"]d201{code_of(cream)}10B"))
    count(carton, unit_scan(cream, 1, code=f"]d201{code_of(cream)}10A{SEPARATOR}17270630"))

    assert counted_by_lot() == {"A": 1, "B": 2}


def test_where_the_code_does_not_name_the_lot_the_worker_does(hub: Hub, cream: Sku) -> None:
    carton = with_lots(hub, cream, 5, 5)

    refusal = refused(Invalid, "lot_needed", lambda: count(carton, unit_scan(cream)))
    assert (refusal.field, refusal.message) == ("lot", "Which lot is it: A, B?")
    count(carton, unit_scan(cream, 2, lot="B"))

    assert counted_by_lot() == {"A": 0, "B": 2}


def test_the_only_lot_in_a_carton_needs_no_name(hub: Hub, cream: Sku) -> None:
    count(with_lots(hub, cream, 5), unit_scan(cream, 3))

    assert counted_by_lot() == {"A": 3}


def test_the_only_lot_still_open_needs_no_name(hub: Hub, cream: Sku) -> None:
    carton = with_lots(hub, cream, 2, 5)
    count(carton, unit_scan(cream, 2, lot="A"))

    count(carton, unit_scan(cream, 3))

    assert counted_by_lot() == {"A": 2, "B": 3}


@pytest.mark.parametrize("by", ["code", "worker"])
def test_a_lot_that_was_not_announced_is_refused(hub: Hub, cream: Sku, by: str) -> None:
    carton = with_lots(hub, cream, 5, 5)
    scan = unit_scan(cream, code=f"]d201{code_of(cream)}10C") if by == "code" else unit_scan(cream, lot="C")

    refused(Invalid, "lot_unknown", lambda: count(carton, scan))
