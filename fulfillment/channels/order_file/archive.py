"""What an XLSX file is made of, looked at before anything of it is unpacked.

An XLSX file is a zip archive of XML. Small archives can unpack to more than a machine holds, and XML can
name files to fetch and texts to repeat; none of that belongs into a file of orders.
"""

import struct
import zipfile
from typing import IO, BinaryIO, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from foundation.errors import Invalid
from fulfillment.channels.files import MOST_BYTES
from fulfillment.channels.order_file.workbook import BROKEN, tree

MOST_ENTRIES: Final = 2_000
MOST_UNPACKED: Final = 100_000_000
MOST_RATIO: Final = 100
SMALL: Final = 65_536
"""Parts up to this size may be packed as tightly as they like: an empty table is mostly repetition."""

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LOCATOR_64: Final = b"PK\x06\x07"
_LOCATOR_64_SIZE: Final = 20
_DIRECTORY_ENTRY: Final = 46 + 466
"""Bytes in the directory for an entry with a name far longer than a spreadsheet's."""
_ENCRYPTED: Final = 1
_STRANGE: Final = {
    "xl/vbaproject": ("file_has_macros", "The file has macros: save it as a plain .xlsx."),
    "xl/macrosheets/": ("file_has_macros", "The file has macros: save it as a plain .xlsx."),
    "xl/externallinks/": ("file_has_links", "The file points to other files: save it with values only."),
    "xl/connections": ("file_has_links", "The file points to other files: save it with values only."),
    "xl/embeddings/": ("file_has_attachments", "The file has other files inside: save it without them."),
    "xl/activex/": ("file_has_macros", "The file has controls: save it as a plain .xlsx."),
}


def check_archive(handle: BinaryIO) -> None:
    """Passes for a plain spreadsheet of a sensible size, and leaves the handle at its start.

    Raises `Invalid`: `file_too_large`, `file_not_xlsx`, `file_too_many_parts`, `file_unpacks_too_large`,
    `file_encrypted`, `file_has_macros`, `file_has_links`, `file_has_attachments`, `file_has_dtd`.
    """
    _check_directory(handle)
    try:
        with zipfile.ZipFile(handle) as archive:
            _check_parts(archive.infolist())
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as xml:
                        _check_prolog(xml)
            _check_types(archive)
    except BROKEN as error:
        raise _refused("file_not_xlsx", "This is no spreadsheet as Excel 2007 and later save it.") from error
    handle.seek(0)


def _check_directory(handle: BinaryIO) -> None:
    """How long the list of parts is, before anybody reads that list."""
    size = handle.seek(0, 2)
    if size > MOST_BYTES:
        raise _refused("file_too_large", f"The file has {size:,} bytes; at most {MOST_BYTES:,} are read.")
    handle.seek(max(0, size - _END_SIZE - 0xFFFF - _LOCATOR_64_SIZE))
    tail = handle.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise _refused("file_not_xlsx", "This is no spreadsheet as Excel 2007 and later save it.")
    count, directory_bytes = struct.unpack_from("<HL", tail, end + 10)
    if tail[max(0, end - _LOCATOR_64_SIZE) : end].startswith(_LOCATOR_64) or count > MOST_ENTRIES:
        raise _refused("file_too_many_parts", f"The file has more than {MOST_ENTRIES:,} parts.")
    if directory_bytes > MOST_ENTRIES * _DIRECTORY_ENTRY:
        raise _refused("file_too_many_parts", "The file's list of parts is too long.")


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_ENTRIES:
        raise _refused("file_too_many_parts", f"The file has more than {MOST_ENTRIES:,} parts.")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise _refused("file_unpacks_too_large", f"The file unpacks to more than {MOST_UNPACKED:,} bytes.")
    for part in parts:
        name = part.filename.lower()
        if part.flag_bits & _ENCRYPTED:
            raise _refused("file_encrypted", "The file is protected by a password.")
        if part.file_size > max(SMALL, part.compress_size * MOST_RATIO):
            raise _refused("file_unpacks_too_large", f"A part unpacks to more than {MOST_RATIO} times its size.")
        if name.endswith((".zip", ".xlsx", ".xlsm")):
            raise _refused("file_has_attachments", "The file has other files inside: save it without them.")
        for strange, (code, message) in _STRANGE.items():
            if name.startswith(strange):
                raise _refused(code, message)


def _check_prolog(xml: IO[bytes]) -> None:
    """A DTD stands before the first element or nowhere."""
    try:
        next(iterparse(xml, events=("start",), forbid_dtd=True), None)
    except DefusedXmlException as error:
        raise _refused("file_has_dtd", "The file's XML defines entities: no spreadsheet needs that.") from error


def _check_types(archive: zipfile.ZipFile) -> None:
    kinds = tree(archive, "[Content_Types].xml").iter()
    if any("macroenabled" in element.get("ContentType", "").lower() for element in kinds):
        raise _refused("file_has_macros", "The file may have macros: save it as a plain .xlsx.")


def _refused(code: str, message: str) -> Invalid:
    return Invalid(message, code=code, field="file")
