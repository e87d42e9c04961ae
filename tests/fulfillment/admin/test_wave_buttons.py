"""Rushing an order and planning a wave anew, as the shift lead does it."""

import pytest
from django.test import Client

from fulfillment.models import Wave
from fulfillment.services.allocation import allocate_hub
from tests.factories import stock
from tests.fulfillment.admin.scenes import Scene
from tests.fulfillment.admin.test_buttons import page, press, said, url_of
from tests.fulfillment.building import fresh, on_carts, ordered, released
from warehouses.models import PickList

pytestmark = pytest.mark.django_db


def test_a_rush_order_joins_the_cart_that_is_out(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 9, place="01-01")
    ordered(scene.hub, {scene.sku: 1})
    (cart,) = on_carts(released(scene.hub))
    order = ordered(scene.hub, {scene.sku: 1})
    assert url_of(order, "rush") not in page(lead, order)
    allocate_hub(hub_id=scene.hub.pk)
    assert url_of(order, "rush") in page(lead, order)

    answer = press(lead, order, "rush")

    assert said(answer) == [f"{cart.number} is out and takes {order.number} along: 0 m more."]
    assert fresh(order).wave.number == cart.work_ref


def test_a_rush_order_without_a_cart_gets_the_next(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 9, place="01-01")
    order = ordered(scene.hub, {scene.sku: 1})
    allocate_hub(hub_id=scene.hub.pk)

    answer = press(lead, order, "rush")

    (cart,) = PickList.objects.all()
    assert said(answer) == [f"{order.number} is on {cart.number}, the next cart to be taken."]


def test_a_wave_is_planned_anew_with_what_came_in(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 9, place="01-01")
    ordered(scene.hub, {scene.sku: 1})
    wave = released(scene.hub)
    late = ordered(scene.hub, {scene.sku: 1})
    allocate_hub(hub_id=scene.hub.pk)

    answer = press(lead, wave, "replan")

    wave.refresh_from_db()
    metres = f"{wave.walk_mm / 1000:,.0f} m"
    assert said(answer) == [f"{wave.number} is planned anew: 1 order joined, {metres} to walk in all."]
    assert fresh(late).wave == wave
    assert url_of(wave, "release") not in page(lead, wave)


def test_the_page_says_what_is_proven_of_the_walks(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 1, place="01-01")
    ordered(scene.hub, {scene.sku: 1})

    assert "this plan is the shortest" in page(lead, released(scene.hub))


def test_the_page_says_when_other_shelves_made_the_walks_shorter(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 3, place="03-04")
    ordered(scene.hub, {scene.sku: 3})

    wave = released(scene.hub)

    assert (wave.proof, wave.walk_mm) == (Wave.Proof.SHELVES, 2 * (2_000 + 1_000))
    assert wave.least_mm == 2 * (2_000 + 6_000 + 4_000)
    assert "from the shelves chosen first; other shelves made it shorter still" in page(lead, wave)
