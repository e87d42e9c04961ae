"""Buttons: they call services for whoever may, by POST only, and what is refused is said in one sentence."""

from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fulfillment.models import ApiToken, Order, Wave
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.labelling import buy_order_labels
from fulfillment.services.packing import pack_order
from fulfillment.services.tokens import issue_token
from shipping.carriers.simulator_process import running
from shipping.models import Manifest
from tests.factories import announced, stock, unit_scan
from tests.fulfillment.admin.scenes import Scene, boss, busy_hub, clerk, orders_in, quiet_hub
from tests.fulfillment.building import bench_scans, fresh, on_carts, ordered, picked, released, walked
from warehouses.models import Carton, Count, Hub, Inbound, PutawayTask
from warehouses.services.arriving import send_inbound
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.receiving import arrive_carton, count_units

pytestmark = pytest.mark.django_db


def press(client: Client, obj: Any, button: str, **given: object) -> HttpResponse:
    return client.post(url_of(obj, button), given)


def url_of(obj: Any, button: str) -> str:
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{button}"
    return reverse(name, args=[obj.pk])


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def page(client: Client, obj: Any) -> str:
    meta = obj._meta
    return client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])).content.decode()


def page_count(answer: Any) -> int:
    """Of a PDF."""
    assert answer["Content-Type"] == "application/pdf"
    with pypdfium2.PdfDocument(answer.content) as document:
        return len(document)


def test_an_order_is_held_and_resumed(lead: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})

    held = press(lead, order, "hold")

    assert (fresh(order).state, fresh(order).hold) == ("on_hold", "seller_asked")
    assert held.status_code == 302
    assert said(held) == [f"{order.number} is on hold. Its stock stays promised."]
    assert url_of(order, "resume") in page(lead, order)
    assert url_of(order, "hold") not in page(lead, order)

    press(lead, order, "resume")

    assert (fresh(order).state, fresh(order).hold) == ("received", "")


def test_opening_a_button_by_its_link_changes_nothing(lead: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})

    answer = lead.get(url_of(order, "hold"))

    assert answer.status_code == 200
    assert "csrfmiddlewaretoken" in answer.content.decode()
    assert fresh(order).state == "received"


def test_a_destructive_button_is_a_link_to_a_question(lead: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})

    assert f'<a href="{url_of(order, "cancel")}"' in page(lead, order)
    assert f'action="{url_of(order, "cancel")}"' not in page(lead, order)
    assert f'action="{url_of(order, "hold")}"' in page(lead, order)
    assert "be taken back" in lead.get(url_of(order, "cancel")).content.decode()

    press(lead, order, "cancel")

    assert fresh(order).state == "cancelled"


def test_without_the_permission_a_button_is_neither_seen_nor_pressed(client: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})
    client.force_login(clerk("fulfillment.view_order"))

    answer = press(client, order, "hold")

    assert answer.status_code == 403
    assert client.get(url_of(order, "hold")).status_code == 403
    assert fresh(order).state == "received"
    assert "/hold/" not in page(client, order)

    client.force_login(clerk("fulfillment.view_order", "fulfillment.change_order"))

    assert url_of(order, "hold") in page(client, order)
    assert press(client, order, "hold").status_code == 302
    assert fresh(order).state == "on_hold"


def test_without_the_permission_a_lists_button_is_neither_seen_nor_pressed(client: Client, scene: Scene) -> None:
    ordered(scene.hub, {scene.sku: 1})
    allocate_hub(hub_id=scene.hub.pk)
    client.force_login(clerk("fulfillment.view_wave", "fulfillment.view_order"))
    plan, hand_over = reverse("admin:fulfillment_wave_plan"), reverse("admin:fulfillment_order_hand_over")

    assert plan not in client.get(reverse("admin:fulfillment_wave_changelist")).content.decode()
    assert hand_over not in client.get(reverse("admin:fulfillment_order_changelist")).content.decode()
    assert client.post(plan, {"hub": scene.hub.pk}).status_code == 403
    assert client.get(hand_over).status_code == 403
    assert not Wave.objects.exists()


def test_a_stranger_is_sent_to_the_login(client: Client, scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})

    answer = press(client, order, "hold")

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:login"))
    assert fresh(order).state == "received"


def test_a_post_without_the_token_is_refused(scene: Scene) -> None:
    order = ordered(scene.hub, {scene.sku: 1})
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss())

    assert press(client, order, "hold").status_code == 403
    assert fresh(order).state == "received"


def test_a_refusal_is_one_message_and_nothing_changes(lead: Client) -> None:
    scene = busy_hub(orders=1)
    (order,) = orders_in(scene, "packed")

    answer = press(lead, order, "hold")

    assert said(answer) == [f"{order.number} is packed: too late to hold."]
    assert fresh(order).state == "packed"


def test_an_order_that_is_not_there_is_404(lead: Client, scene: Scene) -> None:
    assert press(lead, Order(pk=987_654), "hold").status_code == 404
    assert lead.post(reverse("admin:fulfillment_order_hold", args=["x"])).status_code == 404


def test_a_short_order_is_sent_as_it_is(lead: Client, scene: Scene) -> None:
    rare = scene.gone
    stock(scene.hub, rare, 2, place="02-02")
    order = ordered(scene.hub, {rare: 2})
    for pick_list in on_carts(released(scene.hub)):
        walked(pick_list, missing={rare: 1})
    assert (fresh(order).state, fresh(order).hold) == ("picking", "short_pick")
    assert url_of(order, "ship_short") in page(lead, order)

    press(lead, order, "ship_short")

    assert (fresh(order).state, fresh(order).hold) == ("picked", "")
    assert [(line.quantity, line.cancelled) for line in order.lines.all()] == [(2, 1)]


def test_a_packing_slip_is_a_pdf_and_exists_from_packing_on(lead: Client) -> None:
    scene = busy_hub(orders=1)
    (packed,), (waiting,) = orders_in(scene, "packed"), orders_in(scene, "allocated")

    slip = lead.get(url_of(packed, "packing_slip"))
    none_yet = lead.get(url_of(waiting, "packing_slip"))

    assert (slip["Content-Type"], slip.content[:5]) == ("application/pdf", b"%PDF-")
    assert said(none_yet) == [f"{waiting.number} is not packed yet: there is no slip."]
    assert lead.post(url_of(packed, "packing_slip")).status_code == 405


def test_a_wave_is_planned_and_released(lead: Client, scene: Scene) -> None:
    orders = [ordered(scene.hub, {scene.sku: 1}) for _ in range(3)]
    allocate_hub(hub_id=scene.hub.pk)

    planned = lead.post(reverse("admin:fulfillment_wave_plan"), {"hub": scene.hub.pk, "max_orders": 2})

    wave = Wave.objects.get()
    assert planned["Location"] == reverse("admin:fulfillment_wave_change", args=[wave.pk])
    assert wave.orders.count() == 2

    released_now = press(lead, wave, "release")

    wave.refresh_from_db()
    assert wave.state == "released"
    assert said(released_now)[-1].startswith(f"{wave.number}: ")
    assert [fresh(order).state for order in orders] == ["released", "released", "allocated"]
    assert url_of(wave, "release") not in page(lead, wave)


def test_a_waves_departure_is_typed_in_the_hubs_time(lead: Client, scene: Scene) -> None:
    Hub.objects.filter(pk=scene.hub.pk).update(timezone="America/New_York")
    ordered(scene.hub, {scene.sku: 1})
    allocate_hub(hub_id=scene.hub.pk)

    lead.post(reverse("admin:fulfillment_wave_plan"), {"hub": scene.hub.pk, "dispatch_at": "2100-01-01T18:00"})

    assert Wave.objects.get().dispatch_at == datetime(2100, 1, 1, 23, 0, tzinfo=UTC)


def test_a_wave_of_nothing_says_so(lead: Client, scene: Scene) -> None:
    answer = lead.post(reverse("admin:fulfillment_wave_plan"), {"hub": scene.hub.pk})

    assert "Nothing to release" in said(answer)[0]
    assert not Wave.objects.exists()


def test_a_wave_form_with_nonsense_is_asked_again(lead: Client, scene: Scene) -> None:
    answer = lead.post(reverse("admin:fulfillment_wave_plan"), {"hub": scene.hub.pk, "max_orders": "-3"})

    assert answer.status_code == 200
    assert answer.context["form"].errors["max_orders"]
    assert not Wave.objects.exists()


def test_goods_in_a_carton_is_closed_and_put_away(lead: Client, scene: Scene) -> None:
    (carton,) = announced(scene.hub, [{scene.gone: 5}])
    arrive_carton(hub=scene.hub, code=carton.sscc)
    count_units(carton_id=carton.pk, scans=[unit_scan(scene.gone, 4)], station="DOCK-1")

    before = page(lead, carton.inbound)
    closed = press(lead, carton, "close")
    counted = page(lead, carton.inbound)
    proposed = press(lead, carton.inbound, "propose_putaway")

    assert Carton.objects.get(pk=carton.pk).state == "received"
    assert said(closed) == [f"Carton 1 of {carton.inbound.number} is counted: 1 missing, 0 surplus."]
    assert said(proposed)[-1].startswith("1 putaway task, ")
    assert [task.quantity for task in PutawayTask.objects.all()] == [4]
    button = url_of(carton.inbound, "propose_putaway")
    assert [button in text for text in (before, counted, page(lead, carton.inbound))] == [False, True, False]
    assert said(press(lead, carton.inbound, "propose_putaway"))[-1].startswith("Every counted unit")


def test_labels_and_lists_are_pdfs(lead: Client, scene: Scene) -> None:
    (carton,) = announced(scene.hub, [{scene.gone: 5}])
    inbound, shelf = carton.inbound, scene.hub.bins.get(code="01-01")
    pages = {"print_label": 1, "carton_labels": 1, "item_labels": 5, "packing_list": 1}

    for obj, button in ((shelf, "print_label"), (scene.gone, "item_label"), (carton, "print_label")):
        assert page_count(lead.get(url_of(obj, button))) == 1
    for button in ("carton_labels", "item_labels", "packing_list"):
        assert page_count(lead.get(url_of(inbound, button))) == pages[button]
    assert url_of(inbound, "pallet_labels") not in page(lead, inbound)


def test_pallet_labels_are_for_what_comes_on_pallets(lead: Client, scene: Scene) -> None:
    (carton,) = announced(scene.hub, [{scene.gone: 5}])
    refused = lead.get(url_of(carton.inbound, "pallet_labels"))
    pallets = plan_inbound(
        seller=carton.inbound.seller,
        hub=scene.hub,
        reference="ON PALLETS",
        cartons=[CartonPlan((LinePlan(sku=scene.gone.code, quantity=2),), pallet=1)],
        freight=Inbound.Freight.PALLET,
    )

    assert said(refused) == [f"{carton.inbound.number} comes without pallets."]
    assert url_of(pallets, "pallet_labels") in page(lead, pallets)
    assert page_count(lead.get(url_of(pallets, "pallet_labels"))) == 4


def test_an_inbound_is_cancelled_or_given_up(lead: Client, scene: Scene) -> None:
    planned, sent = (announced(scene.hub, [{scene.gone: 1}])[0].inbound for _ in range(2))
    offered = [url_of(planned, button) in page(lead, planned) for button in ("cancel", "never_came")]
    send_inbound(inbound_id=sent.pk, parcels=[("postnl", "3S1")])
    offered += [url_of(sent, button) in page(lead, sent) for button in ("cancel", "never_came")]

    answers = [said(press(lead, planned, "cancel"))[-1], said(press(lead, sent, "never_came"))[-1]]

    assert offered == [True, False, False, True]
    assert answers == [f"{planned.number} is cancelled.", f"{sent.number} is expired."]


def test_a_blind_count_is_entered(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.gone, 3, place="02-02")
    ordered(scene.hub, {scene.gone: 2})
    for pick_list in on_carts(released(scene.hub)):
        walked(pick_list, missing={scene.gone: 1})
    count = Count.objects.get(state="open")
    assert "autofocus" in lead.get(url_of(count, "record")).content.decode()

    nonsense = press(lead, count, "record", counted="-1")
    entered = press(lead, count, "record", counted="2")

    count.refresh_from_db()
    assert nonsense.status_code == 200
    assert (count.state, count.counted) == ("done", 2)
    assert said(entered) == [f"Booked: {2 - count.expected:+} against the books."]


def test_a_token_is_rotated_and_revoked(lead: Client, scene: Scene) -> None:
    token = issue_token(seller=scene.seller).token

    rotated = press(lead, token, "rotate")
    new = ApiToken.objects.exclude(pk=token.pk).get()
    press(lead, new, "revoke")

    assert said(rotated)[0].startswith(f"Shown this once: {new.key_id}.")
    assert ApiToken.objects.filter(revoked_at=None).count() == 0
    assert token.digest not in page(lead, token)


@pytest.mark.django_db(transaction=True)
def test_parcels_are_handed_over_to_a_real_carrier(client: Client) -> None:
    client.force_login(boss())
    with running() as carrier:
        scene = quiet_hub(base_url=carrier.url)
        order = picked(scene.hub, {scene.sku: 1})
        pack_order(order_id=order.pk, scans=bench_scans(order), station="PACK-1")
        order = fresh(order)
        unlabelled = page(client, order)
        buy_order_labels(shipment_ids=[order.shipment_id])
        labelled = page(client, order)

        label = client.get(url_of(order, "labels"))
        asked = client.get(reverse("admin:fulfillment_order_hand_over")).content.decode()
        gone = client.post(reverse("admin:fulfillment_order_hand_over"), {"parcels": f"{scene.hub.code}/simulator"})

    manifest = Manifest.objects.get()
    assert [url_of(order, "labels") in text for text in (unlabelled, labelled)] == [False, True]
    assert label.content[:5] == b"%PDF-"
    assert f"{scene.hub.code}: 1 parcel with " in asked
    assert said(gone) == [f"Manifest {manifest.number}: handed over 1 parcel."]
    assert fresh(order).state == "shipped"


def test_nothing_to_hand_over_is_said_before_it_is_asked(lead: Client, scene: Scene) -> None:
    url = reverse("admin:fulfillment_order_hand_over")

    assert "No labelled parcel is waiting" in lead.get(url).content.decode()
    assert lead.post(url, {"parcels": f"{scene.hub.code}/simulator"}).status_code == 200
    assert not Manifest.objects.exists()
