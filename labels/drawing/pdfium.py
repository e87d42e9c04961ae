"""PDFium's one rule: it may not be called by two threads at once."""

from threading import Lock
from typing import Final

PDFIUM: Final = Lock()
"""Held by whoever opens, draws or saves a PDF with it."""
