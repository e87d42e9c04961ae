"""What is written into an order file is what its reader says, whatever the texts are."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from fulfillment.channels.order_file.columns import NAMES
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.channels.order_file.jsonl import read_jsonl
from fulfillment.channels.order_file.sheet import read_xlsx
from tests.fulfillment.importing.order_rows import Row, as_csv, as_excel_saves_it, as_jsonl, as_xlsx, row

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
PLAIN = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
"""What XML can't hold, and how some programs hold it all the same."""
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXT)), max_size=5)


@given(rows=ROWS)
@settings(deadline=None)
def test_a_csv_file_says_what_was_written_into_it(rows: list[Row]) -> None:
    read = list(read_csv(io.BytesIO(as_csv(rows))))

    assert [dict(zip(NAMES, found.texts, strict=True)) for found in read] == rows
    assert [found.number for found in read] == list(range(1, len(rows) + 1))


@given(rows=ROWS, names=st.permutations(NAMES))
@settings(deadline=None)
def test_the_order_of_the_columns_does_not_matter(rows: list[Row], names: list[str]) -> None:
    assert list(read_csv(io.BytesIO(as_csv(rows, names)))) == list(read_csv(io.BytesIO(as_csv(rows))))


@given(rows=ROWS)
@settings(deadline=None)
def test_json_lines_say_what_was_written_into_them(rows: list[Row]) -> None:
    content = as_jsonl(rows)

    read = list(read_jsonl(io.BytesIO(content))) if rows else []

    assert [dict(zip(NAMES, found.texts, strict=True)) for found in read] == rows


@given(rows=ROWS, formatted=st.booleans())
@settings(deadline=None, max_examples=40)
def test_a_workbook_says_what_another_reader_finds_in_it(rows: list[Row], formatted: bool) -> None:
    content = as_xlsx([{name: PLAIN.sub("", text) for name, text in each.items()} for each in rows])
    content = as_excel_saves_it(content) if formatted else content

    read = {found.number: found.texts for found in read_xlsx(io.BytesIO(content))}

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    values = list(sheet.iter_rows(min_row=2, max_col=len(NAMES), values_only=True))
    expected = {n: tuple(value or "" for value in row) for n, row in enumerate(values, start=1)}
    assert read == {n: texts for n, texts in expected.items() if any(texts)}


@given(number=st.one_of(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-(10**9), 10**9).map(lambda n: n / 4)))
@settings(deadline=None, max_examples=40)
def test_a_number_in_a_cell_is_written_as_a_person_would(number: float) -> None:
    (only,) = read_xlsx(io.BytesIO(as_xlsx([{"quantity": number, "sku": "X"}])))

    text = only.texts[NAMES.index("quantity")]
    assert float(text) == number
    assert text.lstrip("-").isdigit() == (number == int(number))


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (0, "0"), (1e3, "1000"), (1.5, "1.5")])
def test_a_cell_as_a_text(value: float, text: str) -> None:
    (only,) = read_xlsx(io.BytesIO(as_xlsx([{"quantity": value, "sku": "X"}])))

    assert only.texts[NAMES.index("quantity")] == text


def test_what_stands_beside_the_columns_is_seen() -> None:
    book = load_workbook(io.BytesIO(as_xlsx([row(), row()])))
    book.active["AZ3"] = "beside"
    out = io.BytesIO()
    book.save(out)

    first, second = read_xlsx(io.BytesIO(out.getvalue()))

    assert (first.fault, second.fault and second.fault.code) == (None, "columns_wrong")
