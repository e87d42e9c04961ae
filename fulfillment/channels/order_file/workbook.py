"""The texts of a workbook's first sheet, as a stream (ECMA-376, part 1, chapter 18).

Read with the XML parser itself: the usual libraries keep a whole row, every style and every rule of a sheet as
trees, which a file made for it can blow up to gigabytes, and take five times as long. Here one row and the
table of shared texts are all that is ever held.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foundation.errors import Invalid
from fulfillment.channels.order_file.text import MOST_ROW_BYTES

MOST_STRINGS: Final = 24_000_000
"""Bytes of the table of shared texts."""
MOST_KEPT: Final = 1_000_000
"""Bytes of a part that is read at once: the workbook's lists of its sheets and parts."""
AT_ONCE: Final = 65_536

_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_TAGS: Final = {f"{space} {tag}": tag for space in _NAMESPACES for tag in ("row", "c", "f", "v", "t", "si", "rPh")}
_CELL: Final = re.compile(r"([A-Z]{1,3})[0-9]{1,7}", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]+)?", re.ASCII)

BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError),
    *(ParseError, expat.ExpatError, DefusedXmlException, KeyError, ValueError, IndexError),
)
"""What is raised when the parts of a file are damaged or do not fit together."""

Cells = dict[int, tuple[str, str]]
"""Kind and text of a row's cells by column, 1 being the first. Kind `n` is a number, `b` a truth, else a text."""

FORMULA: Final = "f"
"""Kind of a cell with a formula that is not to be taken; its text is the cell's place."""


def sheet_rows(archive: zipfile.ZipFile, *, columns: int, takes_formulas: bool = True) -> Iterator[tuple[int, Cells]]:
    """The rows of the first sheet that hold anything, with their numbers, upwards.

    What stands right of the first `columns` columns is taken for the last of them, so that it is seen.
    Raises `Invalid` (`file_not_xlsx`, `file_unpacks_too_large`, `row_too_long`, `file_has_dtd`), and what
    `zipfile`, `expat` and `ElementTree` raise of a broken file.
    """
    workbook = next(iter(_related(archive, "", "/officeDocument").values()), "")
    sheets = _related(archive, workbook, "/worksheet")
    sheet = next((sheets[each] for each in _sheets(archive, workbook) if each in sheets), None)
    if sheet is None:
        raise broken("The workbook has no sheet.")
    texts: list[str] = []
    for table in _related(archive, workbook, "/sharedStrings").values():
        texts = _shared_texts(archive, table)
    reader = _Sheet(texts, columns, takes_formulas=takes_formulas)
    for _ in _fed(archive, sheet, reader.parser):
        yield from reader.rows
        reader.rows.clear()


def broken(message: str) -> Invalid:
    """A file whose parts do not fit together."""
    return Invalid(message, code="file_not_xlsx", field="file")


def tree(archive: zipfile.ZipFile, part: str) -> Element:
    """A small part, whole. Raises `Invalid` (`file_unpacks_too_large`) for one that is not."""
    if archive.getinfo(part).file_size > MOST_KEPT:
        raise _too_large(MOST_KEPT)
    return fromstring(archive.read(part), forbid_dtd=True)


def _related(archive: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """The parts that `part` points to by a relation of this kind, by the relation's id."""
    folder, name = posixpath.split(part)
    found = {}
    for relation in tree(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        if relation.get("Type", "").endswith(kind) and relation.get("TargetMode") != "External":
            target = posixpath.join("/", folder, relation.get("Target", ""))
            found[relation.get("Id", "")] = posixpath.normpath(target).lstrip("/")
    return found


def _sheets(archive: zipfile.ZipFile, workbook: str) -> Iterator[str]:
    """The ids of the workbook's sheets, as its tabs stand."""
    for element in tree(archive, workbook).iter():
        if element.tag.endswith("}sheet"):
            yield next((value for name, value in element.items() if name.endswith("}id")), "")


def _fed(archive: zipfile.ZipFile, part: str, parser: Any) -> Iterator[None]:
    """Gives the part to the parser, a piece at a time."""
    with archive.open(part) as xml:
        while piece := xml.read(AT_ONCE):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield


def _parser(start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> Any:
    def refuse(*_doctype: object) -> None:
        raise Invalid("The file's XML defines entities.", code="file_has_dtd", field="file")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _too_large(most: int) -> Invalid:
    message = f"A part unpacks to more than {most:,} bytes: give it in parts."
    return Invalid(message, code="file_unpacks_too_large", field="file")


class _Texts(ABC):
    """Collects what stands in the elements that hold text, readings of Japanese words (`rPh`) left out."""

    def __init__(self) -> None:
        self.parser = _parser(self.start, self.end)
        self.pieces: list[str] = []
        self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag in {"v", "t"}:
            if not self._is_reading:
                self.parser.CharacterDataHandler = self.pieces.append
        elif tag == "rPh":
            self._is_reading = True
        elif tag:
            self.begin(tag, attributes)

    def end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag in {"v", "t"}:
            self.parser.CharacterDataHandler = None
        elif tag == "rPh":
            self._is_reading = False
        elif tag:
            self.finish(tag)

    @abstractmethod
    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element around texts begins."""

    @abstractmethod
    def finish(self, tag: str) -> None:
        """It ends, and its texts are to be taken."""

    def taken(self) -> str:
        """The text so far; the next one begins empty."""
        text = "".join(self.pieces)
        self.pieces.clear()
        return text


class _Shared(_Texts):
    """The table of shared texts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self.pieces.clear()

    def finish(self, tag: str) -> None:
        if tag == "si":
            self.texts.append(self.taken())


def _shared_texts(archive: zipfile.ZipFile, part: str) -> list[str]:
    if archive.getinfo(part).file_size > MOST_STRINGS:
        raise _too_large(MOST_STRINGS)
    table = _Shared()
    for _ in _fed(archive, part, table.parser):
        continue
    return table.texts


class _Sheet(_Texts):
    """One sheet: full rows gather in `rows`, for the caller to take away."""

    def __init__(self, texts: list[str], columns: int, *, takes_formulas: bool) -> None:
        super().__init__()
        self.rows: list[tuple[int, Cells]] = []
        self._shared, self._columns = texts, columns
        self._row = self._column = self._length = 0
        self._kind = ""
        self._takes_formulas = takes_formulas
        self._cells: Cells = {}

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            place = attributes.get("r")
            self._column = self._column + 1 if place is None else _column(place)
            self._kind = attributes.get("t", "n")
            self.pieces.clear()
        elif tag == "f" and not self._takes_formulas:
            self._kind = FORMULA
        elif tag == "row":
            row = int(attributes.get("r", self._row + 1))
            if row <= self._row:
                raise broken("The sheet's rows do not stand in order.")
            self._row, self._column, self._length, self._cells = row, 0, 0, {}

    def finish(self, tag: str) -> None:
        if tag == "row" and self._cells:
            self.rows.append((self._row, self._cells))
        elif tag == "c" and self._kind == FORMULA:
            self.pieces.clear()
            self._cells[min(self._column, self._columns)] = (FORMULA, f"{_letters(self._column)}{self._row}")
        elif tag == "c" and self.pieces:
            text = self.taken()
            if self._kind == "s":
                text = self._text_at(text)
            elif self._kind == "n" and not _NUMBER.fullmatch(text):
                raise broken("A cell of the sheet holds no number where it should.")
            self._length += len(text)
            if self._length > MOST_ROW_BYTES:
                message = f"This row has more than {MOST_ROW_BYTES:,} characters."
                raise Invalid(message, code="row_too_long", field="file", row=self._row - 1)
            self._cells[min(self._column, self._columns)] = (self._kind, text)

    def _text_at(self, place: str) -> str:
        if not place.isdigit():
            raise broken("A cell of the sheet names no text where it should.")
        return self._shared[int(place)]


def _column(place: str) -> int:
    """The column of a cell such as `AB12`."""
    found = _CELL.fullmatch(place)
    if found is None:
        raise broken("A cell of the sheet has no place.")
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    """The letters of a column, 1 being A."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters
