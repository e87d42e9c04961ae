"""Printers of the hubs."""

from typing import Final
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q


class PrinterKind(models.TextChoices):
    """What a printer understands."""

    # a label printer with 8 dots a millimetre
    ZPL = "zpl", "ZPL labels"
    # a page printer, or whoever opens the file
    PDF = "pdf", "PDF pages"


class PrinterTransport(models.TextChoices):
    """How the bytes get there."""

    # into a directory, one file a job
    FILE = "file", "Directory"
    # raw to a socket, port 9100 as a rule
    TCP = "tcp", "Network (raw TCP)"
    # a queue of CUPS or LPrint, or a printer that speaks it
    IPP = "ipp", "Print server (IPP)"
    # fetched by the hub's print agent, which alone can reach the printer
    AGENT = "agent", "Print agent of the site"


def known_timezone(name: str) -> None:
    """Raises `ValidationError` for a time zone that nobody keeps a clock of."""
    if name not in available_timezones():
        raise ValidationError("There is no such time zone.", code="timezone_unknown")


PITCHES: Final = ((8, "203 dpi"), (12, "300 dpi"))
"""Dots per millimetre of the heads that labels are drawn for."""


class Printer(models.Model):
    """One printer of one hub; `site` is the hub's code, which this floor does not look into."""

    Kind = PrinterKind
    Transport = PrinterTransport

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    site = models.CharField(max_length=40, help_text="The hub's code")
    kind = models.CharField(max_length=10, choices=PrinterKind)
    transport = models.CharField(max_length=10, choices=PrinterTransport)
    address = models.CharField(max_length=200, help_text="A directory, host:port, or ipp://host/path")
    active = models.BooleanField(default=True, help_text="Off: jobs wait in its queue")
    dots_per_mm = models.PositiveSmallIntegerField(
        "resolution", choices=PITCHES, default=8, help_text="Of a label printer's head; a page printer has its own"
    )
    copy_slips = models.BooleanField(default=True, help_text="A slip with who and why comes out with each copy")
    timezone = models.CharField(
        max_length=40, default="Europe/Amsterdam", validators=[known_timezone], help_text="Of the clock on its wall"
    )

    class Meta:
        ordering = ["site", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PrinterKind.values),
                name="printer_kind_known",
                violation_error_message="Unknown kind.",
            ),
            models.CheckConstraint(
                condition=Q(transport__in=PrinterTransport.values),
                name="printer_transport_known",
                violation_error_message="Unknown transport.",
            ),
            models.CheckConstraint(
                condition=Q(dots_per_mm__in=[dots for dots, _ in PITCHES]),
                name="printer_resolution_known",
                violation_error_message="Labels are drawn for 203 and 300 dpi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.site})"
