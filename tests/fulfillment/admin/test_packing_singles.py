"""The packer takes a unit out of a shared tote on a page of the admin; sent twice, one order is packed."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.models import Order, Pack
from tests.factories import code_of, stock
from tests.fulfillment.admin.scenes import Scene, boss, clerk
from tests.fulfillment.admin.test_buttons import said
from tests.fulfillment.building import fresh, on_carts, ordered, released, walked
from warehouses.models import CartTote, Hub

pytestmark = pytest.mark.django_db

URL = reverse("admin:fulfillment_pack_pack_unit")


@pytest.fixture
def orders(scene: Scene) -> list[Order]:
    """Two orders of one ring each in a shared tote."""
    Hub.objects.filter(pk=scene.hub.pk).update(singles_from=1)
    stock(scene.hub, scene.sku, 9, place="02-02")
    orders = [ordered(scene.hub, {scene.sku: 1}) for _ in range(2)]
    (walk,) = on_carts(released(Hub.objects.get(pk=scene.hub.pk)))
    walked(walk)
    return orders


def given(scene: Scene, **fields: object) -> dict[str, object]:
    tote = CartTote.objects.get(freed_at=None).tote
    assert tote is not None
    values = {"hub": scene.hub.pk, "station": "BENCH-1", "tote_code": tote.code, "item_code": code_of(scene.sku)}
    return {"scan_id": uuid.uuid4(), **values, **fields}


def test_a_unit_is_packed_for_whoever_wants_it_most(client: Client, scene: Scene, orders: list[Order]) -> None:
    user = boss()
    client.force_login(user)
    asked = client.get(URL).content.decode()
    (scan_id,) = re.findall(r'name="scan_id" value="([0-9a-f-]{36})"', asked)

    told = [said(client.post(URL, given(scene, scan_id=scan_id)))[-1] for _ in range(2)]

    first = orders[0]
    assert told == [f"It goes to {first.number}: close the box, the label follows by itself."] * 2
    assert [fresh(order).state for order in orders] == ["packed", "picked"]
    record = Pack.objects.get()
    assert (record.order, record.worker, record.station, str(record.scan_id)) == (first, user, "BENCH-1", scan_id)


def test_a_wrong_unit_is_said_in_words_and_nothing_is_packed(client: Client, scene: Scene, orders: list[Order]) -> None:
    client.force_login(boss())

    (words,) = said(client.post(URL, given(scene, item_code=code_of(scene.gone))))

    assert "Put it aside" in words
    assert not Pack.objects.exists()


def test_without_the_permission_nobody_packs(client: Client, scene: Scene, orders: list[Order]) -> None:
    client.force_login(clerk("fulfillment.view_pack"))

    assert client.post(URL, given(scene)).status_code == 403
    assert not Pack.objects.exists()


def test_the_shared_tote_leads_to_its_orders(client: Client, scene: Scene, orders: list[Order]) -> None:
    client.force_login(boss())
    place = CartTote.objects.get(freed_at=None)

    text = client.get(reverse("admin:warehouses_carttote_change", args=[place.pk])).content.decode()
    listed = client.get(
        reverse("admin:fulfillment_order_changelist"), {"lines__reservation__tasks__cart_tote__id__exact": place.pk}
    )

    assert "single-item orders" in text
    assert f"cart_tote__id__exact={place.pk}" in text
    assert all(order.number in listed.content.decode() for order in orders)
