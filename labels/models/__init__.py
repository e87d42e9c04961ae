"""Printers, the queue before each of them, and the agents that print in the hubs."""

from labels.models.agents import PrintAgent
from labels.models.jobs import PrintJob, PrintJobDocument, PrintJobState
from labels.models.printers import Printer, PrinterKind, PrinterTransport

__all__ = [
    "PrintAgent",
    "PrintJob",
    "PrintJobDocument",
    "PrintJobState",
    "Printer",
    "PrinterKind",
    "PrinterTransport",
]
