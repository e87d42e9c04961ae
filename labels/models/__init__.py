"""Printers, and the queue before each of them."""

from labels.models.jobs import PrintJob, PrintJobDocument, PrintJobState
from labels.models.printers import Printer, PrinterKind, PrinterTransport

__all__ = ["PrintJob", "PrintJobDocument", "PrintJobState", "Printer", "PrinterKind", "PrinterTransport"]
