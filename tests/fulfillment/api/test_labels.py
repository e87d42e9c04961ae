"""Printing for an inbound at the API: each kind on each paper, read back by a scanner."""

import io

import pypdfium2
import pytest
import zxingcpp

from tests.factories import code_of
from tests.fulfillment.api.machines import inbound_body, is_problem
from warehouses.models import Barcode, Sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(ada) -> str:
    lines = [{"sku": "TOTE-ECRU", "quantity": 22}, {"sku": "LIP-ROSE-04", "quantity": 3, "lot": "L1"}]
    cartons = [{"lines": lines, "pallet": 1}, {"lines": lines[:1], "pallet": 2}]
    return ada.post("inbounds", inbound_body(cartons=cartons, freight="pallet")).json()["number"]


def codes(content: bytes) -> list[list[str]]:
    """What a scanner reads on each page."""
    with pypdfium2.PdfDocument(io.BytesIO(content)) as document:
        pages = [page.render(scale=203.2 / 72).to_pil() for page in document]
    return [sorted(code.text for code in zxingcpp.read_barcodes(page)) for page in pages]


@pytest.mark.parametrize("layout, a_page", [("a4-21", 21), ("a4-24", 24), ("thermal-pdf", 1)])
def test_each_unit_has_an_item_label(ada, number, layout, a_page):
    answer = ada.get(f"inbounds/{number}/labels?kind=item&format={layout}")

    pages = codes(answer.content)
    assert answer["Content-Disposition"] == f'inline; filename="{number}-items.pdf"'
    tote, lip = (code_of(Sku.objects.get(seller=ada.seller, code=code))[1:] for code in ("TOTE-ECRU", "LIP-ROSE-04"))
    assert [len(page) for page in pages[:-1]] == [a_page] * (len(pages) - 1)
    assert sorted(text for page in pages for text in page) == sorted([tote] * 44 + [lip] * 3)


def test_item_labels_of_one_item_for_a_label_printer(ada, number):
    answer = ada.get(f"inbounds/{number}/labels?kind=item&format=zpl&sku=LIP-ROSE-04")

    assert answer["Content-Type"] == "application/zpl"
    assert answer.content.count(b"^XA") == 1
    assert b"^PQ3" in answer.content


def test_a_pallet_has_four_labels(ada, number):
    pages = codes(ada.get(f"inbounds/{number}/labels?kind=pallet").content)

    assert len(pages) == 8
    assert len({text for page in pages for text in page}) == 2
    assert pages[0] == pages[3] != pages[4]
    assert b"^PW1260" in ada.get(f"inbounds/{number}/labels?kind=pallet&format=zpl-300").content
    assert ada.get(f"inbounds/{number}/labels?kind=pallet&format=zpl").content.count(b"^XA") == 8


def test_a_packing_list_names_every_carton_and_item(ada, number):
    answer = ada.get(f"inbounds/{number}/labels?kind=packing_list")

    with pypdfium2.PdfDocument(io.BytesIO(answer.content)) as document:
        (text,) = [page.get_textpage().get_text_bounded() for page in document]
    assert codes(answer.content) == [[number]]
    assert "2 cartons, 47 units" in text
    ssccs = [carton["sscc"] for carton in ada.get(f"inbounds/{number}").json()["cartons"]]
    assert all(sscc in text for sscc in ssccs)
    assert (text.count("TOTE-ECRU"), text.count("LIP-ROSE-04")) == (2, 1)


@pytest.mark.parametrize(
    "query, status, code",
    [
        ("kind=carton&format=a4-21", 422, "invalid"),
        ("kind=packing_list&format=zpl", 422, "invalid"),
        ("kind=item&sku=RING-7", 404, "sku_unknown"),
        ("kind=box", 400, "parameter_invalid"),
        ("format=a3", 400, "parameter_invalid"),
    ],
)
def test_what_cannot_be_printed_is_refused(ada, number, query, status, code):
    is_problem(ada.get(f"inbounds/{number}/labels?{query}"), status, code)


def test_without_pallets_or_barcodes_there_are_no_labels(ada):
    number = ada.post("inbounds", inbound_body()).json()["number"]
    Barcode.objects.all().delete()

    is_problem(ada.get(f"inbounds/{number}/labels?kind=pallet"), 409, "pallets_missing")
    is_problem(ada.get(f"inbounds/{number}/labels?kind=item"), 409, "barcode_missing")
