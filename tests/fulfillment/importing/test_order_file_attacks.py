"""Files that are none, or worse: refused with a code, before they are unpacked, and nothing is left behind."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import BinaryIO

import pytest

from foundation.errors import Invalid
from fulfillment.channels.order_file import archive, workbook
from fulfillment.channels.order_file.columns import NAMES
from fulfillment.channels.order_file.comma import read_csv
from fulfillment.channels.order_file.jsonl import read_jsonl
from fulfillment.channels.order_file.sheet import read_xlsx
from fulfillment.channels.order_file.text import MOST_ROW_BYTES
from fulfillment.services.order_files import format_of, shown_name
from tests.fulfillment.importing.order_rows import as_csv, as_excel_saves_it, as_jsonl, as_xlsx, row

CSV = as_csv([row(), row(order_reference="S-2")])
HEAD = CSV.split(b"\r\n")[0]
BOOK = as_xlsx([row()])


def refusal(read: Callable[[BinaryIO], object], content: bytes | BinaryIO) -> tuple[str, int | None]:
    handle = io.BytesIO(content) if isinstance(content, bytes) else content
    with pytest.raises(Invalid) as refused:
        list(read(handle))  # type: ignore[call-overload]
    assert refused.value.message
    return refused.value.code, refused.value.row


@pytest.mark.parametrize(
    ("content", "code", "row_number"),
    [
        (b"", "file_empty", 0),
        (b"\xef\xbb\xbf" + CSV, "file_not_utf8", 0),
        (CSV.decode().encode("utf-16"), "file_not_utf8", 0),
        (CSV.decode().encode("utf-16-le"), "file_has_nul", 0),
        (CSV.replace(b"S-2", b"S\0-2"), "file_has_nul", 2),
        (CSV.replace(b"S-2", b"S\xff-2"), "file_not_utf8", 2),
        (CSV.replace(b"S-2", b'"S-2'), "quote_unclosed", 2),
        (CSV.replace(b"S-1", b'"S-1') + CSV * 500, "quote_unclosed", 1),
        (CSV.replace(b"S-1", b'"S"-1'), "quote_unclosed", 1),
        (CSV.replace(b"\r\n", b"\r"), "line_end_wrong", 0),
        (CSV + b"x" * (MOST_ROW_BYTES + 1), "row_too_long", 3),
        (CSV + b'"a\n' * MOST_ROW_BYTES, "quote_unclosed", 3),
        (BOOK, "file_not_utf8", 0),
        (b"\n" + CSV, "column_missing", 0),
        (CSV.replace(b"quantity", b"amount", 1), "column_unknown", 0),
        (CSV.replace(b"quantity", b"sku", 1), "column_repeated", 0),
        (CSV.replace(b",", b";"), "column_unknown", 0),
        (b"order_reference,sku\nS-1,RING\n", "column_missing", 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_csv_file_that_is_none(content: bytes, code: str, row_number: int) -> None:
    assert refusal(read_csv, content) == (code, row_number)


class Endless(io.RawIOBase):
    """A stream of one byte without end, of which it counts how much was taken."""

    def __init__(self, start: bytes, filler: bytes) -> None:
        self._start, self._filler, self.given = start, filler, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        chunk = (self._start or self._filler * len(buffer))[: len(buffer)]
        self._start = self._start[len(chunk) :]
        buffer[: len(chunk)] = chunk
        self.given += len(chunk)
        return len(chunk)


@pytest.mark.parametrize("read", [read_csv, read_jsonl])
def test_a_line_of_a_gigabyte_is_not_read(read: Callable[[BinaryIO], object]) -> None:
    stream = Endless(CSV if read is read_csv else as_jsonl([row()] * 2), b"x")
    tracemalloc.start()

    found = refusal(read, io.BufferedReader(stream))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == ("row_too_long", 3)
    assert stream.given < 4 * MOST_ROW_BYTES
    assert peak < 2_000_000


def test_an_endless_file_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fulfillment.channels.order_file.text.MOST_BYTES", 1_000)

    assert refusal(read_csv, io.BufferedReader(Endless(CSV, b"\n"))) == ("file_too_large", 1_001 - len(CSV) + 2)


@pytest.mark.parametrize("read", [read_csv, read_jsonl, read_xlsx])
def test_a_file_of_too_many_rows(read: Callable[[BinaryIO], object], monkeypatch: pytest.MonkeyPatch) -> None:
    module = read.__module__
    monkeypatch.setattr(f"{module}.MOST_ROWS", 2)
    rows = [row()] * 3
    content = {read_csv: as_csv, read_jsonl: as_jsonl, read_xlsx: as_xlsx}[read](rows)  # type: ignore[index]

    assert refusal(read, content) == ("too_many_rows", 3)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "json_malformed"),
        (b'{"sku": "RING"} {"sku": "RING"}', "json_malformed"),
        (b"[" * 30_000, "json_malformed"),
        (b'["S-1", 1]', "object_expected"),
        (b"[]", "object_expected"),
        (b"3", "object_expected"),
        (b'{"sku": "A", "sku": "B"}', "key_repeated"),
        (b'{"seller": "other"}', "column_unknown"),
        (b'{"name": {"first": "Jan"}}', "value_nested"),
        (b'{"line": [1]}', "value_nested"),
        (b'{"name": []}', "value_nested"),
        (b'{"name": "\xff"}', "file_not_utf8"),
        (b"\0", "file_has_nul"),
    ],
)
def test_a_line_that_is_no_plain_object_makes_the_file_unreadable(line: bytes, code: str) -> None:
    assert refusal(read_jsonl, as_jsonl([row()]) + b"\n" + line + b"\n") == (code, 3)


def test_an_empty_file_of_json_lines() -> None:
    assert refusal(read_jsonl, b"") == ("file_empty", 1)


# --- XLSX ------------------------------------------------------------------------------------------------


def rezipped(change: Callable[[str, bytes], bytes] | None = None, **more: bytes) -> bytes:
    """The good workbook with each part changed, and with more parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, change(part.filename, content) if change else content)
        for name, content in more.items():
            new.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def with_dtd(entities: str) -> bytes:
    dtd = f"<!DOCTYPE worksheet [{entities}]>".encode()
    return rezipped(lambda name, xml: dtd + xml if name == "xl/worksheets/sheet1.xml" else xml)


def spaced(name: str, xml: bytes) -> bytes:
    """A sheet that claims to be as large as a sheet can be, with one cell in its last corner."""
    if name != "xl/worksheets/sheet1.xml":
        return xml
    start, _, rest = xml.partition(b'<dimension ref="')
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return start + b'<dimension ref="A1:XFD1048576' + rest[rest.index(b'"') :].replace(b"</sheetData>", far)


LONG = "".join(str(n) for n in range(6_800))
BOMB = b"0" * 20_000_000
LARGE = b"".join(b"<!-- %d -->" % n for n in range(300_000))
COMMENTS = b"".join(b"<!-- %d -->" % n for n in range(9_000))
XML = "xl__worksheets__sheet2.xml"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_not_xlsx"),
        (b"PK\x03\x04", "file_not_xlsx"),
        (CSV, "file_not_xlsx"),
        (BOOK[:-30], "file_not_xlsx"),
        (BOOK[:200] + b"\0" * 60 + BOOK[260:], "file_not_xlsx"),
        (rezipped(**{XML: BOMB}), "file_unpacks_too_large"),
        (rezipped(lambda name, xml: xml + LARGE if name == "xl/workbook.xml" else xml), "file_unpacks_too_large"),
        (rezipped(lambda name, xml: xml + LARGE if name == "[Content_Types].xml" else xml), "file_unpacks_too_large"),
        (rezipped(lambda name, xml: xml.replace(b'r="A2"', b'r="2A"')), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b'<row r="2"', b'<row r="1"')), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b'<row r="2"', b'<row r="x"')), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b't="inlineStr"', b't="s"')), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b"worksheets/sheet1.xml", b"worksheets/sheet9.xml")), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b"<sheet ", b"<sheed ")), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b"<v>2</v>", b"<v>two</v>")), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b"<v>2</v>", b"<v>NaN</v>")), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml.replace(b't="n"><v>2</v>', b't="s"><v>-1</v>')), "file_not_xlsx"),
        (as_xlsx([row(name=LONG, city=LONG, region=LONG)]), "row_too_long"),
        (rezipped(**{"xl__a.zip": b"PK"}), "file_has_attachments"),
        (rezipped(**{"xl__embeddings__a.bin": b"x"}), "file_has_attachments"),
        (rezipped(**{"xl__vbaProject.bin": b"x"}), "file_has_macros"),
        (rezipped(lambda name, xml: xml.replace(b"sheet.main+xml", b"macroEnabled.main+xml")), "file_has_macros"),
        (rezipped(**{"xl__externalLinks__externalLink1.xml": b"<a/>"}), "file_has_links"),
        (rezipped(**{"xl__connections.xml": b"<a/>"}), "file_has_links"),
        (with_dtd('<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">'), "file_has_dtd"),
        (with_dtd('<!ENTITY a SYSTEM "file:///etc/passwd">'), "file_has_dtd"),
        (with_dtd(""), "file_has_dtd"),
        (rezipped(**{XML: COMMENTS + b"<!DOCTYPE a><a/>"}), "file_has_dtd"),
        (rezipped(**{XML: "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE a><a/>".encode("utf-16")}), "file_has_dtd"),
        (rezipped(lambda name, xml: b"" if name == "xl/workbook.xml" else xml), "file_not_xlsx"),
        (rezipped(lambda name, xml: xml[: len(xml) // 2] if name.endswith("sheet1.xml") else xml), "file_not_xlsx"),
        (rezipped(spaced), "too_many_rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_workbook_that_is_none(content: bytes, code: str) -> None:
    assert refusal(read_xlsx, content)[0] == code


def test_many_parts_are_not_even_listed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for n in range(archive.MOST_ENTRIES + 1):
            book.writestr(f"{n}", b"")

    assert refusal(read_xlsx, out.getvalue())[0] == "file_too_many_parts"


@pytest.mark.parametrize("change", ["count", "size", "zip64"])
def test_a_list_of_parts_that_lies_about_its_length_is_not_read(change: str) -> None:
    content = bytearray(BOOK)
    end = content.rindex(b"PK\x05\x06")
    if change == "count":
        struct.pack_into("<H", content, end + 10, 65_535)
    elif change == "size":
        struct.pack_into("<L", content, end + 12, 60_000_000)
    else:
        content[end:end] = b"PK\x06\x07" + b"\0" * 16

    assert refusal(read_xlsx, bytes(content))[0] == "file_too_many_parts"


def test_many_parts_that_unpack_to_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 10_000)

    assert refusal(read_xlsx, rezipped(**{XML: b"<a/>" + b" " * 9_000}))[0] == "file_unpacks_too_large"


def test_a_workbook_larger_than_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 100)

    assert refusal(read_xlsx, BOOK)[0] == "file_too_large"


def test_an_encrypted_part() -> None:
    content = bytearray(BOOK)
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(read_xlsx, bytes(content))[0] == "file_encrypted"


def test_a_huge_sheet_takes_no_memory() -> None:
    tracemalloc.start()

    found = refusal(read_xlsx, rezipped(spaced))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == ("too_many_rows", 1_048_575)
    assert peak < 20_000_000


def test_a_formula_counts_by_its_value_only() -> None:
    content = as_xlsx([row(quantity="=1+1", name="=HYPERLINK(A1)")], formulas=True)

    (only,) = read_xlsx(io.BytesIO(content))

    texts = dict(zip(NAMES, only.texts, strict=True))
    assert (texts["quantity"], texts["name"], texts["sku"]) == ("", "", "RING")


def test_texts_in_a_table_of_their_own_are_the_same_texts() -> None:
    rows = [row(), row(name="Ægir Ðórsson", order_reference="=S-2")]

    content = as_excel_saves_it(as_xlsx(rows))

    assert b't="s"' in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert list(read_xlsx(io.BytesIO(content))) == list(read_xlsx(io.BytesIO(as_xlsx(rows))))


def test_a_table_of_texts_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_STRINGS", 500)

    assert refusal(read_xlsx, as_excel_saves_it(BOOK))[0] == "file_unpacks_too_large"


def test_a_sheet_without_a_row() -> None:
    assert refusal(read_xlsx, as_xlsx([], names=[])) == ("file_empty", 0)


# --- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\week.csv", "week.csv"),
        ("C:\\x\\week.csv", "week.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("week\u202evsc.exe", "weekvsc.exe"),
        ("a.pdf.html", "a.pdf.html"),
        ("week\r\n\0\x1b[31m.csv", "week[31m.csv"),
        ("/", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_a_file_is_known_by_a_name_that_can_do_no_harm(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "layout"),
    [("a.csv", "csv"), ("A.CSV", "csv"), ("a.xlsx", "xlsx"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl")],
)
def test_the_suffix_tells_the_format(name: str, layout: str) -> None:
    assert format_of(name) == layout


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.xlsm", "file_has_macros"),
        ("a.xlsx.html", "format_unknown"),
        ("a", "format_unknown"),
        ("a.json", "format_unknown"),
    ],
)
def test_a_suffix_that_tells_no_format(name: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        format_of(name)

    assert refused.value.code == code
