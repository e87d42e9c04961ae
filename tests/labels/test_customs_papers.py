"""What customs read: which form it takes, every line of goods, sums that are right, and what would be sent back."""

from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from labels.documents import cn22, cn23, commercial_invoice
from labels.documents.commercial_invoice import CommercialInvoice, Incoterm, Party
from labels.documents.customs_form import Category, CustomsForm, CustomsLine, Form, form_needed
from labels.drawing.canvas import Box, Canvas
from labels.drawing.faults import DrawingError
from tests.labels.reading import decode, pdf_rasters, texts
from tests.labels.samples import HUB

BALM = CustomsLine("Lip balm, beeswax", 3, 45, 14_97, "330410", "NL")
RING = CustomsLine("Ring light for a telephone", 2, 640, 39_98, "94054099", "CN")
FORM = CustomsForm(
    number="CD123456785NL",
    category=Category.SALE,
    sender=HUB,
    recipient=replace(HUB, name="Ada", country="GB"),
    lines=(BALM, RING),
    currency="EUR",
    gross_weight_g=810,
    signed_by="Pakhuis AMS1",
    signed_on=date(2026, 9, 30),
    sender_reference="NL123456789",
    ioss="IM5280000001",
    importer_reference="GB987654321000",
)
INVOICE = CommercialInvoice(
    number="CI-7",
    issued_on=date(2026, 9, 30),
    exporter=Party(HUB, "NL123456789", "NL123456789B01"),
    buyer=Party(FORM.recipient, "GB987654321000", "GB987654321"),
    incoterm=Incoterm.DDP,
    place="London",
    reason="Sale",
    lines=(BALM, RING),
    currency="EUR",
    freight_cents=12_50,
)
both_forms = pytest.mark.parametrize("module", [cn22, cn23], ids=["cn22", "cn23"])


@pytest.mark.parametrize(
    ("gross_weight_g", "value_cents", "form"),
    [
        (0, 0, Form.CN22),
        (2_000, 42_500, Form.CN22),
        (2_001, 42_500, Form.CN23),
        (2_000, 42_501, Form.CN23),
        (20_000, 1, Form.CN23),
    ],
)
def test_the_form_goes_by_weight_and_value(gross_weight_g: int, value_cents: int, form: Form) -> None:
    assert form_needed(gross_weight_g=gross_weight_g, value_cents=value_cents) is form


@both_forms
def test_a_form_says_goods_sums_and_references(module: ModuleType) -> None:
    (page,) = module.layout(FORM)

    words = " | ".join(texts(page))
    for said in (
        "Lip balm, beeswax", "3", "0.045", "14.97", "330410", "Ring light for a telephone", "0.640", "39.98",
        "94054099", "CN", "0.685 kg", "0.810 kg", "EUR 54.95", "NL123456789", "IM5280000001", "GB987654321000",
        "2026-09-30",
    ):  # fmt: skip
        assert said in words, said


@both_forms
@pytest.mark.parametrize("category", Category)
def test_one_box_is_crossed_and_it_is_the_right_one(module: ModuleType, category: Category) -> None:
    (page,) = module.layout(replace(FORM, category=category))

    drawn = list(page.items)
    words = texts(page)
    assert words.count("X") == 1
    assert words[words.index("X") + 1] == category.words
    assert len([box for box in drawn if isinstance(box, Box) and (box.width, box.height) == (26, 26)]) == 6


@both_forms
def test_any_number_of_goods_is_declared_and_summed_on_the_last_page(module: ModuleType) -> None:
    lines = tuple(replace(BALM, description=f"Balm{n}") for n in range(40))
    doc = replace(FORM, lines=lines, gross_weight_g=2_000)

    pages = module.layout(doc)

    words = [texts(page) for page in pages]
    assert [text for page in words for text in page if text.startswith("Balm")] == [f"Balm{n}" for n in range(40)]
    assert ["EUR 598.80" in page for page in words] == [False] * (len(pages) - 1) + [True]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lines": ()}, "customs_empty"),
    ({"lines": (replace(BALM, quantity=0),)}, "customs_quantity"),
    ({"lines": (replace(BALM, net_weight_g=-1),)}, "customs_quantity"),
    ({"lines": (BALM, replace(BALM, value_cents=-1))}, "customs_quantity"),
    ({"lines": (replace(BALM, hs_code=""),)}, "hs_code_invalid"),
    ({"lines": (replace(BALM, hs_code="33041"),)}, "hs_code_invalid"),
    ({"lines": (replace(BALM, hs_code="33041٠"),)}, "hs_code_invalid"),
    ({"lines": (replace(BALM, hs_code="3304.10"),)}, "hs_code_invalid"),
    ({"lines": (replace(BALM, origin="Netherlands"),)}, "origin_invalid"),
    ({"lines": (replace(BALM, origin=""),)}, "origin_invalid"),
    ({"currency": "€"}, "currency_invalid"),
]


@both_forms
@pytest.mark.parametrize(("changes", "code"), [*WRONG, ({"gross_weight_g": 684}, "customs_weight")])
def test_what_customs_would_send_back_is_refused(module: ModuleType, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DrawingError) as refused:
        module.layout(replace(FORM, **changes))

    assert refused.value.code == code


@pytest.mark.parametrize(("changes", "code"), [*WRONG, ({"freight_cents": -1}, "freight_invalid")])
def test_an_invoice_refuses_the_same(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DrawingError) as refused:
        commercial_invoice.layout(replace(INVOICE, **changes))

    assert refused.value.code == code


@both_forms
def test_documents_need_no_tariff_number(module: ModuleType) -> None:
    paper = replace(BALM, hs_code="")

    assert module.layout(replace(FORM, category=Category.DOCUMENTS, lines=(paper,)))


def test_an_invoice_says_parties_terms_unit_values_and_sums() -> None:
    (page,) = commercial_invoice.layout(INVOICE)

    words = texts(page)
    for said in (
        "DDP London", "EORI NL123456789", "VAT NL123456789B01", "VAT GB987654321", "30 September 2026", "4.99", "19.99",
        "0.685 kg", "54.95", "12.50", "67.45", "Total EUR",
    ):  # fmt: skip
        assert said in words, said
    assert words.count("Ada") == 2, "the buyer is the importer unless another is named"
    assert "Statement of origin".upper() not in words


def test_a_unit_value_that_does_not_divide_is_told_to_four_places() -> None:
    (page,) = commercial_invoice.layout(replace(INVOICE, lines=(replace(BALM, value_cents=10_00),)))

    assert "3.3333" in texts(page)


def test_a_statement_of_origin_stands_whole_on_one_page() -> None:
    statement = " ".join(f"word{n}" for n in range(240))

    for count in (1, 20, 30, 40):
        pages = commercial_invoice.layout(replace(INVOICE, lines=(BALM,) * count, statement=statement))
        assert [_words(page) >= set(statement.split()) for page in pages] == [False] * (len(pages) - 1) + [True]


def test_an_invoice_of_hundreds_of_lines_keeps_them_all() -> None:
    lines = tuple(replace(BALM, description=f"Balm{n} " + "long " * 20) for n in range(300))

    pages = commercial_invoice.layout(replace(INVOICE, lines=lines))

    words = {word for page in pages for word in _words(page)}
    assert words >= {f"Balm{n}" for n in range(300)}


def _words(page: Canvas) -> set[str]:
    return {word for text in texts(page) for word in text.split()}


@pytest.mark.parametrize(
    ("number", "identifier"), [("CD123456785NL", "]C0"), ("JVGLABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "]d1")]
)
def test_a_number_too_long_for_bars_beside_the_title_is_a_square(number: str, identifier: str) -> None:
    (raster,) = pdf_rasters(cn23.render_pdf(replace(FORM, number=number)))

    assert decode(raster) == {(identifier, number.encode())}
