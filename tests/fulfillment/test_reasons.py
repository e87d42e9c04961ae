"""Why an order waits: true at each step around a wave, the same on every screen."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation import clock
from fulfillment.models import Order
from fulfillment.reasons import Why, why_waiting, with_reasons
from fulfillment.selectors.stuck import stuck_groups
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.waving import plan_wave, release_wave
from shipping.models import Shipment
from tests.factories import make_hub, make_sku, picks_of, received, stock
from tests.fulfillment.admin.scenes import NOON, boss
from tests.fulfillment.building import on_carts, ordered, walked
from warehouses.models import Hub, Sku
from warehouses.services.picking import record_picks

pytestmark = pytest.mark.django_db

FETCHED = Why("being_picked", "hub", "Finish the pick list.")
ON_A_LIST = Why("waits_for_picker", "hub", "Start the pick list.")
SHORT = Why("short_pick", "hub", "Count the bin, send what there is, or wait for stock.")


def why(order: Order) -> Why | None:
    return why_waiting(with_reasons(Order.objects.all()).get(pk=order.pk))


def test_an_order_waits_for_the_release_then_for_a_picker_then_for_the_walks_end() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 5)
    first, second = ordered(hub, {sku: 1}), ordered(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)
    assert why(first) == Why("waits_for_wave", "hub", "Plan a wave and release it.")

    wave = plan_wave(hub=hub)
    assert wave is not None
    to_release = Why("waits_for_release", "hub", f"Release the wave {wave.number}.")
    assert (why(first), why(second)) == (to_release, to_release)

    release_wave(wave_id=wave.pk, time_limit_s=0.2)
    assert (why(first), why(second)) == (ON_A_LIST, ON_A_LIST)

    (cart,) = on_carts(wave)
    assert {order.state for order in Order.objects.all()} == {"released"}
    assert (why(first), why(second)) == (FETCHED, FETCHED)

    record_picks(pick_list_id=cart.pk, worker_id=cart.worker_id, picks=picks_of(cart)[:1])
    assert sorted(order.state for order in Order.objects.all()) == ["picked", "released"]

    walked(cart)
    packing = Why("waits_for_packing", "hub", "Pack it at a bench.")
    assert (why(first), why(second)) == (packing, packing)


def test_a_short_order_says_so_until_the_wave_that_fetches_the_rest_is_walked() -> None:
    hub, sku = make_hub(), make_sku()
    order = short_at_picking(hub, sku)
    assert why(order) == SHORT

    received(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None
    assert why(order) == Why(
        "waits_for_release", "hub", f"Release the wave {wave.number}: it fetches the units that were missing."
    )

    release_wave(wave_id=wave.pk, time_limit_s=0.2)
    assert why(order) == ON_A_LIST

    on_carts(wave)
    assert why(order) == FETCHED


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("in_transit", None),
        ("delivered", None),
        ("exception", Why("delivery_exception", "hub", "Ask the carrier what is wrong with the parcel.")),
        ("lost", Why("parcel_lost", "hub", "Claim the parcel at the carrier, and tell the seller.")),
    ],
)
def test_a_shipped_order_in_trouble_at_the_carrier_says_so(state: str, expected: Why | None) -> None:
    order = Order(state=Order.State.SHIPPED, shipment=Shipment(state=state))

    assert why_waiting(order) == expected


def test_what_has_left_or_was_called_off_waits_for_nothing() -> None:
    for state in (Order.State.SHIPPED, Order.State.DELIVERED, Order.State.RETURNED, Order.State.CANCELLED):
        assert why_waiting(Order(state=state)) is None


def test_the_reason_of_many_orders_is_one_query() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 9)
    for _ in range(3):
        ordered(hub, {sku: 1})
    allocate_hub(hub_id=hub.pk)
    plan_wave(hub=hub)

    with CaptureQueriesContext(connection) as asked:
        codes = {why_waiting(order).code for order in with_reasons(Order.objects.all())}  # type: ignore[union-attr]

    assert (codes, len(asked)) == ({"waits_for_release"}, 1)


def test_the_control_room_and_the_orders_page_say_the_same(client: Client) -> None:
    client.force_login(boss())
    with clock.playing(NOON):
        hub, sku = make_hub(), make_sku()
        stock(hub, sku, 50)
        walked_by = ordered(hub, {sku: 1})
        allocate_hub(hub_id=hub.pk)
        first = plan_wave(hub=hub)
        assert first is not None
        release_wave(wave_id=first.pk, time_limit_s=0.2)
        on_carts(first)
        waiting = ordered(hub, {sku: 1})
        allocate_hub(hub_id=hub.pk)
        second = plan_wave(hub=hub)
        assert second is not None
        release_wave(wave_id=second.pk, time_limit_s=0.2)
        planned = [ordered(hub, {sku: 1}), ordered(hub, {sku: 1})]
        allocate_hub(hub_id=hub.pk)
        third = plan_wave(hub=hub)
        assert third is not None

    with clock.playing(Order.objects.get(pk=waiting.pk).ship_by.replace(hour=23)):
        groups = {group.why.code: {order.pk for order in group.orders} for group in stuck_groups(hub=hub)}
        room = client.get("/admin/").context["room"]

    assert groups == {
        "being_picked": {walked_by.pk},
        "waits_for_picker": {waiting.pk},
        "waits_for_release": {order.pk for order in planned},
    }
    for row in room.stuck:
        assert client.get(row.url).context["cl"].result_count == row.group.count, row.group.why.code
        assert client.get(row.fix.url).status_code == 200
        for order in row.group.orders:
            page = client.get(f"/admin/fulfillment/order/{order.pk}/change/").content.decode()
            assert row.group.why.next_step in page
    assert {row.fix.label for row in room.stuck} == {"See the pick lists", "Release the wave"}


def short_at_picking(hub: Hub, sku: Sku) -> Order:
    """An order of two of which one is in a tote and the other nowhere."""
    stock(hub, sku, 2)
    order = ordered(hub, {sku: 2})
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None
    release_wave(wave_id=wave.pk, time_limit_s=0.2)
    (cart,) = on_carts(wave)
    walked(cart, missing={sku: 1})
    return order
