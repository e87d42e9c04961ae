"""A unit out of a shared tote goes to the most urgent order that wants it, once, and to nobody it is not for."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from foundation.errors import Conflict
from fulfillment.models import Order, Pack
from fulfillment.reasons import why_waiting, with_reasons
from fulfillment.services.cancelling import cancel_order
from fulfillment.services.packing import PackScan, pack_order
from fulfillment.services.packing_singles import pack_single
from fulfillment.services.recalling import note_recalls
from shipping.models import Shipment
from tests.crowd import at_once
from tests.factories import MONDAY, books, code_of, in_bin, make_hub, make_lot, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, on_carts, ordered, released, walked, with_carrier
from warehouses.models import CartTote, Hub, Lot, Move, PickTask, Sku
from warehouses.services.blocking import recall_lot, release_lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Hub:
    return with_carrier(make_hub())


def in_one_tote(hub: Hub, wants: Sequence[Sku], *, first_out: int = 0, **fields: Any) -> list[Order]:
    """An order of one unit for each of `wants`, picked into one shared tote; that at `first_out` has to leave first."""
    Hub.objects.filter(pk=hub.pk).update(singles_from=1)
    hub.refresh_from_db()
    orders = [ordered(hub, {sku: 1}, placed_at=MONDAY + timedelta(minutes=n), **fields) for n, sku in enumerate(wants)]
    Order.objects.filter(pk=orders[first_out].pk).update(ship_by=MONDAY - timedelta(days=1))
    for walk in on_carts(released(hub)):
        walked(walk)
    assert CartTote.objects.get(freed_at=None).is_shared
    return [fresh(order) for order in orders]


def with_lot(sku: Sku, lot: Lot) -> str:
    """The code of a unit that names its lot."""
    return f"]d201{code_of(sku)}10{lot.code}"


def scan(hub: Hub, code: str, **fields: Any) -> Pack:
    values: Mapping[str, Any] = {"tote_code": "T1", "item_code": code, "scan_id": uuid.uuid4(), "station": "BENCH-1"}
    return pack_single(hub=hub, **{**values, **fields})


def stopped(hub: Hub, code: str, because: str, **fields: Any) -> Conflict:
    """The hard stop: nothing is packed, no row of the books is different."""
    before, packs = books(), Pack.objects.count()
    states = sorted(Order.objects.values_list("pk", "state", "hold"))
    with pytest.raises(Conflict) as refused:
        scan(hub, code, **fields)
    assert refused.value.code == because
    assert (books(), Pack.objects.count(), Shipment.objects.count()) == (before, packs, packs)
    assert sorted(Order.objects.values_list("pk", "state", "hold")) == states
    return refused.value


def test_the_most_urgent_order_that_wants_the_unit_gets_it(hub: Hub) -> None:
    ring, scarf = make_sku(), make_sku()
    stock(hub, ring, 3)
    stock(hub, scarf, 1, place="01-02")
    first, second, urgent, other = in_one_tote(hub, [ring, ring, ring, scarf], first_out=2)

    packed = [scan(hub, code_of(sku)).order for sku in (ring, scarf, ring, ring)]

    assert packed == [urgent, other, first, second]
    assert all(fresh(order).state == Order.State.PACKED and fresh(order).shipment for order in packed)
    assert (in_bin(hub, "T1", ring), in_bin(hub, "OUT", ring), in_bin(hub, "OUT", scarf)) == (0, 3, 1)
    moved = Move.objects.filter(kind=Move.Kind.PACK).order_by("pk").values_list("source", "quantity")
    assert list(moved) == [(f"pack:{order.number}", 1) for order in packed]


def test_of_orders_that_leave_together_the_one_that_goes_first_gets_it(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 3)
    orders = in_one_tote(hub, [sku, sku, sku])
    Order.objects.update(ship_by=MONDAY)
    Order.objects.filter(pk=orders[2].pk).update(priority=50)

    assert [scan(hub, code_of(sku)).order for _ in range(3)] == [orders[2], orders[0], orders[1]]


def test_the_tote_is_free_when_its_last_unit_is_out(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 2)
    in_one_tote(hub, [sku, sku])
    place = CartTote.objects.get()

    scan(hub, code_of(sku))
    place.refresh_from_db()
    assert place.freed_at is None

    scan(hub, code_of(sku))
    place.refresh_from_db()
    assert place.freed_at is not None


def test_a_scan_sent_twice_packs_one_order(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 2)
    urgent, other = in_one_tote(hub, [sku, sku])
    scan_id = uuid.uuid4()
    first = scan(hub, code_of(sku), scan_id=scan_id)
    before = books()

    again = scan(hub, code_of(sku), scan_id=scan_id, station="BENCH-2")

    assert (again, first.order, first.scan_id) == (first, urgent, scan_id)
    assert (books(), fresh(other).state) == (before, Order.State.PICKED)


def test_an_order_in_a_shared_tote_can_be_packed_by_its_number(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 2)
    _, other = in_one_tote(hub, [sku, sku])

    pack_order(order_id=other.pk, scans=bench_scans(other), station="BENCH-1")
    assert CartTote.objects.get().freed_at is None
    scan(hub, code_of(sku))

    assert CartTote.objects.get().freed_at is not None
    assert Pack.objects.count() == 2


def test_a_unit_nobody_waits_for_stops_the_bench(hub: Hub) -> None:
    ring, stranger = make_sku(), make_sku()
    stock(hub, ring, 2)
    in_one_tote(hub, [ring, ring])

    for code in (code_of(stranger), "T1", "no such thing"):
        assert "Put it aside" in stopped(hub, code, "wrong_unit").message
    scan(hub, code_of(ring))
    scan(hub, code_of(ring))
    stopped(hub, code_of(ring), "wrong_tote")


def test_a_tote_that_is_not_shared_stops_the_bench(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    for walk in on_carts(released(hub)):
        walked(walk)

    for tote in ("T1", "T2", "01-01", "\x00", ""):
        stopped(hub, code_of(sku), "wrong_tote", tote_code=tote)
    assert order.number in stopped(hub, code_of(sku), "wrong_tote").message


def test_a_tote_of_another_hub_is_a_wrong_tote(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 1)
    in_one_tote(hub, [sku])

    stopped(make_hub(), code_of(sku), "wrong_tote")


def test_an_order_with_a_unit_in_the_tote_can_not_be_called_off(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 1)
    (order,) = in_one_tote(hub, [sku])

    with pytest.raises(Conflict) as refused:
        cancel_order(order_id=order.pk)

    assert refused.value.code == "order_on_cart"
    assert scan(hub, code_of(sku)).order == order


# --- lots --------------------------------------------------------------------------------------------------


def two_lots(hub: Hub) -> tuple[Sku, Lot, Lot, list[Order]]:
    """Three orders of one item in a tote: two got a unit of the first lot, one of the second."""
    sku = make_sku(tracks_lots=True)
    one, two = make_lot(sku, "ONE"), make_lot(sku, "TWO")
    stock(hub, sku, 2, lot=one)
    stock(hub, sku, 1, place="01-02", lot=two)
    in_one_tote(hub, [sku, sku, sku])
    tasks = PickTask.objects.filter(picked=1).order_by("lot__code", "reservation__placed_at")
    return sku, one, two, [task.reservation.order_line.order for task in tasks]


def test_the_lot_on_the_unit_decides_who_gets_it(hub: Hub) -> None:
    sku, one, two, (first, second, of_two) = two_lots(hub)

    packed = [scan(hub, with_lot(sku, lot)) for lot in (two, one, one)]

    assert [record.order for record in packed] == [of_two, first, second]
    assert [record.lines.get().lot for record in packed] == [two, one, one]


def test_without_the_lot_the_bench_asks_for_it_while_there_are_several(hub: Hub) -> None:
    sku, _, two, (first, second, _) = two_lots(hub)

    assert "ONE, TWO" in stopped(hub, code_of(sku), "lot_needed").message
    stopped(hub, f"]d201{code_of(sku)}10THREE", "wrong_unit")
    scan(hub, with_lot(sku, two))

    assert [scan(hub, code_of(sku)).order for _ in range(2)] == [first, second]


def test_a_recalled_unit_is_put_aside_and_the_others_are_packed(hub: Hub) -> None:
    sku, one, two, (first, second, of_two) = two_lots(hub)
    recall_lot(key="k", lot_id=two.pk, reason="glass in it")

    stopped(hub, with_lot(sku, two), "lot_recalled")
    note_recalls(lot_ids=[two.pk])
    assert "aside" in stopped(hub, with_lot(sku, two), "lot_recalled").message
    stopped(hub, code_of(sku), "lot_needed")
    assert [scan(hub, with_lot(sku, one)).order for _ in range(2)] == [first, second]

    stuck = with_reasons(Order.objects.all()).get(pk=of_two.pk)
    assert (stuck.state, why_waiting(stuck).code) == ("picked", "lot_recalled")
    assert CartTote.objects.get().freed_at is None

    release_lot(key="r", lot_id=two.pk, reason="a mistake")
    note_recalls(lot_ids=[two.pk])
    assert scan(hub, with_lot(sku, two)).order == of_two


@pytest.mark.parametrize(("named", "because"), [("", "lot_recalled"), ("TWO", "wrong_unit")])
def test_packing_by_number_lets_no_recalled_unit_slip_in(hub: Hub, named: str, because: str) -> None:
    sku, _, two, (first, *_) = two_lots(hub)
    recall_lot(key="k", lot_id=two.pk, reason="glass in it")
    note_recalls(lot_ids=[two.pk])
    code = with_lot(sku, two) if named else code_of(sku)
    before = books()

    with pytest.raises(Conflict) as refused:
        pack_order(order_id=first.pk, scans=[PackScan(tote_code="T1", item_code=code)], station="BENCH-1")

    assert refused.value.code == because
    assert (books(), fresh(first).state) == (before, Order.State.PICKED)


# --- a crowd at one tote -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_packers_at_one_tote_never_get_the_same_order(hub: Hub) -> None:
    ring, scarf = make_sku(), make_sku()
    stock(hub, ring, 4)
    stock(hub, scarf, 4, place="01-02")
    orders = in_one_tote(hub, [ring, scarf] * 4)

    found = at_once([lambda sku=sku: scan(hub, code_of(sku)) for sku in [ring, scarf] * 4 + [ring]])

    packed = [one.order for one in found if isinstance(one, Pack)]
    refusals = [one.code for one in found if isinstance(one, Conflict)]
    assert sorted(order.pk for order in packed) == sorted(order.pk for order in orders)
    assert refusals in (["wrong_unit"], ["wrong_tote"])
    assert CartTote.objects.get().freed_at is not None


@pytest.mark.django_db(transaction=True)
def test_one_scan_sent_by_many_connections_packs_one_order(hub: Hub) -> None:
    sku = make_sku()
    stock(hub, sku, 3)
    in_one_tote(hub, [sku] * 3)
    scan_id = uuid.uuid4()

    found = at_once([lambda: scan(hub, code_of(sku), scan_id=scan_id)] * 4)

    assert found == [Pack.objects.get()] * 4
