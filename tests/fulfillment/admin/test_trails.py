"""Trails: from every page one can go on, both ways along the flow, and each link leads to what it counted."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from foundation.admin.trail import Stop, trail_of
from fulfillment.models import Order, Wave
from tests.fulfillment.admin.scenes import Scene, boss, busy_hub, clerk, everything, orders_in
from tests.fulfillment.admin.test_pages import FLOORS, PAGES
from warehouses.models import Bin, Inbound, Move, PickList

pytestmark = pytest.mark.django_db


def labels(obj: Model, user: User) -> list[str]:
    return [f"{stop.label}{'' if stop.count is None else f' {stop.count}'}" for stop in trail_of(obj, user)]


def test_every_link_of_every_trail_leads_to_what_it_counted(client: Client) -> None:
    everything(orders=1)
    user = boss()
    client.force_login(user)
    seen: dict[str, Stop] = {}
    for model in PAGES:
        for obj in model._default_manager.order_by("pk")[:3]:
            seen |= {stop.url: stop for stop in trail_of(obj, user) if stop.url}

    wrong = []
    for url, stop in seen.items():
        answer = client.get(url)
        if answer.status_code != 200 or (stop.count is not None and answer.context["cl"].result_count != stop.count):
            wrong.append((url, answer.status_code, stop.count))

    assert len(seen) > 100
    assert wrong == []


def test_an_order_knows_its_way_to_the_door() -> None:
    scene = busy_hub(orders=1)
    (packed,) = orders_in(scene, "packed")

    assert labels(packed, boss()) == [
        "seller", "order", "reservations 1", "pick tasks 1", "wave", "pack record", "shipment", "parcels 1",
        "tracking scans 0", "moves 2",
    ]  # fmt: skip


def test_an_order_that_just_came_in_has_little_behind_it() -> None:
    scene = busy_hub(orders=1)
    (order,) = orders_in(scene, "backordered")

    assert labels(order, boss()) == [
        "seller", "order", "reservations 1", "pick tasks 0", "parcels 0", "tracking scans 0", "moves 0",
    ]  # fmt: skip


def test_goods_know_their_way_to_the_shelf() -> None:
    everything(orders=1)
    inbound = Inbound.objects.get(parcels__isnull=False)

    assert labels(inbound, boss()) == [
        "seller", "inbound", "inbound parcels 1", "cartons 2", "carton lines 2", "receipt scans 1", "cases 2",
        "putaway tasks 1", "moves 1",
    ]  # fmt: skip


def test_a_pick_list_and_its_wave_know_each_other() -> None:
    busy_hub(orders=1)
    pick_list = PickList.objects.order_by("pk").first()
    assert pick_list is not None

    (wave, here, totes, tasks, moves) = trail_of(pick_list, boss())

    assert (wave.text, here.is_here, totes.count, tasks.count, moves.count) == (pick_list.work_ref, True, 1, 1, 1)
    assert f"/picklist/?work_ref__exact={wave.text}" in [
        stop.url.partition("warehouses")[2] for stop in trail_of(Wave.objects.get(number=wave.text), boss())
    ]


def test_a_move_leads_back_to_what_caused_it() -> None:
    scene = busy_hub(orders=1)
    (order,) = orders_in(scene, "packed")
    pick = Move.objects.get(kind="pick", reservation__demand_group=order.number)

    assert labels(pick, boss()) == ["order", "reservation", "from", "move", "to"]


def test_a_trail_names_only_what_one_may_see() -> None:
    scene = busy_hub(orders=1)
    (packed,) = orders_in(scene, "packed")

    assert labels(packed, clerk("fulfillment.view_order", "fulfillment.view_wave")) == ["order", "wave"]


def test_the_trail_is_on_the_page_of_every_floor(client: Client) -> None:
    scene = busy_hub(orders=1)
    client.force_login(boss())
    (order,) = orders_in(scene, "packed")
    shown = {}
    for obj in (order, order.shipment, Bin.objects.get(hub=scene.hub, code="01-01")):
        meta = obj._meta
        page = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])).content.decode()
        shown[meta.app_label] = "pk-trail" in page and "pk-stop-here" in page

    assert shown == {"fulfillment": True, "shipping": True, "warehouses": True}


def test_a_page_for_a_new_object_has_no_trail(client: Client) -> None:
    client.force_login(boss())

    assert "pk-trail" not in client.get(reverse("admin:warehouses_seller_add")).content.decode()


def test_every_page_one_arrives_at_has_a_name(client: Client) -> None:
    scene: Scene = everything(orders=1)
    client.force_login(boss())

    menu = client.get("/admin/").context["sidebar_navigation"]

    titles = {item["title"] for group in menu for item in group["items"]}
    assert {"Control room", "Inbounds", "Orders", "Waves", "Pick lists", "Shipments", "SKUs", "Moves", "Hubs"} <= titles
    assert {model._meta.app_label for model in admin.site._registry} >= set(FLOORS)
    assert Order.objects.filter(hub=scene.hub).exists()


def test_the_menu_leaves_out_what_one_may_not_enter(client: Client) -> None:
    busy_hub(orders=1)
    client.force_login(clerk("warehouses.view_bin"))

    menu = client.get("/admin/").context["sidebar_navigation"]

    assert [[item["title"] for item in group["items"]] for group in menu] == [["Your work"], ["Bins"]]
