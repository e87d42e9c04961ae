"""How bytes reach a printer. Each transport says, when it fails, whether paper may have come out."""

from pathlib import Path
from typing import Protocol, Self

from foundation.errors import Unavailable
from labels.models import Printer, PrinterTransport, PrintJob
from labels.wire.ipp import ipp_name, send_ipp
from labels.wire.raw_tcp import WireFailed, send_raw

_EXTENSIONS = {"application/pdf": "pdf", "application/zpl": "zpl"}


class TransportFailed(Unavailable):
    """The printer did not take the job. `may_have_printed` is False only if not one byte reached it.

    `is_away`: it would have taken no other job either.
    """

    code = "printer_unavailable"

    def __init__(self, message: str, *, may_have_printed: bool, is_away: bool = False) -> None:
        super().__init__(message)
        self.may_have_printed = may_have_printed
        self.is_away = is_away

    @classmethod
    def by(cls, printer: Printer, failed: WireFailed) -> Self:
        """What a wire said, with the printer's name before it."""
        message = f"{printer.code} {failed.message}"
        return cls(message, may_have_printed=failed.may_have_printed, is_away=failed.is_away)


class Transport(Protocol):
    """One way to reach printers. `repeatable`: sending the same job again leaves what was there, never a second one."""

    repeatable: bool

    def send(self, printer: Printer, job: PrintJob) -> None:
        """Hands over every byte of `job`, `copies` times, or raises `TransportFailed`."""


class FileTransport:
    """Writes each job as a file under the directory that is the printer's address, for a spooler or a person.

    The name comes from the job's number, so sending twice writes the same file; it appears whole or not at all.
    """

    repeatable = True

    def send(self, printer: Printer, job: PrintJob) -> None:
        """One file `<id>-<document>.<pdf|zpl>`; copies are `-2`, `-3`, ..."""
        folder = Path(printer.address)
        extension = _EXTENSIONS.get(job.content_type, "bin")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for copy in range(1, job.copies + 1):
                suffix = "" if copy == 1 else f"-{copy}"
                target = folder / f"{job.pk:08d}-{job.document}{suffix}.{extension}"
                draft = target.with_name(f".{target.name}.part")
                draft.write_bytes(bytes(job.content))
                draft.replace(target)
        except OSError as error:
            raise TransportFailed(f"{printer.code}: {error.strerror or error}", may_have_printed=False) from error


class TcpTransport:
    """Raw TCP from the server itself: see `labels.wire.raw_tcp`."""

    repeatable = False

    def send(self, printer: Printer, job: PrintJob) -> None:
        """Connects, sends, closes its side, and listens for a moment whether the printer breaks off."""
        try:
            send_raw(printer.address, bytes(job.content), copies=job.copies)
        except WireFailed as failed:
            raise TransportFailed.by(printer, failed) from failed


class IppTransport:
    """A print server or a printer that speaks IPP: see `labels.wire.ipp`."""

    repeatable = False

    def send(self, printer: Printer, job: PrintJob) -> None:
        """Asks whether it takes jobs, hands the job over, and watches for a moment whether it gives it up."""
        name = ipp_name(job.pk, job.lease)
        try:
            send_ipp(printer.address, bytes(job.content), content_type=job.content_type, copies=job.copies, name=name)
        except WireFailed as failed:
            raise TransportFailed.by(printer, failed) from failed


TRANSPORTS: dict[str, Transport] = {
    PrinterTransport.FILE: FileTransport(),
    PrinterTransport.TCP: TcpTransport(),
    PrinterTransport.IPP: IppTransport(),
}
"""By the server itself. What goes through a site's print agent has none: the agent fetches it."""


def is_repeatable(printer: Printer) -> bool:
    """Whether sending it the same job again leaves what was there, never a second one."""
    transport = TRANSPORTS.get(printer.transport)
    return transport is not None and transport.repeatable
