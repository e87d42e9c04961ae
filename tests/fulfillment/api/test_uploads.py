"""Files of items and inbounds at the API: taken row by row or not at all, twice is once, and attacks 45 to 48."""

import io
import re
import zipfile

import openpyxl
import pytest

from fulfillment.api.v1.uploads import CSV, XLSX
from fulfillment.services.upload_rows import PLAN_COLUMNS, SKU_COLUMNS
from tests.fulfillment.api.machines import is_problem, places
from warehouses.models import Barcode, Carton, CartonLine, Inbound, Sku

pytestmark = pytest.mark.django_db

HEAD = "code,name,weight_g,length_mm,width_mm,height_mm,barcodes\n"
MUG = "MUG,Mug,320,120,90,95,M-1 M-2\n"
CUP = "CUP,=cmd|calc,200,80,80,80,\n"
PLAN = "reference,carton,copies,weight_g,sku,quantity\n"


def upload(machine, what, content, *, query="", kind=CSV):
    raw = content.encode() if isinstance(content, str) else content
    return machine.call("POST", f"uploads/{what}{query}", raw=raw, **{"Content-Type": kind})


def sheet(rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faults(answer):
    return [(each["row"], each["column"], each["code"]) for each in answer.json()["faults"]]


def test_a_file_of_items_is_taken_and_twice_is_once(ada):
    first = upload(ada, "skus", HEAD + MUG + CUP)
    again = upload(ada, "skus", HEAD + MUG + CUP)
    changed = upload(ada, "skus", HEAD + MUG.replace("320", "334"))

    assert first.json() == {"rows": 2, "created": ["MUG", "CUP"], "updated": [], "known": [], "faults": []}
    assert again.json() == {"rows": 2, "created": [], "updated": [], "known": ["MUG", "CUP"], "faults": []}
    assert changed.json()["updated"] == ["MUG"]
    cup = Sku.objects.get(seller=ada.seller, code="CUP")
    assert (cup.name, Sku.objects.get(code="MUG").weight_g) == ("=cmd|calc", 334)
    assert list(Barcode.objects.filter(sku__code="MUG").order_by("pk").values_list("value", flat=True)) == [
        "M-1",
        "M-2",
    ]


BAD = HEAD + MUG + "A,,1,1,1,1,\n" + "B,B,x,1,1,1,\n" + MUG + "C,C,1,1,1,1,M-1\n" + "D,D,1,0,1,1,\n" + CUP
WRONG = [
    (2, "name", "text_invalid"),
    (3, "weight_g", "number_invalid"),
    (4, "code", "sku_repeated"),
    (5, "barcodes", "barcode_taken"),
    (6, "length_mm", "measure_invalid"),
]


def test_good_rows_are_taken_and_bad_ones_told_by_row_and_column(ada):
    answer = upload(ada, "skus", BAD)

    assert faults(answer) == WRONG
    assert (answer.json()["rows"], answer.json()["created"]) == (7, ["MUG", "CUP"])


def test_all_or_nothing_takes_nothing(ada):
    answer = upload(ada, "skus", BAD, query="?atomic=1")
    bad = is_problem(answer, 422, "invalid")

    assert ("/rows/3/weight_g", "number_invalid") in places(bad)
    assert Sku.objects.filter(seller=ada.seller).count() == 2


@pytest.mark.parametrize("what, columns", [("skus", SKU_COLUMNS), ("inbounds", PLAN_COLUMNS)])
def test_a_template_can_be_sent_back(ada, what, columns):
    upload(ada, "skus", ada.get("uploads/skus").content)
    plain, book = ada.get(f"uploads/{what}?format=csv"), ada.get(f"uploads/{what}?format=xlsx")

    rows = [[cell.value or "" for cell in row] for row in openpyxl.load_workbook(io.BytesIO(book.content)).active.rows]
    assert (plain["Content-Type"], book["Content-Type"]) == (CSV, XLSX)
    assert [",".join(f'"{text}"' if "," in text else text for text in row) for row in rows] == (
        plain.content.decode().splitlines()
    )
    assert tuple(rows[0]) == columns.names
    one = upload(ada, what, plain.content).json()
    two = upload(ada, what, book.content, kind=XLSX).json()
    assert one["faults"] == two["faults"] == []
    assert len(one["created"] + one["known"]) == len(two["known"]) == 1


def test_a_file_of_inbounds_is_taken_and_twice_is_once(ada):
    content = PLAN + "PO-1,1,3,900,TOTE-ECRU,5\nPO-1,2,,,TOTE-ECRU,7\nPO-2,1,,,TOTE-ECRU,1\n"

    first, again = upload(ada, "inbounds", content), upload(ada, "inbounds", content)

    assert first.json() == {"rows": 3, "created": ["PO-1", "PO-2"], "updated": [], "known": [], "faults": []}
    assert again.json()["known"] == ["PO-1", "PO-2"]
    cartons = Carton.objects.order_by("inbound__reference", "number").values_list("inbound__reference", "weight_g")
    assert list(cartons) == [("PO-1", 900)] * 3 + [("PO-1", None), ("PO-2", None)]
    assert sum(CartonLine.objects.values_list("planned", flat=True)) == 23


def test_an_inbound_with_a_bad_row_is_refused_whole_and_the_others_are_taken(ada):
    content = (
        PLAN + "PO-1,1,,,TOTE-ECRU,5\nPO-1,2,,,NOPE,7\nPO-2,1,,,TOTE-ECRU,1\nPO-3,1,,,TOTE-ECRU,1.5\n"
        "PO-4,1,2,,TOTE-ECRU,1\nPO-4,1,3,,LIP-ROSE-04,1\n"
    )

    answer = upload(ada, "inbounds", content)

    assert faults(answer) == [
        (2, "sku", "sku_unknown"),
        (4, "quantity", "number_invalid"),
        (6, "copies", "row_differs"),
    ]
    assert list(Inbound.objects.values_list("reference", flat=True)) == ["PO-2"]
    is_problem(upload(ada, "inbounds", content.replace("PO-2", "PO-9"), query="?atomic=1"), 422, "invalid")
    assert Inbound.objects.count() == 1


# --- attacks ----------------------------------------------------------------------------------------------


def test_a_formula_is_refused_by_its_cell(ada):
    names = HEAD.strip().split(",")
    content = sheet([names, ["MUG", "Mug", "=300+20", 120, 90, 95, ""], ["CUP", "Cup", 200, 80, 80, 80, ""]])

    answer = upload(ada, "skus", content, kind=XLSX)

    assert faults(answer) == [(1, "weight_g", "formula_cell")]
    assert answer.json()["faults"][0]["message"] == "Cell C2 is a formula: put its value there."
    assert answer.json()["created"] == ["CUP"]


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


PLAIN = sheet([HEAD.strip().split(",")])


@pytest.mark.parametrize(
    "content, kind, code",
    [
        (with_part(PLAIN, "xl/bomb.xml", b"0" * 20_000_000), XLSX, "file_unpacks_too_large"),
        (with_part(PLAIN, "xl/inner.zip", b"PK"), XLSX, "file_has_attachments"),
        (with_part(PLAIN, "xl/vbaProject.bin", b"x"), XLSX, "file_has_macros"),
        (with_part(PLAIN, "xl/externalLinks/a.xml", b"<a/>"), XLSX, "file_has_links"),
        (with_part(PLAIN, "xl/a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), XLSX, "file_has_dtd"),
        (b"PK\x03\x04 no archive", XLSX, "file_not_xlsx"),
        (PLAIN, CSV, "file_not_utf8"),
        ("code,name\n".encode("utf-16"), CSV, "file_not_utf8"),
        (HEAD.encode() + b"A,\0,1,1,1,1,\n", CSV, "file_has_nul"),
        (HEAD.encode() + b'A,"B,1,1,1,1,\n', CSV, "quote_unclosed"),
        (b"code,colour\nA,red\n", CSV, "column_unknown"),
        (HEAD.encode() + b"A,A,1,1,1,1,\n" * 5_001, CSV, "too_many_rows"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(ada, content, kind, code):
    answer = upload(ada, "skus", content, kind=kind)

    assert places(is_problem(answer, 422, "invalid")) == {("/file", code)}
    assert Sku.objects.filter(seller=ada.seller).count() == 2


def test_a_sheet_as_large_as_a_sheet_can_be_is_not_walked_through(ada):
    """A few kilobytes that claim 17 thousand million cells: refused by how many rows there would be."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            xml = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                xml = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)
                xml = xml.replace(b"</sheetData>", far)
            new.writestr(part.filename, xml)

    answer = upload(ada, "skus", out.getvalue(), kind=XLSX)

    assert len(out.getvalue()) < 10_000
    assert places(is_problem(answer, 422, "invalid")) == {("/file", "too_many_rows")}
    assert Sku.objects.filter(seller=ada.seller).count() == 2


def test_another_media_type_is_none_of_a_file(ada):
    is_problem(upload(ada, "skus", "{}", kind="application/json"), 415, "media_type_unsupported")


def test_a_file_writes_nothing_of_another_seller(ada, bo):
    upload(ada, "skus", HEAD + "RING-7,Ring,1,1,1,1,\n")

    assert Sku.objects.get(seller=bo.seller, code="RING-7").weight_g == 100
