"""Every door that serves a label's bytes: closed to whoever has no business there, and guessing tells nothing."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from fulfillment.models import Member
from labels.models import PrintJob
from labels.printing import enqueue
from tests.factories import announced, bin_of
from tests.fulfillment.admin.scenes import Scene, boss, clerk
from tests.fulfillment.building import ordered
from tests.labels.printers import ZPL, file_printer

pytestmark = pytest.mark.django_db

DOORS = [
    "labels_printjob_open_content",
    "shipping_labelpurchase_open_label",
    "fulfillment_order_labels",
    "fulfillment_order_packing_slip",
    "warehouses_carton_print_label",
    "warehouses_inbound_carton_labels",
    "warehouses_inbound_pallet_labels",
    "warehouses_inbound_item_labels",
    "warehouses_inbound_packing_list",
    "warehouses_sku_item_label",
    "warehouses_bin_print_label",
]
GUESSED = 999_999_999


@pytest.fixture
def rows(scene: Scene, tmp_path: Path) -> dict[str, Model]:
    """What there is to see behind the doors, by model; no label was bought."""
    carton, *_ = announced(scene.hub, [{scene.sku: 1}])
    job = enqueue(
        printer=file_printer(tmp_path, site=scene.hub.code),
        document=PrintJob.Document.SHIPPING_LABEL,
        content=ZPL,
        content_type="application/zpl",
        key="label:1",
    )
    return {
        "printjob": job,
        "order": ordered(scene.hub, {scene.sku: 1}),
        "carton": carton,
        "inbound": carton.inbound,
        "sku": scene.sku,
        "bin": bin_of(scene.hub, "01-01"),
    }


def urls(rows: dict[str, Model]) -> list[str]:
    """Each door to what exists, and to a number that somebody guessed."""
    found = []
    for door in DOORS:
        row = rows.get(door.split("_")[1])
        found.extend(reverse(f"admin:{door}", args=[pk]) for pk in ([row.pk] if row else []) + [GUESSED])
    return found


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_staff_of_another_role_are_refused_whether_it_exists_or_not(rows: dict[str, Model]) -> None:
    client = logged_in(clerk("warehouses.view_worker"))

    assert {client.get(url).status_code for url in urls(rows)} == {403}


def test_sellers_and_strangers_are_sent_to_log_in(scene: Scene, rows: dict[str, Model]) -> None:
    seller = User.objects.create_user("seller")
    Member.objects.create(user=seller, seller=scene.seller)

    for client in (logged_in(seller), Client()):
        answers = [client.get(url) for url in urls(rows)]
        assert {answer.status_code for answer in answers} == {302}
        assert [answer["Location"] for answer in answers if "/login/" not in answer["Location"]] == []


def test_a_guessed_number_leads_nowhere_for_those_who_may_look(rows: dict[str, Model]) -> None:
    client = logged_in(boss())

    answers = {door: client.get(reverse(f"admin:{door}", args=[GUESSED])).status_code for door in DOORS}

    assert answers == dict.fromkeys(DOORS, 404)
