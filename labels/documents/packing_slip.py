"""The packing slip, A5 upright, in the buyer's language: what is in this parcel, what follows, and how to send it back.

Never a price: the parcel may be a gift, and the VAT invoice is another paper. Any number of lines runs
over as many pages as it takes; every serial number is printed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from labels.documents.address import PostalAddress, draw_small_address
from labels.documents.slip_words import DEFAULT, SlipWords, words_for
from labels.documents.typesetting import caption, fact
from labels.drawing import pdf, zpl
from labels.drawing.barcodes import Symbology, encode
from labels.drawing.canvas import DOTS_PER_MM, Align, Canvas
from labels.drawing.lettering import clean, wrap

WIDTH, HEIGHT = 1184, 1680
MARGIN = 72
INNER = WIDTH - 2 * MARGIN
BOTTOM = HEIGHT - 96
"""Rows and the closing block end above this; the page number stands below."""
ITEM_LEFT = MARGIN + 124
LATER_WIDTH = 170
ITEM_WIDTH = WIDTH - MARGIN - LATER_WIDTH - 24 - ITEM_LEFT
TITLE, SMALL = 28, 23
TITLE_LEADING, SMALL_LEADING = 36, 31
ROW_PADDING = 30
SMALL_LINES = 24
"""Small lines (SKU, lot, serials) in one row; more go on in a row of their own, which may be the next page's."""
QR_SIDE = 200
FIRST_TOP, NEXT_TOP = 496, 236
"""Where the rows start on the first page and on the others."""


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line: `picked` units are in this parcel, `backordered` follow later."""

    sku: str
    title: str
    picked: int
    lot: str = ""
    serials: tuple[str, ...] = ()
    backordered: int = 0


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """One parcel's slip. `return_url` is printable ASCII and becomes a QR code; `message` is the giver's own words.

    `language` is a tag such as `nl` or `de-AT` (`slip_words.LANGUAGES`; English for any other).
    """

    order_no: str
    shop: str
    ship_to: PostalAddress
    lines: tuple[SlipLine, ...]
    ordered_on: date | None = None
    parcel_no: int = 1
    parcel_count: int = 1
    return_instructions: str = ""
    return_url: str = ""
    message: str = ""
    language: str = DEFAULT

    @property
    def words(self) -> SlipWords:
        """The fixed words in the buyer's language."""
        return words_for(self.language)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the order, or the rest of one, as set."""

    picked: str
    later: str
    title: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def height(self) -> int:
        return ROW_PADDING + TITLE_LEADING * len(self.title) + SMALL_LEADING * len(self.small)


def layout(doc: PackingSlip) -> list[Canvas]:
    """One canvas a page, at least one."""
    sheets = _paginate([row for line in doc.lines for row in _rows(line, doc.words)], doc)
    pages: list[Canvas] = []
    for number, rows in enumerate(sheets, start=1):
        canvas = Canvas(WIDTH, HEIGHT)
        y = _first_head(canvas, doc) if number == 1 else _next_head(canvas, doc)
        for row in rows:
            y = _draw_row(canvas, y, row)
        if number == len(sheets):
            _closing(canvas, y, doc)
        canvas.text(MARGIN, HEIGHT - 48, f"{doc.shop} · {doc.words.order} {doc.order_no}", 20, width=INNER - 200)
        page = doc.words.page.format(number=number, count=len(sheets))
        canvas.text(WIDTH - MARGIN - 180, HEIGHT - 48, page, 20, width=180, align=Align.RIGHT)
        pages.append(canvas)
    return pages


def _rows(line: SlipLine, words: SlipWords) -> Iterator[_Row]:
    title = tuple(wrap(clean(line.title or line.sku, bold=True), TITLE, ITEM_WIDTH, lines=2, bold=True))
    small = [f"SKU {line.sku}" + (f"  ·  {words.lot} {line.lot}" if line.lot.strip() else "")]
    small = wrap(clean(small[0]), SMALL, ITEM_WIDTH, lines=2)
    if line.serials:
        small += _flow([f"{words.serial} {line.serials[0]}", *line.serials[1:]])
    later = str(line.backordered) if line.backordered else ""
    row = _Row(str(line.picked), later, title, tuple(small[:SMALL_LINES]))
    yield row
    for start in range(SMALL_LINES, len(small), SMALL_LINES):
        yield replace(row, picked="", later="", title=(), small=tuple(small[start : start + SMALL_LINES]))


def _flow(words: Sequence[str]) -> list[str]:
    """All of `words`, a few on each line, none left out."""
    rows = [clean(words[0])]
    probe = Canvas(WIDTH, HEIGHT)
    for word in words[1:]:
        longer = f"{rows[-1]}, {clean(word)}"
        if probe.measure(longer, SMALL) <= ITEM_WIDTH:
            rows[-1] = longer
        else:
            rows.append(clean(word))
    return rows


def _paginate(rows: Sequence[_Row], doc: PackingSlip) -> list[list[_Row]]:
    """The rows of each page. The closing block stands whole under the last of them."""
    sheets: list[list[_Row]] = [[]]
    y = FIRST_TOP
    for row in rows:
        if y + row.height > BOTTOM:
            sheets.append([])
            y = NEXT_TOP
        sheets[-1].append(row)
        y += row.height
    if y + _closing_height(doc) > BOTTOM:
        sheets.append([])
    return sheets


def _first_head(canvas: Canvas, doc: PackingSlip) -> int:
    canvas.text(MARGIN, 122, doc.shop, 56, width=INNER - 340, least=30, bold=True)
    canvas.text(WIDTH - MARGIN - 320, 122, doc.words.title, 40, width=320, least=24, align=Align.RIGHT)
    canvas.line(MARGIN, 150, INNER, thickness=4)
    caption(canvas, MARGIN, 196, doc.words.ship_to, width=500)
    draw_small_address(canvas, MARGIN, 236, doc.ship_to, width=560, size=30, lines=6)
    left = MARGIN + 640
    fact(canvas, left, 196, doc.words.order, doc.order_no, width=INNER - 640, size=36)
    ordered = doc.words.date(doc.ordered_on) if doc.ordered_on else "–"
    fact(canvas, left, 284, doc.words.ordered, ordered, width=INNER - 640, size=28, bold=False)
    parcel = doc.words.part.format(number=doc.parcel_no, count=doc.parcel_count)
    fact(canvas, left, 362, doc.words.parcel, parcel, width=INNER - 640, size=28, bold=False)
    _column_heads(canvas, FIRST_TOP - 26, doc.words)
    return FIRST_TOP


def _next_head(canvas: Canvas, doc: PackingSlip) -> int:
    canvas.text(MARGIN, 112, doc.shop, 36, width=INNER - 420, least=24, bold=True)
    order = f"{doc.words.order} {doc.order_no}"
    canvas.text(WIDTH - MARGIN - 400, 112, order, 28, width=400, least=18, align=Align.RIGHT)
    canvas.line(MARGIN, 136, INNER, thickness=4)
    _column_heads(canvas, NEXT_TOP - 26, doc.words)
    return NEXT_TOP


def _column_heads(canvas: Canvas, y: int, words: SlipWords) -> None:
    caption(canvas, MARGIN, y - 14, words.units, width=110)
    caption(canvas, ITEM_LEFT, y - 14, words.item, width=ITEM_WIDTH)
    caption(canvas, WIDTH - MARGIN - LATER_WIDTH, y - 14, words.later, width=LATER_WIDTH, align=Align.RIGHT)
    canvas.line(MARGIN, y, INNER, thickness=2)


def _draw_row(canvas: Canvas, top: int, row: _Row) -> int:
    y = top + TITLE_LEADING + 2
    if row.picked:
        canvas.text(MARGIN, y + 2, row.picked, 36, width=110, least=22, bold=True)
    if row.later:
        right = WIDTH - MARGIN - LATER_WIDTH
        canvas.text(right, y, row.later, 28, width=LATER_WIDTH, least=18, align=Align.RIGHT)
    for text in row.title:
        canvas.text(ITEM_LEFT, y, text, TITLE, width=ITEM_WIDTH, bold=True)
        y += TITLE_LEADING
    for text in row.small:
        canvas.text(ITEM_LEFT, y - 2, text, SMALL, width=ITEM_WIDTH, least=12)
        y += SMALL_LEADING
    canvas.line(MARGIN, top + row.height - 2, INNER, thickness=1)
    return top + row.height


def _closing_height(doc: PackingSlip) -> int:
    returns = QR_SIDE + 72 if doc.return_instructions.strip() or doc.return_url else 0
    message = 16 + _message_height(doc) if doc.message.strip() else 0
    return 72 + message + returns


def _message_height(doc: PackingSlip) -> int:
    return 40 + 32 * len(wrap(clean(doc.message), 24, INNER - 56, lines=4))


def _closing(canvas: Canvas, y: int, doc: PackingSlip) -> None:
    units, later = (sum(getattr(line, name) for line in doc.lines) for name in ("picked", "backordered"))
    total = doc.words.units_in_parcel(units, later)
    canvas.text(MARGIN, y + 52, total, 28, width=INNER, bold=True)
    y += 72
    if doc.message.strip():
        canvas.box(MARGIN, y, INNER, _message_height(doc), thickness=2)
        canvas.paragraph(MARGIN + 28, y + 42, doc.message, 24, width=INNER - 56, lines=4, leading=32)
    if doc.return_instructions.strip() or doc.return_url:
        _returns(canvas, BOTTOM - QR_SIDE - 36, doc)


def _returns(canvas: Canvas, y: int, doc: PackingSlip) -> None:
    """The block at the foot of the last page: words on the left, the code on the right."""
    canvas.line(MARGIN, y, INNER, thickness=4)
    width = INNER - QR_SIDE - 56 if doc.return_url else INNER
    canvas.text(MARGIN, y + 50, doc.words.send_back, 32, width=width, bold=True)
    canvas.paragraph(MARGIN, y + 94, doc.return_instructions, 24, width=width, lines=4, leading=32)
    if doc.return_url:
        symbol = encode(Symbology.QR, doc.return_url)
        module = min(7, QR_SIDE // symbol.width)
        canvas.barcode(WIDTH - MARGIN - symbol.width * module, y + 32, symbol, module=module)
        canvas.text(MARGIN, y + 226, doc.return_url, 22, width=width, least=14)


def render_pdf(doc: PackingSlip) -> bytes:
    """The slip as a PDF of one or more pages."""
    return pdf.render(layout(doc), title=f"Packing slip {doc.order_no}")


def render_zpl(doc: PackingSlip, *, dots_per_mm: int = DOTS_PER_MM) -> bytes:
    """The slip for a wide ZPL printer, one label a page."""
    return zpl.render(layout(doc), dots_per_mm=dots_per_mm)


def render_pdf_many(docs: Iterable[PackingSlip]) -> bytes:
    """A batch of slips as one PDF, each from a fresh page."""
    return pdf.render((page for doc in docs for page in layout(doc)), title="Packing slips")
