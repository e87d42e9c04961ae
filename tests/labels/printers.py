"""Printers for the tests: a directory, and a real socket that behaves or misbehaves."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labels.models import Printer, PrintJob
from labels.printing import PrintRequest

ZPL = b"^XA^CI28^FO20,20^GB9,9,9^FS^XZ\n"


def file_printer(folder: Path, *, code: str = "pack-1", site: str = "AMS1", kind: str = "zpl") -> Printer:
    return Printer.objects.create(
        code=code, name="Pack bench 1", site=site, kind=kind, transport="file", address=str(folder)
    )


def tcp_printer(address: str, *, code: str = "dock-1", site: str = "AMS1") -> Printer:
    return Printer.objects.create(code=code, name="Dock 1", site=site, kind="zpl", transport="tcp", address=address)


def request(printer: Printer, key: str, *, content: bytes = ZPL, copies: int = 1) -> PrintRequest:
    return PrintRequest(
        printer, PrintJob.Document.BIN_LABEL, content, "application/zpl", key, copies, reference=f"ref {key}"
    )


@dataclass
class PaperPrinter:
    """A socket that prints: what each client sent, whole. `broken` resets the line after `broken` bytes.

    Each paper takes `pace_s`.
    """

    address: str = ""
    broken: int | None = None
    pace_s: float = 0
    papers: list[bytes] = field(default_factory=list)
    served: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                line, _peer = server.accept()
            except OSError:
                return
            with line:
                paper = b""
                while piece := line.recv(self.broken or 65_536):
                    paper += piece
                    if self.broken is not None:
                        # SO_LINGER 0: closing sends RST, as a printer that is switched off does.
                        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                        break
                time.sleep(self.pace_s)
            with self.served:
                self.papers.append(paper)
                self.served.notify_all()

    def wait_for(self, count: int) -> list[bytes]:
        with self.served:
            assert self.served.wait_for(lambda: len(self.papers) >= count, timeout=10)
        return self.papers


@contextmanager
def paper_printer(*, broken: int | None = None, pace_s: float = 0) -> Iterator[PaperPrinter]:
    """A printer on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        printer = PaperPrinter(f"127.0.0.1:{server.getsockname()[1]}", broken, pace_s)
        thread = threading.Thread(target=printer.serve, args=[server], daemon=True)
        thread.start()
        yield printer
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
