"""Cases in the admin: staff answer for a seller, confirm what is done, call off, and see the proof."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories import announced, count_in, make_sku, picture, unit_scan
from tests.fulfillment.admin.scenes import Scene, boss, clerk, quiet_hub
from warehouses.models import Carton, Case, CaseEvent, Condition, Finding, ReceiptPhoto, ReceiptScan
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def scene() -> Scene:
    return quiet_hub(units=10)


@pytest.fixture
def carton(scene: Scene) -> Carton:
    """Two of five are damaged, and there is something that nobody knows; all of it is in its bins."""
    (carton,) = announced(scene.hub, [{scene.gone: 5}])
    broken, strange = unit_scan(scene.gone, 2, Condition.DAMAGED), unit_scan(scene.gone, code="?", is_unexpected=True)
    count_in(carton, [unit_scan(scene.gone, 3), broken, strange], photos=[broken])
    tasks = propose_putaway(inbound_id=carton.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])
    return carton


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(boss())
    return client


def url_of(case: object, button: str = "change") -> str:
    return reverse(f"admin:warehouses_case_{button}", args=[case.pk])


def press(client: Client, case: Case, button: str, **given: object) -> str:
    """What is said last after pressing."""
    answer = client.post(url_of(case, button), given)
    assert answer.status_code == 302, answer.context["form"].errors
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def test_staff_answer_for_the_seller_and_settle(lead: Client, scene: Scene, carton: Carton) -> None:
    case = Case.objects.get(kind="damaged")

    answered = press(lead, case, "answer", choice="dispose", note="On the telephone.")
    settled = press(lead, case, "settle", place=" damaged ", note="")

    assert answered == f"{case.number}: dispose. It is answered."
    assert settled == f"{case.number} is resolved."
    steps = CaseEvent.objects.filter(case=case).order_by("pk")
    assert [(step.what, step.actor is not None) for step in steps] == [
        ("opened", False), ("answered", True), ("settled", True),
    ]  # fmt: skip


def test_what_is_wrong_is_said_and_nothing_is_changed(lead: Client, scene: Scene, carton: Carton) -> None:
    case = Case.objects.get(kind="unknown")

    assert press(lead, case, "answer", choice="relabel", book_to="NOBODY") == "This seller has no item NOBODY."
    assert press(lead, case, "answer", choice="accept").startswith("For unknown units choose one of")
    assert press(lead, case, "settle") == f"{case.number} is open."
    assert Case.objects.get(kind="unknown").state == "open"
    press(lead, case, "answer", choice="relabel", book_to=make_sku(scene.seller, "HAT").code)
    assert press(lead, case, "settle", place="99-99") == "There is no bin 99-99 in this hub."
    assert Case.objects.get(kind="unknown").state == "answered"


def test_a_case_is_called_off_and_then_the_inbound_can_be_closed(lead: Client, carton: Carton) -> None:
    close = reverse("admin:warehouses_inbound_close_by_hand", args=[carton.inbound_id])
    refusal = lead.post(close)
    assert [str(m) for m in get_messages(refusal.wsgi_request)][-1].endswith("has 2 unsettled cases.")

    for case in Case.objects.all():
        assert press(lead, case, "cancel", reason="Agreed.") == f"{case.number} is called off."

    carton.inbound.refresh_from_db()
    assert carton.inbound.state == "closed"


def test_buttons_are_offered_when_they_make_sense(lead: Client, carton: Carton) -> None:
    case = Case.objects.get(kind="damaged")

    def offered() -> list[bool]:
        text = lead.get(url_of(case)).content.decode()
        return [url_of(case, button) in text for button in ("answer", "settle", "cancel", "evidence")]

    assert offered() == [True, False, True, True]
    press(lead, case, "answer", choice="send_back")
    assert offered() == [False, True, True, True]
    press(lead, case, "settle")
    assert offered() == [False, False, False, True]


def test_the_photo_stands_on_the_page_and_is_a_picture(lead: Client, carton: Carton) -> None:
    photo = ReceiptPhoto.objects.get()
    url = reverse("admin:warehouses_receiptphoto_file", args=[photo.pk])

    assert url in lead.get(url_of(Case.objects.get(kind="damaged"))).content.decode()
    assert url not in lead.get(url_of(Case.objects.get(kind="unknown"))).content.decode()
    answer = lead.get(url)
    assert (answer.status_code, answer["Content-Type"], answer.content[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")


def test_who_may_not_see_photos_sees_none(client: Client, carton: Carton, tmp_path) -> None:
    url = reverse("admin:warehouses_receiptphoto_file", args=[ReceiptPhoto.objects.get().pk])

    client.force_login(clerk("warehouses.view_case"))
    assert client.get(url).status_code == 404
    client.force_login(clerk("warehouses.view_receiptphoto"))
    assert client.get(url).status_code == 200
    for file in tmp_path.rglob("*.jpg"):
        file.unlink()
    assert client.get(url).status_code == 404


def test_the_evidence_is_a_pdf(lead: Client, carton: Carton) -> None:
    answer = lead.get(url_of(Case.objects.get(kind="damaged"), "evidence"))

    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def taken(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_photos_are_added_to_a_carton_to_a_scan_and_to_a_finding(lead: Client, carton: Carton) -> None:
    broken = ReceiptScan.objects.get(condition=Condition.DAMAGED)
    strange = Finding.objects.get()
    before = ReceiptPhoto.objects.count()

    for about, colours in ((carton, ["red", "blue"]), (broken, ["green"]), (strange, ["yellow"])):
        url = reverse(f"admin:warehouses_{about._meta.model_name}_photograph", args=[about.pk])
        for _ in range(2):  # the same photo again is the one there is
            lead.post(url, {"photos": [taken(f"{colour}.jpg", picture(colour=colour)) for colour in colours]})

    added = ReceiptPhoto.objects.order_by("pk")[before:]
    assert list(added.values_list("carton", "scan", "finding", "station")) == [
        (carton.pk, None, None, "ADMIN"),
        (carton.pk, None, None, "ADMIN"),
        (carton.pk, broken.pk, None, "ADMIN"),
        (carton.pk, None, strange.pk, "ADMIN"),
    ]
    assert str(added[2].pk) in lead.get(url_of(Case.objects.get(kind="damaged"))).content.decode()


def test_one_photo_that_is_none_keeps_all_out_and_is_named(lead: Client, carton: Carton) -> None:
    url = reverse("admin:warehouses_carton_photograph", args=[carton.pk])
    before = ReceiptPhoto.objects.count()

    answer = lead.post(url, {"photos": [taken("a.jpg", picture(colour="red")), taken("b.jpg", b"%PDF-1.7")]})
    too_many = lead.post(url, {"photos": [taken(f"{n}.jpg", picture(width=n + 1)) for n in range(11)]})
    none = lead.post(url, {})

    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["This is no JPEG, PNG or WebP picture."]
    assert (too_many.status_code, none.status_code) == (200, 200)
    assert 'enctype="multipart/form-data"' in none.content.decode()
    assert ReceiptPhoto.objects.count() == before
