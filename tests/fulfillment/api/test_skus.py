"""Items at the API: entered, changed, listed; and everything that is refused."""

import pytest

from tests.factories import announced, make_gtin
from tests.fulfillment.api.machines import is_problem, places
from warehouses.models import Barcode, Sku
from warehouses.services.hazmat import approve_hazmat
from warehouses.services.skus import own_code

pytestmark = pytest.mark.django_db


def mug(**changes):
    body = {"code": "MUG", "name": "Mug", "weight_g": 320, "length_mm": 120, "width_mm": 90, "height_mm": 95}
    return body | changes


def test_an_item_is_entered_with_its_barcodes(ada):
    gtin = make_gtin(77)

    answer = ada.post("skus", mug(barcodes=[gtin[1:], "MUG-OWN"], hazmat_class="9"))

    assert answer.status_code == 201
    assert answer["Location"] == "/api/v1/skus/MUG"
    body = answer.json()
    assert (body["barcodes"], body["hazmat_class"], body["hazmat_approved_at"]) == ([gtin, "MUG-OWN"], "9", None)
    assert ada.get("skus/MUG").json() == body
    kinds = Barcode.objects.filter(sku__code="MUG").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["gtin", "own"]


def test_without_a_barcode_an_item_gets_an_own_code(ada):
    body = ada.post("skus", mug()).json()

    assert body["barcodes"] == [own_code(Sku.objects.get(code="MUG").pk)]
    assert own_code(1234) == "X0000012348"


def test_the_same_item_twice_is_one_and_another_is_a_conflict(ada):
    first = ada.post("skus", mug(barcodes=["M-1"]))
    again = ada.post("skus", mug(barcodes=["M-1"]))
    heavier = ada.post("skus", mug(weight_g=321))
    coded = ada.post("skus", mug(barcodes=["M-2"]))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert places(is_problem(heavier, 409, "sku_differs")) == {("/code", "sku_differs")}
    assert places(is_problem(coded, 409, "sku_differs")) == {("/code", "sku_differs")}
    assert ada.get("skus/MUG").json() == first.json()


def test_a_change_leaves_the_rest_and_a_new_un_class_is_approved_anew(ada):
    ada.post("skus", mug(hazmat_class="9"))
    approve_hazmat(sku_id=Sku.objects.get(code="MUG").pk)

    weighed = ada.patch("skus/MUG", {"weight_g": 334}).json()
    other = ada.patch("skus/MUG", {"hazmat_class": "3"}).json()

    assert (weighed["weight_g"], weighed["name"], weighed["hazmat_class"]) == (334, "Mug", "9")
    assert weighed["hazmat_approved_at"]
    assert (other["hazmat_class"], other["hazmat_approved_at"]) == ("3", None)


def test_whether_lots_are_tracked_is_fixed_by_the_first_announcement(ada, hub):
    announced(hub, [{Sku.objects.get(seller=ada.seller, code="TOTE-ECRU"): 1}])

    answer = ada.patch("skus/TOTE-ECRU", {"tracks_lots": True})

    is_problem(answer, 409, "tracks_lots_fixed")
    assert not Sku.objects.get(seller=ada.seller, code="TOTE-ECRU").tracks_lots


def test_what_an_item_says_of_its_dangers_comes_back_and_a_new_un_number_must_be_approved_anew(ada):
    danger = {"hazmat_class": "9", "un_number": "3481", "battery_wh": 4, "batteries": 2, "net_quantity_ml": 0}
    made = ada.post("skus", mug(**danger)).json()
    Sku.objects.filter(code="MUG").update(hazmat_approved_at="2026-01-01T00:00:00Z")

    changed = ada.patch("skus/MUG", {"un_number": "3480"}).json()

    assert {name: made[name] for name in danger} == danger
    assert (changed["un_number"], changed["hazmat_approved_at"]) == ("3480", None)


@pytest.mark.parametrize(
    "changes, where, code",
    [
        ({"code": ""}, "/code", "blank"),
        ({"weight_g": 0}, "/weight_g", "min_value"),
        ({"height_mm": "9"}, "/height_mm", "integer_expected"),
        ({"barcodes": ["8710000000001"]}, "/barcodes/0", "barcode_invalid"),
        ({"min_shelf_days": -1}, "/min_shelf_days", "min_value"),
        ({"un_number": "348"}, "/un_number", "un_number_invalid"),
        ({"un_number": "3481"}, "/battery_wh", "battery_missing"),
        ({"batteries": 0}, "/batteries", "min_value"),
        ({"hazmat_approved_at": "2026-01-01T00:00:00Z"}, "/hazmat_approved_at", "field_read_only"),
        ({"colour": "red"}, "/colour", "field_unknown"),
    ],
)
def test_a_bad_item_is_refused_by_its_place(ada, changes, where, code):
    answer = ada.post("skus", mug(**changes))

    assert places(is_problem(answer, 422, "invalid")) == {(where, code)}
    assert Sku.objects.filter(seller=ada.seller).count() == 2


def test_a_barcode_belongs_to_one_item(ada, bo):
    ada.post("skus", mug(barcodes=["M-1"]))

    answer = ada.post("skus", mug(code="CUP", barcodes=["M-1"]))

    assert places(is_problem(answer, 409, "barcode_taken")) == {("/barcodes", "barcode_taken")}
    assert not Sku.objects.filter(code="CUP").exists()
    assert bo.post("skus", mug(barcodes=["M-1"])).status_code == 201


def test_a_list_is_narrowed_by_code_and_barcode(ada):
    ada.post("skus", mug(barcodes=["M-1"]))

    assert [row["code"] for row in ada.get("skus?code=MUG").json()["results"]] == ["MUG"]
    assert [row["code"] for row in ada.get("skus?barcode=M-1").json()["results"]] == ["MUG"]
    assert ada.get("skus?barcode=M-2").json()["results"] == []


def test_a_change_with_a_key_is_made_once(ada):
    ada.post("skus", mug())

    first = ada.patch("skus/MUG", {"name": "First"}, Idempotency_Key="k-1")
    ada.patch("skus/MUG", {"name": "Second"})
    replayed = ada.patch("skus/MUG", {"name": "First"}, Idempotency_Key="k-1")
    other = ada.patch("skus/MUG", {"name": "Third"}, Idempotency_Key="k-1")

    assert (first.status_code, first.json()["name"]) == (200, "First")
    assert (replayed.json(), replayed["Idempotency-Replayed"]) == (first.json(), "true")
    is_problem(other, 422, "idempotency_key_reused")
    assert Sku.objects.get(code="MUG").name == "Second"
