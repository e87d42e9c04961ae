"""What the label tests share: the ZPL renderer, when it is installed."""

import shutil
from collections.abc import Iterator

import pytest

from tests.labels.reading import ZPL_FOLDER, ZplPrinter


@pytest.fixture(scope="session")
def zpl_printer() -> Iterator[ZplPrinter]:
    """One node process for the whole run."""
    if shutil.which("node") is None:
        pytest.skip("NO PROOF OF ZPL: node is not installed")
    if not (ZPL_FOLDER / "node_modules" / "zpl-renderer-js").is_dir():
        pytest.skip("NO PROOF OF ZPL: run `npm ci --prefix tests/labels/zpl`")
    printer = ZplPrinter()
    yield printer
    printer.close()


@pytest.fixture(scope="session")
def poppler() -> None:
    """Poppler's pdftoppm is there."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("NO SECOND RASTERISER: install poppler-utils for pdftoppm")
