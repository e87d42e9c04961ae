"""How bytes reach a printer. Each transport says, when it fails, whether paper may have come out."""

import socket
from pathlib import Path
from typing import Protocol

from foundation.errors import Unavailable
from labels.models import Printer, PrinterTransport, PrintJob

CONNECT_SECONDS = 3.0
SEND_SECONDS = 10.0
CLOSE_SECONDS = 1.0
RAW_PORT = 9100
_EXTENSIONS = {"application/pdf": "pdf", "application/zpl": "zpl"}


class TransportFailed(Unavailable):
    """The printer did not take the job. `may_have_printed` is False only if not one byte reached it."""

    code = "printer_unavailable"

    def __init__(self, message: str, *, may_have_printed: bool) -> None:
        super().__init__(message)
        self.may_have_printed = may_have_printed


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
    """Raw TCP, port 9100 unless the address says otherwise: no log-in, no receipt, one client at a time.

    A printer that took the last byte and did not break the line off has taken the job; whether paper came
    out, only a scan of the label tells.
    """

    repeatable = False

    def send(self, printer: Printer, job: PrintJob) -> None:
        """Connects, sends, closes its side, and listens for a moment whether the printer breaks off."""
        host, port = _host_and_port(printer)
        try:
            line = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        except OSError as error:
            raise TransportFailed(f"{printer.code} can't be reached: {error}", may_have_printed=False) from error
        with line:
            line.settimeout(SEND_SECONDS)
            try:
                for _copy in range(job.copies):
                    line.sendall(job.content)
                line.shutdown(socket.SHUT_WR)
                _await_close(line)
            except OSError as error:
                message = f"{printer.code} broke off: {error}. Look whether it printed."
                raise TransportFailed(message, may_have_printed=True) from error


def _await_close(line: socket.socket) -> None:
    """Until the printer closes its side or stays silent; some keep the line open. A reset raises `OSError`."""
    line.settimeout(CLOSE_SECONDS)
    try:
        while line.recv(1024):
            pass
    except TimeoutError:
        return


def _host_and_port(printer: Printer) -> tuple[str, int]:
    host, colon, port = printer.address.rpartition(":")
    if not colon:
        return printer.address, RAW_PORT
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise TransportFailed(f"{printer.code}: {printer.address!r} is no host:port.", may_have_printed=False)
    return host.strip("[]"), int(port)


TRANSPORTS: dict[str, Transport] = {
    PrinterTransport.FILE: FileTransport(),
    PrinterTransport.TCP: TcpTransport(),
}
