"""Reading the online-retail layout: each row is one order line or one refusal, and a broken file says where."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Invalid
from fulfillment.channels.files import rows_of
from fulfillment.channels.made_up import made_up_measures, made_up_place
from fulfillment.channels.made_up_data import LOCALES
from fulfillment.channels.online_retail import COUNTRIES, HEADER, Reading, read_orders

HEAD = ",".join(HEADER)
GOOD = "576080,22465,HANGING METAL STAR LANTERN,12,2011-11-14 08:10,1.65,18211,United Kingdom"
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "orders" / "online_retail_2011w46.csv"


def read(*rows: str, seed: int = 1) -> Reading:
    return read_orders("\n".join((HEAD, *rows, "")).encode(), seed=seed)


def row(**changes: str) -> str:
    fields = dict(zip(HEADER, GOOD.split(","), strict=True)) | changes
    return ",".join(fields.values())


def test_a_sale_of_goods_becomes_a_line() -> None:
    reading = read(GOOD)

    (order,) = reading.orders
    (line,) = order.lines
    assert (reading.read, reading.refused, reading.chosen) == (1, (), 0)
    assert (order.invoice, order.country, order.buyer) == ("576080", "GB", "18211")
    assert order.placed_at.astimezone(UTC) == datetime(2011, 11, 14, 8, 10, tzinfo=UTC)
    assert (line.row, line.item, line.quantity, line.unit_price_cents) == (1, "22465", 12, 165)
    assert line.description == "HANGING METAL STAR LANTERN"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"InvoiceNo": "C576080", "Quantity": "-12"}, "credit_note"),
        ({"InvoiceNo": ""}, "invoice_invalid"),
        ({"InvoiceNo": "57 60"}, "invoice_invalid"),
        ({"InvoiceNo": "٥٧٦"}, "invoice_invalid"),
        ({"StockCode": "POST"}, "not_goods"),
        ({"StockCode": "BANK CHARGES"}, "not_goods"),
        ({"StockCode": "m"}, "not_goods"),
        ({"StockCode": "gift_0001_20"}, "not_goods"),
        ({"StockCode": ""}, "item_invalid"),
        ({"StockCode": "x" * 41}, "item_invalid"),
        ({"Quantity": "-5", "UnitPrice": "0.0", "CustomerID": ""}, "write_off"),
        ({"Quantity": "5", "UnitPrice": "0.0", "CustomerID": ""}, "stock_correction"),
        ({"Quantity": "0"}, "quantity_invalid"),
        ({"Quantity": "1.5"}, "quantity_invalid"),
        ({"Quantity": "1e3"}, "quantity_invalid"),
        ({"Quantity": "٣"}, "quantity_invalid"),
        ({"Quantity": "1000001"}, "quantity_invalid"),
        ({"Quantity": ""}, "quantity_invalid"),
        ({"UnitPrice": "-1"}, "price_invalid"),
        ({"UnitPrice": "1.655"}, "price_invalid"),
        ({"UnitPrice": "NaN"}, "price_invalid"),
        ({"UnitPrice": "1e2"}, "price_invalid"),
        ({"InvoiceDate": "14/11/2011"}, "date_invalid"),
        ({"InvoiceDate": "2011-02-30 08:10"}, "date_invalid"),
        ({"InvoiceDate": "9999-01-01 00:00"}, "date_invalid"),
        ({"InvoiceNo": "576081", "Country": "Unspecified"}, "country_unknown"),
        ({"InvoiceNo": "576081", "Country": ""}, "country_unknown"),
    ],
)
def test_any_other_row_is_refused_with_its_reason(changes: dict[str, str], code: str) -> None:
    reading = read(GOOD, row(**changes))

    (refused,) = reading.refused
    assert (reading.read, refused.row, refused.code) == (2, 2, code)
    assert refused.message.endswith(".")
    assert [line.row for order in reading.orders for line in order.lines] == [1]


def test_a_gift_to_a_known_customer_is_a_line_of_price_nought() -> None:
    (order,) = read(row(UnitPrice="0.0")).orders

    assert order.lines[0].unit_price_cents == 0


def test_a_row_with_too_few_columns_is_refused_and_the_rest_goes_on() -> None:
    reading = read("576080,22465,LANTERN", GOOD)

    assert [(r.row, r.code, r.reference) for r in reading.refused] == [(1, "columns_wrong", "576080 22465")]
    assert len(reading.orders) == 1


def test_items_in_small_and_capital_letters_are_the_same() -> None:
    (order,) = read(row(StockCode="84030e"), row(StockCode="84030E ")).orders

    assert [line.item for line in order.lines] == ["84030E", "84030E"]


def test_an_invoice_has_one_country() -> None:
    reading = read(GOOD, row(Country="France"))

    assert [(r.row, r.code) for r in reading.refused] == [(2, "country_differs")]


def test_an_invoice_is_placed_when_its_first_row_was() -> None:
    (order,) = read(row(InvoiceDate="2011-11-14 08:11"), GOOD).orders

    assert order.placed_at.minute == 10


def test_the_thousand_and_first_line_of_an_invoice_is_refused() -> None:
    reading = read(*[GOOD] * 1_001)

    assert [(r.row, r.code) for r in reading.refused] == [(1_001, "too_many_lines")]
    assert len(reading.orders[0].lines) == 1_000


def test_the_channel_islands_are_one_of_two_by_seed_and_the_same_for_a_customer() -> None:
    rows = [row(InvoiceNo=f"57608{n}", Country="Channel Islands") for n in range(3)]

    reading = read(*rows)

    assert reading.chosen == 3
    assert len({order.country for order in reading.orders}) == 1
    seen = {read(*rows, seed=seed).orders[0].country for seed in range(20)}
    assert seen == {"GG", "JE"}


def test_every_country_of_the_table_has_words_for_addresses() -> None:
    assert {code for codes in COUNTRIES.values() for code in codes} <= LOCALES.keys()


@pytest.mark.parametrize(
    ("content", "code", "at"),
    [
        (b"", "file_empty", 0),
        (b"\n\n", "file_empty", 0),
        (b"a,b\n1,2\n", "header_wrong", 0),
        (f"{HEAD}\n{GOOD}\n{GOOD[:20]}\xe9\n".encode("latin-1"), "file_not_utf8", 2),
        (b"\xef\xbb\xbf" + f"{HEAD}\n{GOOD}\n".encode(), "file_not_utf8", 0),
        (f"{HEAD}\n{GOOD}\n".encode("utf-16"), "file_not_utf8", 0),
        (f"{HEAD}\n{GOOD}\n{GOOD}\0\n".encode(), "file_has_nul", 2),
        (f'{HEAD}\n{GOOD}\n576081,22465,"LANTERN,12,2011-11-14 08:10,1,1,France\n'.encode(), "quote_unclosed", 2),
        (f'{HEAD}\n576081,"A" B,C,1,2,3,4,5\n'.encode(), "quote_unclosed", 1),
        (f"{HEAD}\n{GOOD}\n{'x' * 200_000}\n".encode(), "field_too_long", 2),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_names_its_row(content: bytes, code: str, at: int) -> None:
    with pytest.raises(Invalid) as refusal:
        read_orders(content, seed=1)

    assert (refusal.value.code, refusal.value.row) == (code, at)


def test_a_file_over_the_limit_is_not_read() -> None:
    with pytest.raises(Invalid) as refusal:
        list(rows_of(f"{HEAD}\n{GOOD}\n".encode(), header=HEADER, most_bytes=50))

    assert refusal.value.code == "file_too_large"


def test_blank_lines_count_only_before_further_rows() -> None:
    rows = list(rows_of(f"{HEAD}\n{GOOD}\n\n{GOOD}\n\n\n".encode(), header=HEADER))

    assert [(number, len(fields)) for number, fields in rows] == [(1, 8), (2, 0), (3, 8)]


def test_a_quoted_description_may_hold_commas_and_line_breaks() -> None:
    (order,) = read('576080,22465,"GARLAND,\nVINTAGE ""BELLS""",1,2011-11-14 08:10,1.65,1,France').orders

    assert order.lines[0].description == 'GARLAND, VINTAGE "BELLS"'


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=10), max_size=5
    )
)
def test_no_row_is_lost_whatever_is_in_it(rows: list[list[str]]) -> None:
    quoted = [",".join('"' + text.replace('"', '""') + '"' for text in fields) for fields in rows]

    reading = read(GOOD, *quoted, GOOD)

    lines = [line.row for order in reading.orders for line in order.lines]
    assert sorted(lines + [refused.row for refused in reading.refused]) == list(range(1, reading.read + 1))


@pytest.mark.skipif(not REAL.exists(), reason="the real week lies beside the project, not in it")
def test_the_real_week_is_read_whole() -> None:
    reading = read_orders(REAL.read_bytes(), seed=1)

    lines = [line for order in reading.orders for line in order.lines]
    assert (reading.read, len(lines), len(reading.refused)) == (17_778, 17_358, 420)
    assert Counter(refused.code for refused in reading.refused) == {
        "credit_note": 244,
        "not_goods": 74,
        "write_off": 46,
        "stock_correction": 37,
        "country_unknown": 19,
    }
    assert (len(reading.orders), sum(line.quantity for line in lines)) == (586, 166_169)


def test_a_made_up_buyer_stays_the_same_and_lives_in_the_country() -> None:
    place = made_up_place(seed=7, key="18211", country="PL")

    assert place == made_up_place(seed=7, key="18211", country="PL")
    assert place != made_up_place(seed=8, key="18211", country="PL")
    assert (place.country, place.email.endswith("@mail.example")) == ("PL", True)
    assert any(letter.isdigit() for letter in place.line1)


@given(st.integers(0, 10**6), st.text(max_size=20), st.integers(0, 10_000_000))
def test_made_up_measures_are_those_of_a_thing(seed: int, key: str, price_cents: int) -> None:
    size = made_up_measures(seed=seed, key=key, price_cents=price_cents)

    assert size.length_mm >= size.width_mm >= size.height_mm >= 1
    assert size.weight_g >= 5
    assert size.length_mm * size.width_mm * size.height_mm <= 10_000_000
