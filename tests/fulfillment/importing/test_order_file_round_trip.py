"""What is written into an order file is what its reader says, whatever the texts are."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.channels.order_file.columns import NAMES
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.channels.order_file.jsonl import read_jsonl
from tests.fulfillment.importing.order_rows import Row, as_csv, as_jsonl

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
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
