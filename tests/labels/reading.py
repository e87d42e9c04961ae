"""Reading back what was printed: rasters at the printers' pitch, decoders, and ZPL taken apart."""

import base64
import io
import json
import re
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import zxingcpp
from PIL import Image

from labels.drawing.canvas import DOTS_PER_INCH, Barcode, Canvas, Text

Raster = np.ndarray[Any, Any]
"""Grey dots, 0 black to 255 white."""

ZPL_FOLDER = Path(__file__).parent / "zpl"


def pdf_rasters(pdf: bytes) -> list[Raster]:
    """Every page of a PDF as pdfium draws it, one pixel a dot."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [_draw(page) for page in document]


def pdf_raster_around(pdf: bytes, *, margin: int) -> list[Raster]:
    """Every page with `margin` dots of what lies beyond its edges."""
    points = margin * 72 / DOTS_PER_INCH
    with pypdfium2.PdfDocument(pdf) as document:
        pages = list(document)
        for page in pages:
            width, height = page.get_size()
            box = (-points, -points, width + points, height + points)
            page.set_mediabox(*box)
            page.set_cropbox(*box)
        return [_draw(page) for page in pages]


def _draw(page: pypdfium2.PdfPage) -> Raster:
    return np.asarray(page.render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil().convert("L"))


def poppler_rasters(pdf: bytes, *, mono: bool = False) -> list[Raster]:
    """Every page of a PDF as poppler draws it; `mono` paints every dot that is touched."""
    command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-mono" if mono else "-gray", "-"]
    out = subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=60).stdout
    images = []
    stream = io.BytesIO(out)
    while stream.tell() < len(out):
        images.append(np.asarray(Image.open(_one_netpbm(stream)).convert("L")))
    return images


def _one_netpbm(stream: io.BytesIO) -> io.BytesIO:
    kind, size = stream.readline(), stream.readline()
    width, height = map(int, size.split())
    depth = stream.readline() if kind.strip() == b"P5" else b""
    length = height * (width if depth else (width + 7) // 8)
    return io.BytesIO(kind + size + depth + stream.read(length))


def decode(raster: Raster) -> set[tuple[str, bytes]]:
    """(symbology identifier, bytes) of every barcode that is found."""
    found = zxingcpp.read_barcodes(np.pad(raster, 20, constant_values=255))
    return {(code.symbology_identifier, code.bytes) for code in found}


def said(pages: Sequence[Canvas]) -> list[set[tuple[str, bytes]]]:
    """What a decoder should find on each page."""
    return [
        {(item.symbol.symbology.identifier, item.symbol.payload) for item in page.items if isinstance(item, Barcode)}
        for page in pages
    ]


def texts(page: Canvas) -> list[str]:
    """Every line on a page, in the order in which it was drawn."""
    return [item.text for item in page.items if isinstance(item, Text)]


def wanted_dots(item: Barcode) -> Raster:
    """The barcode as it must come out: True for black, `height` x `width` dots."""
    modules = np.zeros((item.symbol.height, item.symbol.width), dtype=bool)
    for row, runs in enumerate(item.symbol.rows):
        for start, length in runs:
            modules[row, start : start + length] = True
    return np.kron(modules, np.ones((item.height // item.symbol.height, item.module), dtype=bool))


def dots_at(raster: Raster, item: Barcode) -> Raster:
    """The same place on a raster, True for black."""
    return raster[item.y : item.y + item.height, item.x : item.x + item.width] < 128


def ink_box(raster: Raster) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of all ink, right and bottom exclusive; zeros if there is none."""
    rows, columns = np.flatnonzero((raster < 128).any(axis=1)), np.flatnonzero((raster < 128).any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def zpl_commands(zpl: bytes) -> list[str]:
    """Every command a ZPL parser would see, in order."""
    return re.findall(r"[\^~](?:A0|[A-Z]{2})", zpl.decode())


def zpl_texts(zpl: bytes) -> list[str]:
    """The text of every `^FH_^FD` field, decoded."""
    fields = re.findall(r"\^FH_\^FD([^\^~]*)\^FS", zpl.decode())
    return [_unhex(field) for field in fields]


def _unhex(field: str) -> str:
    parts = re.split(r"_([0-9A-F]{2})", field)
    return b"".join(bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(parts)).decode()


class ZplPrinter:
    """A running node process that renders ZPL without a network."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", "render.mjs"], cwd=ZPL_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def print(self, zpl: bytes, *, width: int, height: int, dots_per_mm: int = 8) -> list[Raster]:
        """The labels of `zpl` on paper of `width` x `height` dots."""
        assert self.process.stdin
        assert self.process.stdout
        paper = {"width_mm": width / dots_per_mm, "height_mm": height / dots_per_mm, "dots_per_mm": dots_per_mm}
        request = {"zpl": zpl.decode(), **paper}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        assert ready, "the ZPL renderer did not answer within a minute"
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        images = (Image.open(io.BytesIO(base64.b64decode(png))) for png in answer["pngs"])
        return [np.asarray(image.convert("L"))[:height, :width] for image in images]

    def close(self) -> None:
        """Lets the process end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=20)
