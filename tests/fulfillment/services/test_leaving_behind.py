"""What a hand-over leaves behind is found by itself, each with its exact reason, until it has left."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from foundation import clock
from foundation.errors import Conflict, DomainError
from fulfillment.models import LeftBehind, Order
from fulfillment.reasons import why_waiting, with_reasons
from fulfillment.selectors.hand_over import LeftRow, ParcelRow, ServiceTotal, hand_over_list
from fulfillment.selectors.stuck import stuck_groups
from fulfillment.services.border_papers import manifest_pdf
from fulfillment.services.dispatch import depart_trailer, dispatch_hub, load_parcel
from fulfillment.services.holding import hold_order
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.leaving_behind import amend_left_behind
from fulfillment.services.packing import pack_order
from shipping.carriers.simulator_process import running
from shipping.models import Carrier, CarrierAccount, Manifest, Parcel, Service, Trailer
from shipping.services.loading import LoadRequest, open_trailer
from tests.factories import MONDAY, make_hub, make_lot, make_sku, stock
from tests.fulfillment.building import bench_scans, fresh, ordered, picked, with_carrier
from warehouses.models import Hub, Lot, Sku
from warehouses.services.blocking import recall_lot

pytestmark = pytest.mark.django_db(transaction=True)
CUT_OFF = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 16, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def carrier_url() -> Iterator[str]:
    with running() as carrier:
        yield carrier.url


@pytest.fixture
def hub(db: None, carrier_url: str) -> Iterator[Hub]:
    """A hub whose carrier's services all end at five in the afternoon."""
    hub = with_carrier(make_hub(totes=16), carrier_url)
    Service.objects.update(cut_off="17:00")
    with clock.playing(MONDAY):
        yield hub


@pytest.fixture
def ring(hub: Hub) -> Sku:
    sku = make_sku()
    stock(hub, sku, 20)
    return sku


def packed(hub: Hub, sku: Sku) -> Order:
    order = picked(hub, {sku: 1})
    pack_order(order_id=order.pk, scans=bench_scans(order), station="BENCH-1")
    return fresh(order)


def labelled(hub: Hub, sku: Sku) -> Order:
    order = packed(hub, sku)
    buy_order_labels(shipment_ids=[order.shipment_id])
    return order


def labelled_at(moment: datetime, order: Order) -> Order:
    with clock.playing(moment):
        buy_order_labels(shipment_ids=[order.shipment_id])
    return order


def parcel_of(order: Order) -> Parcel:
    return Parcel.objects.get(shipment=order.shipment_id)


def a_trailer(hub: Hub, door: str = "OUT-1", *, carrier: str = "simulator") -> Trailer:
    return open_trailer(
        site=hub.code, carrier_code=carrier, door=door, plate=f"P-{door}", ship_on=MONDAY.date(), cut_off=CUT_OFF
    )


def load(trailer: Trailer, order: Order) -> None:
    load_parcel(request=LoadRequest(trailer.pk, parcel_of(order).tracking_no, uuid.uuid4(), "OUT-1"))


def reasons() -> dict[int, str]:
    return dict(LeftBehind.objects.values_list("order", "reason"))


def everything_that_can_go_wrong(hub: Hub, ring: Sku) -> dict[str, Order]:
    cream = make_sku(tracks_lots=True)
    stock(hub, cream, 1, place="02-01", lot=make_lot(cream, expires_on=date(2031, 1, 1)))
    other = Carrier.objects.create(code="other", name="Other Post", adapter="simulator")
    CarrierAccount.objects.create(carrier=other, site=hub.code, base_url="http://127.0.0.1:9")
    orders = {
        "goes": labelled(hub, ring),
        "not_scanned": labelled(hub, ring),
        "wrong_lane": labelled(hub, ring),
        "on_hold": labelled(hub, cream),
        "no_label": packed(hub, ring),
    }
    with pytest.raises(Conflict):
        load(a_trailer(hub, "OUT-9", carrier="other"), orders["wrong_lane"])
    recall_lot(key="r", lot_id=Lot.objects.get(sku=cream).pk, reason="glass in it")
    orders["late"] = labelled_at(LATER, packed(hub, ring))
    orders["not_packed"] = ordered(hub, {ring: 1})
    return orders


def test_each_that_stays_is_listed_with_its_reason(hub: Hub, ring: Sku) -> None:
    orders, trailer = everything_that_can_go_wrong(hub, ring), a_trailer(hub)
    held = ordered(hub, {ring: 1})
    hold_order(order_id=held.pk)
    tomorrow = ordered(hub, {ring: 1}, placed_at=datetime(2026, 3, 3, 7, 0, tzinfo=UTC))
    load(trailer, orders["goes"])

    with clock.playing(LATER):
        depart_trailer(trailer_id=trailer.pk, seal="S1")
        depart_trailer(trailer_id=trailer.pk)

    wanted = {order.pk: reason for reason, order in orders.items() if reason != "goes"}
    assert reasons() == {**wanted, held.pk: "on_hold"}
    assert tomorrow.ship_by.date() == date(2026, 3, 3)
    assert {row.found == row.reason for row in LeftBehind.objects.all()} == {True}
    assert LeftBehind.objects.get(order=orders["not_packed"]).parcel is None
    assert fresh(orders["goes"]).state == Order.State.SHIPPED


def test_the_drivers_list_has_all_that_the_paper_says(hub: Hub, ring: Sku) -> None:
    orders, trailer = [labelled(hub, ring) for _ in range(3)], a_trailer(hub)
    Parcel.objects.update(marks=["LQ"])
    for order in orders[:2]:
        load(trailer, order)
    manifest = depart_trailer(trailer_id=trailer.pk, seal="S1").manifest
    stays = LeftBehind.objects.get()
    amend_left_behind(left_behind_id=stays.pk, reason="late", note="fell behind the rack", worker_id=None)

    paper = hand_over_list(manifest=Manifest.objects.get())

    gone = sorted((parcel_of(order) for order in orders[:2]), key=lambda parcel: parcel.tracking_no)
    service = gone[0].shipment.service.name
    assert (paper.carrier, paper.hub, paper.number) == ("Simulated Post", hub.name, manifest.number)
    assert (paper.plate, paper.seal, paper.cut_off, paper.closed_at) == ("P-OUT-1", "S1", CUT_OFF, MONDAY)
    assert paper.rows == tuple(
        ParcelRow(p.tracking_no, p.shipment.order.external_ref, "1016 GV", "NL", service, p.weight_g, ["LQ"])
        for p in gone
    )
    assert paper.totals == (ServiceTotal(service, 2, sum(p.weight_g for p in gone), 2),)
    assert paper.left_behind == (
        LeftRow(orders[2].external_ref, parcel_of(orders[2]).tracking_no, "Ready too late", "fell behind the rack"),
    )
    with pypdfium2.PdfDocument(manifest_pdf(handed_over=Manifest.objects.get())) as printed:
        said = " ".join(page.get_textpage().get_text_bounded() for page in printed)
    expected = (manifest.number, "P-OUT-1 · seal S1", gone[0].tracking_no, "fell behind the rack", "LQ", "1016 GV")
    assert [word for word in expected if word not in said] == []
    assert orders[2].ship_to.name not in said


def test_what_was_left_behind_goes_with_the_next_and_is_seen_until_then(hub: Hub, ring: Sku) -> None:
    first, second = labelled(hub, ring), labelled(hub, ring)
    trailer = a_trailer(hub)
    load(trailer, first)
    depart_trailer(trailer_id=trailer.pk, seal="S1")
    why = why_waiting(with_reasons(Order.objects.all()).get(pk=second.pk))
    with clock.playing(datetime(2026, 3, 3, 12, 0, tzinfo=UTC)):
        (group,) = stuck_groups(hub=hub)
    seen = list(LeftBehind.objects.still_here().values_list("order", flat=True))
    following = a_trailer(hub, "OUT-2")
    load(following, second)
    depart_trailer(trailer_id=following.pk, seal="S2")

    assert why is not None
    assert (why.code, group.why.code, group.count) == ("left_behind", "left_behind", 1)
    assert seen == [second.pk]
    assert not LeftBehind.objects.still_here().exists()
    assert reasons() == {second.pk: "not_scanned"}


def test_nothing_is_left_while_another_trailer_of_the_same_hand_over_loads(hub: Hub, ring: Sku) -> None:
    first, _ = labelled(hub, ring), labelled(hub, ring)
    trailer, _ = a_trailer(hub), a_trailer(hub, "OUT-2")
    load(trailer, first)

    depart_trailer(trailer_id=trailer.pk, seal="S1")

    assert reasons() == {}


def test_the_van_at_its_cut_off_takes_what_was_ready_and_names_the_rest_once(hub: Hub, ring: Sku) -> None:
    ready, unlabelled, floor = labelled(hub, ring), packed(hub, ring), ordered(hub, {ring: 1})
    late = labelled_at(LATER, packed(hub, ring))
    with clock.playing(LATER):
        manifest = dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF)
        again = dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF)

    assert manifest is not None
    assert again == manifest
    assert (manifest.cut_off, manifest.ship_on) == (CUT_OFF, MONDAY.date())
    assert set(manifest.parcels.all()) == {parcel_of(ready)}
    assert reasons() == {unlabelled.pk: "no_label", floor.pk: "not_packed", late.pk: "late"}
    assert LeftBehind.objects.count() == 3


def test_with_nothing_ready_the_cut_off_still_names_what_stays(hub: Hub, ring: Sku) -> None:
    floor = ordered(hub, {ring: 1})

    assert dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF) is None

    assert reasons() == {floor.pk: "not_packed"}


def test_orders_on_the_floor_may_still_catch_a_later_cut_off(hub: Hub, ring: Sku) -> None:
    ordered(hub, {ring: 1})
    Service.objects.filter(code="EXPRESS").update(cut_off="19:00")
    assert Service.objects.filter(cut_off="19:00").count() == 1

    dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF)

    assert reasons() == {}


def test_a_person_amends_a_reason_and_the_next_look_keeps_it(hub: Hub, ring: Sku) -> None:
    unlabelled = packed(hub, ring)
    dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF)
    row = LeftBehind.objects.get()

    for given in ({"reason": "gone", "note": "x"}, {"reason": "late", "note": " "}):
        with pytest.raises(DomainError):
            amend_left_behind(left_behind_id=row.pk, worker_id=None, **given)
    assert LeftBehind.objects.values().get() == LeftBehind.objects.values().get(reason="no_label", amended_at=None)
    amend_left_behind(left_behind_id=row.pk, reason="wrong_lane", note="stood at B", worker_id=None)
    buy_order_labels(shipment_ids=[unlabelled.shipment_id])
    Parcel.objects.update(labelled_at=LATER)
    dispatch_hub(hub=hub, carrier_code="simulator", cut_off=CUT_OFF)

    row.refresh_from_db()
    assert (row.found, row.reason, row.note, row.amended_at) == ("no_label", "wrong_lane", "stood at B", MONDAY)
