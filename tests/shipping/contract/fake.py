"""A carrier's own side, for the contract suite: a real HTTP server on this machine that books, keeps and misbehaves.

A carrier's fake speaks its public contract in `route`, and says no with `Said`. The rest is the same for all: what
was booked, by which reference, what was scanned, and the accidents that were ordered.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from labels.drawing import pdf
from labels.drawing.canvas import Canvas
from shipping.carriers.base import Carrier, Connection, LabelOrder, WebhookReader
from shipping.planning.tracking import State

PDF = pdf.render([Canvas(812, 1218)], title="One label")
ZPL = b"^XA^FO50,50^FDone label^FS^XZ"
REFUSED_POSTCODE = "9999 ZZ"
"""No fake carrier delivers here."""
HEAVIEST_G = 31_500
BORDERS = frozenset({"GB", "CH"})
"""No fake carrier takes a parcel there without its customs data."""
SCANNED_AT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: header names are lower case, `query` holds the first value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. `stall`: nothing at all; `drip_s`: a byte at a time with this pause."""

    status: int = 200
    content: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: bool = False
    drip_s: float = 0.0


def said(body: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


@dataclass(slots=True)
class Parcel:
    """One booking in the carrier's book."""

    id: str
    reference: str
    tracking_no: str
    order: Any
    voided: bool = False
    scans: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Accidents:
    """What is to go wrong, each so often: `rude` replies come instead of whatever was asked (tokens excepted).

    `book_then_rude` are those that come to whatever is asked after a booking. `twist` changes each answer on its way.
    """

    book_then_stall: int = 0
    book_then_500: int = 0
    book_then_rude: list[Reply] = field(default_factory=list)
    rude: list[Reply] = field(default_factory=list)
    twist: Callable[[bytes], bytes] | None = None


class FakeCarrier:
    """The book of one fake carrier, and the desk from which a test looks at it."""

    adapter: ClassVar[str]
    credentials: ClassVar[Mapping[str, Any]]
    bad_credentials: ClassVar[Mapping[str, Any]]
    service: ClassVar[str]
    moving: ClassVar[tuple[str, State]]
    """A code of this carrier that says the parcel moves, as an adapter reports it, and what it means."""
    reader: ClassVar[WebhookReader | None] = None

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.accidents = Accidents()
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.url = ""

    def open(self, connection: Connection) -> Carrier:
        """The adapter under test."""
        raise NotImplementedError

    def route(self, request: Request) -> Reply:
        """What the carrier does and says."""
        raise NotImplementedError

    def is_login(self, request: Request) -> bool:
        """Whether a token is asked for."""
        del request
        return False

    def visits(self) -> int:
        """How many pick-ups were booked and not called off."""
        return 0

    def webhook(self, tracking_no: str) -> bytes:
        """The body of a webhook that tells of one scan of the code in `moving`, at `SCANNED_AT`."""
        raise NotImplementedError

    def secret(self, name: str) -> str:
        """A live secret of ours for a name: the name itself, where no key of the carrier's own signs."""
        return name

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        """The headers that prove a webhook is this carrier's, names in lower case."""
        raise NotImplementedError

    def scan(self, tracking_no: str) -> None:
        """The parcel starts to move."""
        next(each for each in self.parcels if each.tracking_no == tracking_no).scans.append(self.moving[0])

    def client(self, credentials: Mapping[str, Any] | None = None, *, read_timeout_s: float = 5.0) -> Carrier:
        """The adapter, speaking with this server."""
        return self.open(Connection(self.url, credentials or self.credentials, 0.5, read_timeout_s))

    def live(self, order: LabelOrder) -> list[Parcel]:
        """The bookings under an order's reference that are not cancelled."""
        return [each for each in self.parcels if each.reference in self.names(order.reference) and not each.voided]

    def names(self, reference: str) -> set[str]:
        """How this carrier may have written our reference down: as given, or without dashes."""
        return {reference, reference.replace("-", "")}

    def book(self, reference: str, order: Any, *, tracking_no: str = "", id: str = "") -> Parcel:  # noqa: A002
        """One more parcel in the book."""
        ordinal = len(self.parcels) + 1
        parcel = Parcel(id or f"{self.adapter}-{ordinal}", reference, tracking_no or f"T{ordinal:012d}", order)
        self.parcels.append(parcel)
        return parcel

    def named(self, **wanted: str) -> Parcel | None:
        """The first parcel with these values."""
        for each in self.parcels:
            if all(getattr(each, name) == value for name, value in wanted.items()):
                return each
        return None

    def answer(self, request: Request) -> Reply:
        """The reply, or the accident in its place."""
        self.requests.append(request)
        reply = self._reply(request)
        if self.accidents.twist is not None and not self.is_login(request):
            reply = replace(reply, content=self.accidents.twist(reply.content))
        return reply

    def _reply(self, request: Request) -> Reply:
        if self.is_login(request):
            return self.route(request)
        if self.accidents.rude:
            return self.accidents.rude.pop(0)
        booked, visits = len(self.parcels), self.visits()
        reply = self.route(request)
        is_new = len(self.parcels) > booked or self.visits() > visits
        if is_new and self.accidents.book_then_stall:
            self.accidents.book_then_stall -= 1
            return Reply(stall=True)
        if len(self.parcels) > booked:
            self.accidents.rude += self.accidents.book_then_rude
        if len(self.parcels) > booked and self.accidents.book_then_500:
            self.accidents.book_then_500 -= 1
            return Reply(500, b'{"message": "something broke"}')
        return reply


@contextmanager
def serving(fake: FakeCarrier) -> Iterator[FakeCarrier]:
    """The fake carrier behind a server of its own, for the length of the `with` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self._send(fake.answer(Request(self.command, url.path, query, headers, self.rfile.read(length))))

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class names them so

        def _send(self, reply: Reply) -> None:
            if reply.stall:
                fake.stopping.wait(30)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            try:
                if not reply.drip_s:
                    self.wfile.write(reply.content)
                    return
                for byte in reply.content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if fake.stopping.wait(reply.drip_s):
                        return
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            # a client that lost patience hangs up; whatever else goes wrong here is the test's fault
            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        fake.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
