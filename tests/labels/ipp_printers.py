"""A print server for the tests: real HTTP, IPP read by a parser of its own, and whatever it is told to answer."""

import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IDLE, STOPPED = 3, 5
PROCESSING, CANCELED, ABORTED, COMPLETED = 5, 7, 8, 9
OPERATIONS = {0x0002: "Print-Job", 0x0009: "Get-Job-Attributes", 0x000A: "Get-Jobs", 0x000B: "Get-Printer-Attributes"}
LATER: dict[str, bytes] = {
    "garbage": b"<html>no printer</html>",
    "broken off": b"\x01\x01\x00\x00\x00\x00\x00\x01\x01\x47\x00\x12attributes-ch",
    "a length that leads out": b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x44\xff\xffx",
    "no group": b"\x01\x01\x00\x00\x00\x00\x00\x01\x44\x00\x01x\x00\x01y\x03",
    "nothing": b"",
    "endless": b"\x01\x01\x00\x00\x00\x00\x00\x01\x04" + b"\x44\x00\x01x\x7f\xff" + b"y" * 400_000,
}
"""Answers that are no answers."""


@dataclass
class Printed:
    """One job as it came."""

    name: str
    format: str
    copies: int
    document: bytes


@dataclass
class IppPrinter:
    """What it says of itself, what it does with jobs, and what it was asked."""

    state: int = IDLE
    reasons: list[str] = field(default_factory=lambda: ["none"])
    is_accepting: bool = True
    formats: list[str] = field(default_factory=lambda: ["application/pdf", "application/octet-stream"])
    refusal: int = 0  # the status code of Print-Job, if it refuses
    job_state: int = COMPLETED
    job_reasons: list[str] = field(default_factory=lambda: ["none"])
    hangs_up: str = ""  # the operation after which it says nothing: it did it all the same
    forgets: bool = False  # jobs are in no list of it
    said: bytes | None = None  # these bytes to every question
    http_status: int = 200
    print_status: int = 0  # the HTTP status of Print-Job, if the web server before it turns it away
    drip_s: float = 0  # this long before each byte
    address: str = ""
    asked: list[str] = field(default_factory=list)
    uris: set[str] = field(default_factory=set)
    jobs: list[Printed] = field(default_factory=list)

    def answer(self, body: bytes) -> bytes | None:
        (number,) = struct.unpack(">H", body[2:4])
        operation = OPERATIONS[number]
        found, document = _parse(body)
        self.asked.append(operation)
        self.uris.add(found["printer-uri"][0])
        if self.said is not None:
            return self.said
        groups: list[tuple[int, list[tuple[int, str, list[Any]]]]] = []
        status = 0
        if operation == "Get-Printer-Attributes":
            groups = [
                (
                    4,
                    [
                        (0x23, "printer-state", [self.state]),
                        (0x44, "printer-state-reasons", self.reasons),
                        (0x22, "printer-is-accepting-jobs", [self.is_accepting]),
                        (0x49, "document-format-supported", self.formats),
                    ],
                )
            ]
        elif operation == "Print-Job" and self.refusal:
            status = self.refusal
        elif operation == "Print-Job":
            copies = found.get("copies", [1])[0]
            self.jobs.append(Printed(found["job-name"][0], found["document-format"][0], copies, document))
            groups = [(2, [(0x21, "job-id", [len(self.jobs)]), (0x23, "job-state", [PROCESSING])])]
        elif operation == "Get-Jobs" and found["which-jobs"] == ["completed"] and not self.forgets:
            groups = [
                (2, [(0x21, "job-id", [place]), (0x42, "job-name", [job.name])])
                for place, job in enumerate(self.jobs, start=1)
            ]
        elif operation == "Get-Job-Attributes":
            groups = [(2, [(0x23, "job-state", [self.job_state]), (0x44, "job-state-reasons", self.job_reasons)])]
        return None if self.hangs_up == operation else _written(status, groups)


def _parse(body: bytes) -> tuple[dict[str, list[Any]], bytes]:
    """The attributes of a request, whatever group they are in, and the document behind them."""
    found: dict[str, list[Any]] = {}
    at, name = 8, ""
    while body[at] != 3:
        if body[at] < 0x10:
            at += 1
            continue
        tag = body[at]
        size = int.from_bytes(body[at + 1 : at + 3], "big")
        name = body[at + 3 : at + 3 + size].decode() or name
        at += 3 + size
        size = int.from_bytes(body[at : at + 2], "big")
        plain = body[at + 2 : at + 2 + size]
        at += 2 + size
        found.setdefault(name, []).append(int.from_bytes(plain, "big") if tag in (0x21, 0x23) else plain.decode())
    return found, body[at + 1 :]


def _written(status: int, groups: list[tuple[int, list[tuple[int, str, list[Any]]]]]) -> bytes:
    out = b"\x01\x01" + status.to_bytes(2, "big") + b"\x00\x00\x00\x01"
    said = [(0x47, "attributes-charset", ["utf-8"]), (0x31, "a-date", [b"\x07\xea\x0b\x17\x0a\x00\x00\x00+\x01\x00"])]
    for tag, attributes in [(1, said), *groups]:
        out += bytes([tag])
        for kind, name, values in attributes:
            for place, value in enumerate(values):
                label = b"" if place else name.encode()
                plain = _plain(value)
                out += bytes([kind]) + len(label).to_bytes(2, "big") + label + len(plain).to_bytes(2, "big") + plain
    return out + b"\x03"


def _plain(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return bytes([value])
    return value.to_bytes(4, "big") if isinstance(value, int) else value.encode()


@contextmanager
def ipp_printer(**told: Any) -> Iterator[IppPrinter]:
    """A print server on a port of its own, with one queue `/printers/labels`."""
    printer = IppPrinter(**told)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == ("/printers/labels", "application/ipp")
            answer = printer.answer(body)
            if answer is None:
                self.close_connection = True
                return
            is_job = int.from_bytes(body[2:4], "big") == 0x0002
            self.send_response(printer.print_status if printer.print_status and is_job else printer.http_status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if not printer.drip_s:
                self.wfile.write(answer)
                return
            with suppress(OSError):
                for byte in answer:
                    time.sleep(printer.drip_s)
                    self.wfile.write(bytes([byte]))

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    printer.address = f"ipp://127.0.0.1:{server.server_address[1]}/printers/labels"
    try:
        yield printer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
