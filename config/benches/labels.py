"""`manage.py bench labels`: how fast labels are drawn, and whether a scanner reads every one of them.

A label is drawn, rasterised at the printers' pitch and decoded; what is read must be what was said, byte for byte and
in its symbology, and every dot of a barcode must be black or white as it should be, since a decoder forgives much.
The decoder looks for every symbology there is; what it finds in those that we don't print, such as a Codabar in the
letters of a large text, is counted by itself: scanners on the floor are set to ours.
ZPL is drawn by the renderer that the tests use; without node its figures are left out.
"""

import base64
import io
import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from statistics import median
from time import perf_counter, process_time
from types import ModuleType
from typing import Any, Final

import numpy as np
import pypdfium2
import zxingcpp
from django.conf import settings
from PIL import Image

from config.benches.label_samples import KINDS, shipping
from labels.documents import shipping_label
from labels.drawing.barcodes import Symbology
from labels.drawing.canvas import DOTS_PER_INCH, DOTS_PER_MM, Barcode, Canvas

AT_LEAST: Final = {"batch_pages_per_second": 200.0}
AT_MOST: Final = {"single_p50_ms": 12.0, "pdf_misread": 0.0, "pdf_wrong_dots": 0.0, "zpl_misread": 0.0}
"""Pages a second of one core; a misread label is one with a code lost, added or changed."""
OURS: Final = {symbology.identifier[:2] for symbology in Symbology}
BATCH, SINGLES = 1_000, 300
PDF_LABELS: Final = {False: 300, True: 10_000}
ZPL_LABELS: Final = {False: 30, True: 500}
PAGES_AT_ONCE: Final = 50
ZPL_FOLDER: Final = settings.BASE_DIR / "tests/labels/zpl"

Raster = np.ndarray[Any, Any]
Codes = set[tuple[str, bytes]]
"""Symbology identifiers and bytes."""
Say = Callable[[str], object]


def label_figures(*, seed: int, is_full: bool, say: Say) -> dict[str, Any]:
    """Everything measured, with its limits; `is_full` reads 10,000 labels as PDF and 500 as ZPL."""
    rng = random.Random(seed)
    values: dict[str, float] = {**_speed(rng)}
    read = _read_pdf(rng, PDF_LABELS[is_full], say)
    values |= {"pdf_misread": read["misread"], "pdf_wrong_dots": read["wrong_dots"]}
    node = shutil.which("node") if (ZPL_FOLDER / "node_modules/zpl-renderer-js").is_dir() else None
    if node:
        values["zpl_misread"] = _read_zpl(rng, node, ZPL_LABELS[is_full], say)
    else:
        say("zpl left out: no node, or no renderer in tests/labels/zpl")
    return {
        "labels": {"pdf": PDF_LABELS[is_full], "zpl": ZPL_LABELS[is_full] if node else 0},
        "labels_with_other_symbologies": read["other"],
        "limits": {name: _held(name, value) for name, value in values.items()},
    }


def _held(name: str, value: float) -> dict[str, Any]:
    if name in AT_LEAST:
        return {"value": round(value, 1), "at_least": AT_LEAST[name], "kept": value >= AT_LEAST[name]}
    return {"value": round(value, 2), "at_most": AT_MOST[name], "kept": value <= AT_MOST[name]}


def _speed(rng: random.Random) -> dict[str, float]:
    labels = [shipping(rng) for _ in range(BATCH)]
    shipping_label.render_pdf(labels[0])
    begun = process_time()
    shipping_label.render_pdf_many(labels)
    batch = process_time() - begun
    singles = []
    for label in labels[:SINGLES]:
        begun = perf_counter()
        shipping_label.render_pdf(label)
        singles.append(perf_counter() - begun)
    return {"batch_pages_per_second": BATCH / batch, "single_p50_ms": median(singles) * 1_000}


def _read_pdf(rng: random.Random, count: int, say: Say) -> Counter[str]:
    """How many labels were misread, or had something of an `other` symbology, and how many dots are wrong."""
    read: Counter[str] = Counter()
    for module, docs in _batches(rng, count):
        pages = [page for doc in docs for page in module.layout(doc)]
        with pypdfium2.PdfDocument(module.render_pdf_many(docs)) as pdf:
            for page, sheet in zip(pages, pdf, strict=True):
                raster = np.asarray(sheet.render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil().convert("L"))
                found, others = _decoded(raster)
                read["misread"] += found != _said(page)
                read["other"] += bool(others)
                read["wrong_dots"] += sum(_wrong_dots(raster, item) for item in page.items if isinstance(item, Barcode))
                read["labels"] += 1
        say(f"pdf {read['labels']} of {count}, {read['misread']} misread")
    return read


def _read_zpl(rng: random.Random, node: str, count: int, say: Say) -> int:
    """How many labels were misread."""
    misread = done = 0
    with _renderer(node) as draw:
        for module, docs in _batches(rng, count, at_once=5):
            for doc in docs:
                (page,) = module.layout(doc)
                found, _others = _decoded(draw(module.render_zpl(doc), page))
                misread += found != _said(page)
            done += len(docs)
            say(f"zpl {done} of {count}, {misread} misread")
    return misread


def _batches(
    rng: random.Random, count: int, *, at_once: int = PAGES_AT_ONCE
) -> Iterator[tuple[ModuleType, Sequence[Any]]]:
    """`count` labels in all, one kind after another."""
    kinds = list(KINDS.items())
    left = iter(range(count))
    turn = 0
    while size := len(list(islice(left, at_once))):
        module, make = kinds[turn % len(kinds)]
        yield module, [make(rng) for _ in range(size)]
        turn += 1


@contextmanager
def _renderer(node: str) -> Iterator[Callable[[bytes, Canvas], Raster]]:
    """A node process that draws ZPL, as long as the block lasts."""
    with subprocess.Popen(
        [node, "render.mjs"], cwd=ZPL_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        asks, answers = process.stdin, process.stdout
        assert asks is not None
        assert answers is not None

        def draw(zpl: bytes, page: Canvas) -> Raster:
            paper = {"width_mm": page.width / DOTS_PER_MM, "height_mm": page.height / DOTS_PER_MM}
            asks.write(json.dumps({"zpl": zpl.decode(), "dots_per_mm": DOTS_PER_MM, **paper}).encode() + b"\n")
            asks.flush()
            (png,) = json.loads(answers.readline())["pngs"]
            return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("L"))

        yield draw


def _decoded(raster: Raster) -> tuple[Codes, Codes]:
    """What was found in our symbologies, and in others."""
    codes = zxingcpp.read_barcodes(np.pad(raster, 20, constant_values=255))
    found = {(code.symbology_identifier, code.bytes) for code in codes}
    ours = {code for code in found if code[0][:2] in OURS}
    return ours, found - ours


def _said(page: Canvas) -> Codes:
    symbols = (item.symbol for item in page.items if isinstance(item, Barcode))
    return {(symbol.symbology.identifier, symbol.payload) for symbol in symbols}


def _wrong_dots(raster: Raster, item: Barcode) -> int:
    modules = np.zeros((item.symbol.height, item.symbol.width), dtype=bool)
    for row, runs in enumerate(item.symbol.rows):
        for start, length in runs:
            modules[row, start : start + length] = True
    wanted = np.kron(modules, np.ones((item.height // item.symbol.height, item.module), dtype=bool))
    found = raster[item.y : item.y + item.height, item.x : item.x + item.width] < 128
    return int((found != wanted).sum())
