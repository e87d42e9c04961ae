"""The ZPL writer: the same pages in the label printers' own language, printed dot for dot at 203 or 300 dpi.

Barcodes and plain text are the printer's own commands, which it places exactly. Whatever its parser or
its resident typeface might read differently than we do (a backslash in an aligned block, Greek, an
emoji's replacement, a `>` in Code 128, EAN-13, QR) is sent as a small picture of the very dots instead.

Text is data. Fields are written with `^FH` and every byte outside a short safe list as hex, so a name
that holds `^XZ~JA` prints as those letters and the number of commands is the layout's own. Source:
Zebra Programming Language guide (^BC, ^BX, ^FB, ^FH, ^GB, ^GF); CRC-16/XMODEM for `:Z64:`.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable

from labels.drawing.barcodes import Symbology
from labels.drawing.canvas import DOTS_PER_MM, Align, Barcode, Box, Canvas, Item, Photo, Polygon, Text
from labels.drawing.faults import DrawingError
from labels.drawing.gs1 import SEPARATOR, Element, needs_separator
from labels.drawing.pictures import Bitmap, barcode_bitmap, photo_bitmap, polygon_bitmap, text_bitmap
from labels.drawing.pitches import at_pitch
from labels.drawing.typefaces import advances, face_name

CONTENT_TYPE = "application/zpl"
MOST_COPIES = 999

_CENTRAL = "ĄąĆćČčĎďĘęĚěŁłŃńŇňŐőŒœŘřŚśŞşŠšŤťŮůŸŹźŻżŽž"
_PRINTER_HAS = re.compile(rf"[\x20-\x7e\u00a1-\u00ac\u00ae-\u00ff{_CENTRAL}–—‘’“”„•…€]*")
"""Letters the resident scalable typeface is sure to have: Western and Central European."""
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/()+:#'&@")
_NATIVE_CODE = re.compile(r"[A-Za-z0-9 .,\-/+:#$%*@=?!]*")
"""Barcode data without a character that means something to ^BC or ^BX themselves."""
_DRAWN = frozenset({Symbology.EAN_13, Symbology.QR})
"""Sent as pictures: ^BE draws longer guard bars into what stands below, ^BQ moves its symbol down."""
_ALIGN = {Align.LEFT: "L", Align.CENTRE: "C", Align.RIGHT: "R"}
_WIDER = {"-": 1000, "_": 500, "*": 500, "J": 450, "§": 500, "¿": 500, ",": 340, ".": 340, "·": 340}
_WIDER |= {"–": 500, "“": 500, "”": 500, "„": 500, "—": 1000, "…": 1000}
"""Where the resident typeface may be wider than ours, in thousandths of the size."""
_LEAST_ADVANCE = 290
_SPARE = 1.04
"""The resident typeface is not the same on every model; its lines get this much more room."""


def render(pages: Iterable[Canvas], *, copies: int = 1, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The pages as ZPL for a printer of 8 or 12 dots a millimetre, one `^XA … ^XZ` each, `copies` of every page."""
    if not 1 <= copies <= MOST_COPIES:
        raise DrawingError(f"A printer makes 1 to {MOST_COPIES} copies of a label.", code="copies_invalid")
    return "".join(_page(at_pitch(page, dots_per_mm), copies) for page in pages).encode()


def _page(page: Canvas, copies: int) -> str:
    head = f"^XA^CI28^PW{page.width}^LL{page.height}^LH0,0^PON^PMN^LRN^FWN\n"
    foot = f"^PQ{copies}\n^XZ\n"
    return head + "".join(f"{_field(item)}^FS\n" for item in page.items) + foot


def _field(item: Item) -> str:
    match item:
        case Text():
            return _text(item)
        case Box():
            thick = item.thickness or min(item.width, item.height)
            return f"^FO{item.x},{item.y}^GB{item.width},{item.height},{thick}"
        case Polygon():
            return _picture(polygon_bitmap(item))
        case Barcode():
            return _barcode(item)
        case Photo():
            return _picture(photo_bitmap(item))


def _text(item: Text) -> str:
    aligned = item.align is not Align.LEFT
    reverse = "^FR" if item.white else ""
    if not _PRINTER_HAS.fullmatch(item.text) or (aligned and "\\" in item.text):
        return _picture(text_bitmap(item), reverse=reverse)
    wide = min(item.size, int(item.width / _resident_width(item.text)))
    if wide * 3 < item.size * 2:
        # Squeezed so far, the printer's rounding of every letter to whole dots would outgrow the line.
        return _picture(text_bitmap(item), reverse=reverse)
    block = f"^FB{item.width},1,0,{_ALIGN[item.align]}" if aligned else ""
    return f"^FT{item.x},{item.y}^A0N,{item.size},{wide}{block}{reverse}^FH_^FD{field_data(item.text)}"


def _resident_width(text: str) -> float:
    """The most room `text` takes in the printer's own typeface, in ems."""
    ours = advances(face_name(bold=False))
    return _SPARE * sum(_WIDER.get(c) or max(ours[ord(c)], _LEAST_ADVANCE) for c in text) / 1000


def field_data(text: str) -> str:
    """`text` as the data of a field under `^FH_`: all but a safe list as the hex of its UTF-8 bytes."""
    return "".join(
        letter if letter in _SAFE else "".join(f"_{byte:02X}" for byte in letter.encode()) for letter in text
    )


def _barcode(item: Barcode) -> str:
    at = f"^FO{item.x},{item.y}"
    symbol = item.symbol
    values = [value for _ai, value in symbol.elements] or [symbol.text]
    if symbol.symbology in _DRAWN or not all(_NATIVE_CODE.fullmatch(value) for value in values):
        return _picture(barcode_bitmap(item))
    match symbol.symbology:
        case Symbology.GS1_128:
            # Mode D strips the parentheses and starts with FNC1; `>8` is the FNC1 between elements.
            return f"{at}^BY{item.module}^BCN,{item.height},N,N,N,D^FD{_chained(symbol.elements)}"
        case Symbology.CODE_128:
            return f"{at}^BY{item.module}^BCN,{item.height},N,N,N,A^FD{symbol.text}"
        case _:
            # The escape character is set to `|` because its default differs between firmwares.
            said = f"|1{symbol.payload.decode()}".replace(SEPARATOR, "|1") if symbol.elements else symbol.text
            return f"{at}^BXN,{item.module},200,,,,|,1^FD{said}"


def _chained(elements: tuple[Element, ...]) -> str:
    """The elements as `^BC` in mode D wants them."""
    *others, last = (f"({ai}){value}{'>8' if needs_separator(ai) else ''}" for ai, value in elements)
    return "".join([*others, last.removesuffix(">8")])


def _picture(bitmap: Bitmap, *, reverse: str = "") -> str:
    """A picture in Z64: deflated, base64, with its checksum; the parser finds no command in it."""
    packed = base64.b64encode(zlib.compress(bitmap.rows, 9))
    size = len(bitmap.rows)
    check = binascii.crc_hqx(packed, 0)
    data = f"{size},{size},{bitmap.bytes_per_row},:Z64:{packed.decode()}:{check:04X}"
    return f"^FO{bitmap.x},{bitmap.y}{reverse}^GFA,{data}"
