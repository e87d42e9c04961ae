"""Bad values in an order file, in each format: refused with row, column and code, and nothing half-written."""

from typing import Any

import pytest

from fulfillment.models import Order
from shipping.models import Address
from tests.factories import make_hub, make_seller, make_sku
from tests.fulfillment.importing.order_rows import WRITERS, as_csv, as_jsonl, as_xlsx, counts, refusals, row, taken
from warehouses.models import Hub, Reservation, Seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    seller = make_seller()
    make_sku(seller, "RING")
    return seller


@pytest.fixture
def hub() -> Hub:
    return make_hub()


BAD = [
    *(
        ("quantity", value, "quantity_invalid")
        for value in ("0", "-1", "1.5", "1e3", "NaN", "٣", "+1", "1 000", "=1+1")
    ),
    *(("quantity", value, "quantity_invalid") for value in ("2147483648", "1000001", "1000000000", "", "true", "null")),
    *(("line", value, "line_invalid") for value in ("0", "-1", "1001", "1.5", "", "٣", "x")),
    *(("unit_price_cents", value, "price_invalid") for value in ("-1", "12.50", "1e2", "NaN", "100000001", "€5")),
    *(("priority", value, "priority_invalid") for value in ("-1", "1000", "high", "1.0", "٣")),
    *(("is_gift", value, "flag_invalid") for value in ("yes", "1", "0", "wahr")),
    *(("short_policy", value, "choice_invalid") for value in ("never", "WAIT")),
    *(("country", value, "country_invalid") for value in ("", "NLD", "N", "1L", "Nederland", "ＮＬ")),
    *((column, "", "missing") for column in ("order_reference", "sku", "placed_at", "name", "address_line1", "city")),
    *((column, " \u00a0 ", "missing") for column in ("sku", "name", "city")),
    ("order_reference", "x" * 61, "too_long"),
    ("order_reference", "S\u202e1", "characters_invalid"),
    ("sku", "x" * 41, "too_long"),
    ("sku", "RI\u200bNG", "characters_invalid"),
    ("sku", "RΙNG", "sku_unknown"),
    ("sku", "ring", "sku_unknown"),
    ("name", "x" * 201, "too_long"),
    ("postcode", "x" * 21, "too_long"),
    ("email", "x" * 255, "too_long"),
    ("placed_at", "2026-03-02T09:00:00", "date_invalid"),
    ("placed_at", "2026-03-29T02:30:00", "date_invalid"),
    ("placed_at", "2026-03-02", "date_invalid"),
    ("placed_at", "02/03/2026 09:00", "date_invalid"),
    ("placed_at", "2027-02-29T09:00:00Z", "date_invalid"),
    ("placed_at", "1970-01-01T00:00:00Z", "date_invalid"),
    ("placed_at", "9999-12-31T23:59:59-23:59", "date_invalid"),
    ("placed_at", "46083.5", "date_invalid"),
    ("placed_at", "2026-03-02T٠٩:00:00Z", "date_invalid"),
]


@pytest.mark.parametrize("layout", WRITERS)
def test_a_bad_value_is_refused_with_row_column_and_code(seller: Seller, hub: Hub, layout: str) -> None:
    rows = [row(**{"order_reference": f"S-{n}", column: value}) for n, (column, value, _code) in enumerate(BAD)]

    run = taken(seller, hub, WRITERS[layout](rows), layout)

    assert refusals(run) == [(n, column, code) for n, (column, _value, code) in enumerate(BAD, start=1)]
    assert counts(run) == (len(BAD), 0, 0, len(BAD))
    assert not any(model.objects.exists() for model in (Order, Address, Reservation))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (True, "quantity_invalid"), (None, "quantity_invalid"), (1.5, "quantity_invalid"),
        (float("nan"), "quantity_invalid"), (1e300, "quantity_invalid"), (2**31, "quantity_invalid"),
        (-1, "quantity_invalid"),
    ],
)  # fmt: skip
def test_a_number_that_is_no_quantity_is_none_in_json_either(seller: Seller, hub: Hub, value: Any, code: str) -> None:
    run = taken(seller, hub, as_jsonl([row(quantity=value)]), "jsonl")

    assert refusals(run) == [(1, "quantity", code)]


@pytest.mark.parametrize(
    ("value", "code"),
    [(1.5, "quantity_invalid"), (True, "quantity_invalid"), (2**31, "quantity_invalid"), (10**15, "number_imprecise")],
)
def test_a_cell_that_is_no_quantity(seller: Seller, hub: Hub, value: Any, code: str) -> None:
    run = taken(seller, hub, as_xlsx([row(quantity=value)]), "xlsx")

    assert refusals(run) == [(1, "quantity", code)]


def test_a_whole_number_in_a_cell_is_one_however_it_is_kept(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_xlsx([row(quantity=2.0, order_reference=576080, postcode=1016)]), "xlsx")

    assert counts(run) == (1, 1, 0, 0)
    assert Order.objects.get().external_ref == "576080"
    assert Address.objects.get().postcode == "1016"


def test_a_time_in_a_clock_change_is_one_moment_by_its_offset(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(placed_at="2026-03-29T02:30:00+01:00")]))

    assert counts(run) == (1, 1, 0, 0)
    assert Order.objects.get().placed_at.isoformat() == "2026-03-29T01:30:00+00:00"


@pytest.mark.parametrize("layout", WRITERS)
@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1+1", 'O\'Neil, "Jo"\n'])
def test_a_text_that_looks_like_a_formula_is_kept_as_it_is(seller: Seller, hub: Hub, layout: str, text: str) -> None:
    content = WRITERS[layout]([row(name=text, order_reference=text.strip())])

    first = taken(seller, hub, content, layout)
    second = taken(seller, hub, content, layout)

    assert (counts(first), counts(second)) == ((1, 1, 0, 0), (1, 0, 1, 0))
    assert Address.objects.get().name == text.strip()
    assert Order.objects.get().external_ref == text.strip()


def test_composed_and_decomposed_letters_are_one_reference(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(order_reference="CAFÉ"), row(order_reference="CAFE\u0301", line=2)]))

    assert counts(run) == (2, 2, 0, 0)
    assert Order.objects.get().external_ref == "CAFÉ"


@pytest.mark.parametrize("text", ["Jan\u0000 de Vries", "Jan\ud800 de Vries", "Jan\u0007 de Vries"])
def test_what_no_column_can_keep_becomes_a_space_in_a_name(seller: Seller, hub: Hub, text: str) -> None:
    run = taken(seller, hub, as_jsonl([row(name=text)]), "jsonl")

    assert counts(run) == (1, 1, 0, 0)
    assert Address.objects.get().name == "Jan de Vries"


@pytest.mark.parametrize("column", ["order_reference", "sku"])
@pytest.mark.parametrize("text", ["A\u0000B", "A\ud800B", "A\u0007B"])
def test_what_no_column_can_keep_is_refused_in_a_code(seller: Seller, hub: Hub, column: str, text: str) -> None:
    run = taken(seller, hub, as_jsonl([row(**{column: text})]), "jsonl")

    assert refusals(run) == [(1, column, "characters_invalid")]


def test_a_row_of_another_width_refuses_its_order_whole(seller: Seller, hub: Hub) -> None:
    content = as_csv([row(), row(line=2), row(order_reference="S-2")]).replace(
        b"Prinsengracht 263", b"Prinsengracht, 263", 1
    )

    run = taken(seller, hub, content)

    assert refusals(run) == [(1, "", "columns_wrong"), (2, "order_reference", "order_refused")]
    assert Order.objects.get().external_ref == "S-2"


def test_more_lines_than_an_order_has_refuse_it(seller: Seller, hub: Hub) -> None:
    run = taken(seller, hub, as_csv([row(line=n) for n in range(1, 1_003)]))

    assert counts(run) == (1_002, 0, 0, 1_002)
    assert set(refusals(run)[-2:]) == {(1_001, "line", "line_invalid"), (1_002, "line", "line_invalid")}
