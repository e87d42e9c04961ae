"""The simulated carrier: its own small HTTP server, so that the real path, time-outs included, is what runs.

`python -m shipping.carriers.simulator --help`. Its first line of output is JSON with its `url`. Interface, JSON with
a bearer token: POST /quotes, POST /shipments (books), GET /shipments?reference=, POST /shipments/<id>/void,
POST /manifests, GET /tracking/<number>; and for tests POST /control/faults, POST /control/advance, GET /control/stats.
"""

import argparse
import base64
import hmac
import json
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from shipping.carriers import simulator_terms
from shipping.carriers.simulator_pickups import Collections
from shipping.carriers.simulator_push import Manners, Pusher, as_json, report_json
from shipping.carriers.simulator_world import Booking, Refusal, World, draw_label
from shipping.planning.rating import ParcelSize

_MAX_BODY = 5_000_000


@dataclass(slots=True)
class Faults:
    """The accidents asked for: how many of the next bookings go wrong and how, and standing ones."""

    book_then_stall: int = 0
    book_then_500: int = 0
    fail_500: int = 0
    stall_s: float = 30.0
    delay_ms: int = 0
    refuse_postcodes: list[str] = field(default_factory=list)


class Stalled(Exception):
    """The carrier will not answer this request."""


class Service:
    """The carrier behind the HTTP: world, webhooks, accidents."""

    def __init__(self, world: World, pusher: Pusher | None, token: str) -> None:
        self.world, self.pusher, self.token = world, pusher, token
        self.collections = Collections()
        self.stopping = threading.Event()
        self._faults = Faults()
        self._lock = threading.Lock()

    def quotes(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Prices of one parcel to one country."""
        parcel, country = ParcelSize(**body["parcel"]), body["country"]
        return {
            "quotes": [
                {"service": terms.code, "price_cents": cents, "transit_days": terms.transit_days}
                for terms in simulator_terms.SERVICES
                if country in terms.destinations and terms.has_room_for(parcel)
                for cents in [terms.price_cents(parcel)]
                if cents is not None
            ]
        }

    def book(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One label, or the accident that was ordered."""
        faults = self._faults
        if faults.delay_ms:
            self.stopping.wait(faults.delay_ms / 1_000)
        if self._take("fail_500"):
            raise Refusal("internal", "Something broke before booking.", status=500)
        booking = self.world.book(body, refused_postcodes=faults.refuse_postcodes)
        if self._take("book_then_stall"):
            self.stopping.wait(faults.stall_s)
            raise Stalled
        if self._take("book_then_500"):
            raise Refusal("internal", "Something broke after booking.", status=500)
        return _booking_json(booking)

    def find(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """The live bookings under a reference."""
        reference = query.get("reference", [""])[0]
        return {"shipments": [_booking_json(each) for each in self.world.find(reference)]}

    def void(self, booking_id: str) -> dict[str, Any]:
        """Cancels one booking."""
        self.world.void(booking_id)
        return {"id": booking_id, "state": "voided"}

    def manifest(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Takes a hand-over in."""
        closed_at = datetime.fromisoformat(body["closed_at"])
        return {"manifest": self.world.manifest(body["number"], body["shipments"], closed_at)}

    def collect(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Takes a visit in, or has the accident that was ordered."""
        found = self.collections.book(body)
        if self._take("book_then_stall"):
            self.stopping.wait(self._faults.stall_s)
            raise Stalled
        return {"id": found.id, "reference": body["reference"]}

    def stay_away(self, id_: str) -> dict[str, Any]:
        """Calls a visit off."""
        self.collections.cancel(id_)
        return {"id": id_, "state": "cancelled"}

    def track(self, tracking_no: str) -> dict[str, Any]:
        """One parcel's history so far."""
        return {"events": [as_json(event) for event in self.world.history(tracking_no)]}

    def set_faults(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Orders accidents; whatever is not named is as it should be."""
        self._faults = Faults(**body)
        return {}

    def advance(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Lets played time pass and tells the customer; answers when all webhooks were tried."""
        if self.pusher is None:
            raise Refusal("no_webhook", "This carrier was started without a webhook URL.", status=409)
        wanted = {name: body.get(name) is True for name in ("late", "doubled", "shuffled", "history")}
        until = datetime.fromisoformat(body["until"])
        return report_json(self.pusher.advance(until, Manners(**wanted)))

    def run_by_itself(self) -> None:
        """Tells what happens as real time passes, until stopped."""
        while not self.stopping.wait(1.0):
            if self.pusher is not None:
                self.pusher.advance(datetime.now(UTC), Manners())

    def _take(self, name: str) -> bool:
        """Uses up one of the ordered accidents of this kind, if any is left."""
        with self._lock:
            left = getattr(self._faults, name)
            setattr(self._faults, name, max(0, left - 1))
            return left > 0


def _booking_json(booking: Booking) -> dict[str, Any]:
    """A booking as the carrier answers it, label included."""
    content, content_type = draw_label(booking)
    return {
        "id": booking.id,
        "reference": booking.reference,
        "tracking_no": booking.tracking_no,
        "price_cents": booking.price_cents,
        "label": base64.b64encode(content).decode(),
        "label_type": content_type,
    }


class Handler(BaseHTTPRequestHandler):
    """Parses HTTP, calls `Service`, answers JSON."""

    protocol_version = "HTTP/1.1"
    # one segment per answer: without these, Nagle and delayed acknowledgement cost 40 ms a request
    wbufsize = -1
    disable_nagle_algorithm = True
    service: ClassVar[Service]

    def do_GET(self) -> None:
        """Look-ups."""
        self._answer(None)

    def do_POST(self) -> None:
        """Commands."""
        length = int(self.headers.get("Content-Length") or 0)
        self._answer(self.rfile.read(min(length, _MAX_BODY)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent: request lines would put references into logs."""

    def _answer(self, raw: bytes | None) -> None:
        status, answer = 200, {}
        try:
            self._check_token()
            body = json.loads(raw) if raw else {}
            answer = self._route(body)
        except Stalled:
            self.close_connection = True
            return
        except Refusal as refusal:
            status = refusal.status
            answer = {"code": refusal.code, "field": refusal.field, "message": refusal.message}
        except (ValueError, KeyError, TypeError, AttributeError):
            status, answer = 400, {"code": "malformed", "field": "", "message": "The request is not as agreed."}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _check_token(self) -> None:
        given = self.headers.get("Authorization", "").encode("ascii", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.service.token}".encode("ascii", "replace")):
            raise Refusal("unauthorised", "The token is not known.", status=401)

    def _route(self, body: dict[str, Any]) -> dict[str, Any]:
        url = urlsplit(self.path)
        calls: dict[tuple[str, str], Callable[[], dict[str, Any]]] = {
            ("POST", "/quotes"): lambda: self.service.quotes(body),
            ("POST", "/shipments"): lambda: self.service.book(body),
            ("GET", "/shipments"): lambda: self.service.find(parse_qs(url.query)),
            ("POST", "/pickups"): lambda: self.service.collect(body),
            ("POST", "/manifests"): lambda: self.service.manifest(body),
            ("POST", "/control/faults"): lambda: self.service.set_faults(body),
            ("POST", "/control/advance"): lambda: self.service.advance(body),
            ("GET", "/control/stats"): self.service.world.stats,
        }
        if call := calls.get((self.command, url.path)):
            return call()
        match (self.command, *url.path.strip("/").split("/")):
            case ("POST", "shipments", booking_id, "void"):
                return self.service.void(booking_id)
            case ("POST", "pickups", id_, "cancel"):
                return self.service.stay_away(id_)
            case ("GET", "tracking", tracking_no):
                return self.service.track(tracking_no)
        raise Refusal("not_found", "There is nothing here.", status=404)


class Server(ThreadingHTTPServer):
    """Many connections at once; a stalled one holds up nobody, nor the way out."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shipping.carriers.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010, help="0 takes a free one")
    parser.add_argument("--webhook-url", default="", help="where scans are told; none: only by look-up")
    parser.add_argument("--secret", default="", help="signs the webhooks")
    parser.add_argument("--token", default=simulator_terms.DEFAULT_TOKEN, help="what customers must show")
    parser.add_argument("--state", type=Path, help="journal file; a restart goes on from it")
    parser.add_argument("--seed", default="1", help="shapes the parcels' journeys")
    parser.add_argument("--auto", action="store_true", help="scans happen as real time passes")
    parser.add_argument("--speed", type=float, default=1.0, help="journeys this many times faster")
    parser.add_argument("--stop-with-stdin", action="store_true", help="stops when its input is closed")
    return parser.parse_args()


def main() -> None:
    """Serves until SIGTERM, SIGINT, or the end of its input when asked."""
    asked = _arguments()
    world = World(state=asked.state, seed=asked.seed, speed=asked.speed)
    pusher = Pusher(world, url=asked.webhook_url, secret=asked.secret, seed=asked.seed) if asked.webhook_url else None
    service = Handler.service = Service(world, pusher, asked.token)
    server = Server((asked.host, asked.port), Handler)
    port = server.server_address[1]
    print(json.dumps({"url": f"http://{asked.host}:{port}", "port": port}), flush=True)  # noqa: T201

    def stop(*_signal: object) -> None:
        service.stopping.set()

    def stop_with_input() -> None:
        sys.stdin.read()
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if asked.auto:
        threading.Thread(target=service.run_by_itself, daemon=True).start()
    if asked.stop_with_stdin:
        threading.Thread(target=stop_with_input, daemon=True).start()
    service.stopping.wait()
    server.shutdown()
    server.server_close()
    world.close()


if __name__ == "__main__":
    main()
