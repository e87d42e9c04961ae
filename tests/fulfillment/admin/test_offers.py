"""A button is offered where it does something; where it would be refused it is not there."""

from dataclasses import replace

import pytest
from django.test import Client

from fulfillment.models import Order
from shipping.models import Address
from tests.factories import stock
from tests.fulfillment.admin.scenes import Scene, busy_hub, orders_in
from tests.fulfillment.admin.test_buttons import page, press, said, url_of
from tests.fulfillment.building import BUYER, fresh, on_carts, ordered, released, walked

pytestmark = pytest.mark.django_db


def test_holding_is_offered_before_the_floor_only(lead: Client) -> None:
    scene = busy_hub(orders=1)
    offered = {
        state: sorted(
            name
            for name in ("hold", "resume", "cancel", "ship_short", "packing_slip")
            if f'"{url_of(orders_in(scene, state)[0], name)}"' in page(lead, orders_in(scene, state)[0])
        )
        for state in ("packed", "allocated", "backordered", "on_hold")
    }

    assert offered == {
        "packed": ["packing_slip"],
        "allocated": ["cancel", "hold"],
        "backordered": ["cancel", "hold"],
        "on_hold": ["cancel", "resume"],
    }


def test_an_order_with_a_unit_in_a_tote_is_not_called_off(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.gone, 1, place="02-02")
    order = ordered(scene.hub, {scene.sku: 1, scene.gone: 1})
    (pick_list,) = on_carts(released(scene.hub))
    on_its_way = page(lead, order)
    walked(pick_list, missing={scene.gone: 1})

    assert url_of(order, "cancel") in on_its_way
    assert (fresh(order).state, fresh(order).hold) == ("picking", "short_pick")
    assert url_of(order, "cancel") not in page(lead, order)
    assert said(press(lead, order, "cancel")) == [f"A cart has 1 unit of {order.number} already."]
    assert fresh(order).state == "picking"


def test_resuming_is_offered_once_the_address_is_clear(lead: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1}, ship_to=replace(BUYER, line1="Prinsengracht"))
    unclear = page(lead, order)
    Address.objects.filter(pk=order.ship_to_id).update(line1="Prinsengracht 263")

    assert fresh(order).hold == Order.Hold.ADDRESS
    assert [url_of(order, "resume") in text for text in (unclear, page(lead, order))] == [False, True]
