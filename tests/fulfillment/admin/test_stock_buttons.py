"""Buttons of supervisors: goods are moved, corrected and blocked, and a stopped hub goes on, all by the services."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from fulfillment.services.allocation import allocate_hub
from tests.factories import bin_of, make_lot, make_sku, stock
from tests.fulfillment.admin.scenes import Scene, clerk, quiet_hub
from tests.fulfillment.building import ordered, picked
from warehouses.models import Balance, Bin, BinBalance, HubStop, Instruction, Lot
from warehouses.services.numbering import ledger_of
from warehouses.services.stopping import stop_hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return quiet_hub(units=10)


def url_of(obj: Any, button: str = "change") -> str:
    return reverse(f"admin:warehouses_{obj._meta.model_name}_{button}", args=[obj.pk])


def press(client: Client, obj: Any, button: str, **given: object) -> str:
    """What is said last after pressing."""
    answer = client.post(url_of(obj, button), {"key": f"{button}-{obj.pk}", "reason": "because", **given})
    assert answer.status_code == 302, answer.context["form"].errors
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def shelf(scene: Scene) -> BinBalance:
    return BinBalance.objects.get(sku=scene.sku, bin__kind=Bin.Kind.STORAGE, condition="sellable")


def test_units_go_to_another_bin(lead: Client, scene: Scene) -> None:
    row = shelf(scene)

    assert press(lead, row, "transfer", quantity=4, to_bin=" 02-01 ") == "Transfer: 4 units."
    assert press(lead, row, "transfer", quantity=4, to_bin="02-01") == "Transfer: 4 units."
    refusal = press(lead, row, "transfer", key="other", quantity=4, to_bin="99-99")

    assert refusal == "There is no such bin."
    assert BinBalance.objects.get(bin=bin_of(scene.hub, "02-01")).on_hand == 4
    assert Instruction.objects.get().actor is not None


def test_the_form_draws_a_key_of_its_own_each_time(lead: Client, scene: Scene) -> None:
    row = shelf(scene)

    keys = [lead.get(url_of(row, "adjust")).context["form"]["key"].value() for _ in range(2)]

    assert len({str(key) for key in keys}) == 2
    assert f'value="{keys[0]}"' not in lead.get(url_of(row, "adjust")).content.decode()


def test_the_books_are_adjusted_and_promises_only_when_asked(lead: Client, scene: Scene) -> None:
    ordered(scene.hub, {scene.sku: 9})
    allocate_hub(hub_id=scene.hub.pk)
    row = shelf(scene)

    refusal = press(lead, row, "adjust", by=-2)
    assert refusal.endswith("1 promises would break.")
    mended = press(lead, row, "adjust", by=-2, displace="on")
    assert mended == "Adjust: 2 units. Back in the queue: 1 promised unit."
    assert Balance.objects.get(sku=scene.sku).sellable == 8


def test_units_change_their_condition_but_nobody_chooses_blocked(lead: Client, scene: Scene) -> None:
    row = shelf(scene)

    assert press(lead, row, "turn", quantity=1, to="damaged") == "Change condition: 1 unit."
    answer = lead.post(url_of(row, "turn"), {"key": "k", "reason": "r", "quantity": 1, "to": "blocked"})

    assert answer.status_code == 200
    assert "to" in answer.context["form"].errors
    assert shelf(scene).on_hand == 9


def test_a_bin_is_blocked_and_released(lead: Client, scene: Scene) -> None:
    place = shelf(scene).bin

    assert press(lead, place, "block") == "Block bin: 10 units."
    assert "because" in lead.get(url_of(place)).content.decode()
    assert url_of(place, "release") in lead.get(url_of(place)).content.decode()
    assert press(lead, place, "release") == "Release bin: 10 units."
    assert shelf(scene).on_hand == 10
    dock = bin_of(scene.hub, "DOCK")
    assert url_of(dock, "block") not in lead.get(url_of(dock)).content.decode()


@pytest.fixture
def lot(scene: Scene) -> Lot:
    cream = make_sku(scene.seller, tracks_lots=True)
    lot = make_lot(cream, expires_on=date(2031, 1, 1))
    stock(scene.hub, cream, 6, place="03-01", lot=lot)
    return lot


def test_a_lot_is_blocked_recalled_and_released(lead: Client, scene: Scene, lot: Lot) -> None:
    order = picked(scene.hub, {lot.sku: 2})

    assert press(lead, lot, "block") == "Block lot: 4 units."
    assert press(lead, lot, "recall") == "Recall lot: 0 units."

    page = lead.get(url_of(lot)).content.decode()
    assert f"2 in {order_tote(order)} on" in page
    assert press(lead, lot, "release") == "Release lot: 4 units."


def order_tote(order: Any) -> str:
    return BinBalance.objects.get(bin__kind=Bin.Kind.TOTE, on_hand__gt=0).bin.code


def test_a_stopped_hub_is_shown_and_resumed(lead: Client, scene: Scene) -> None:
    stop = stop_hub(hub_id=scene.hub.pk, invariants=["hub_is_the_sum_of_its_bins"], differences=3)

    room = lead.get("/admin/").context["room"]

    assert room.headline[0] == "Allocation is stopped: the books differ"
    assert (room.oddities[0].number, room.oddities[0].words) == (1, "allocation stopped: the books differ")
    assert lead.get(room.oddities[0].url).status_code == 200
    assert press(lead, stop, "resume") == f"{scene.hub.code} allocates again."
    assert HubStop.objects.get().reason == "because"
    assert not lead.get("/admin/").context["room"].is_stopped
    assert url_of(stop, "resume") not in lead.get(url_of(stop)).content.decode()


@pytest.mark.parametrize("button", ["transfer", "adjust", "turn"])
def test_without_the_permission_stock_is_only_looked_at(client: Client, scene: Scene, button: str) -> None:
    row = shelf(scene)
    client.force_login(clerk("warehouses.view_binbalance"))

    assert client.post(url_of(row, button), {}).status_code == 403
    assert url_of(row, button) not in client.get(url_of(row)).content.decode()


def test_the_sellers_view_of_the_ledger_has_its_pages(lead: Client, scene: Scene, lot: Lot) -> None:
    press(lead, lot, "block")
    numbered = ledger_of(seller_id=scene.seller.pk)

    assert [row.number for row in numbered] == [1, 2, 3]
    for obj in (numbered[0], Instruction.objects.get(), scene.seller.numbering):
        assert lead.get(url_of(obj)).status_code == 200
        assert lead.get(reverse(f"admin:warehouses_{obj._meta.model_name}_changelist")).status_code == 200
    listed = lead.get(reverse("admin:warehouses_move_changelist"), {"instruction": Instruction.objects.get().pk})
    assert listed.context["cl"].result_count == 1
