"""The simulated carrier in the contract suite: its own `Service`, served by the suite so that it can misbehave too."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from shipping.carriers.base import Connection, LabelOrder
from shipping.carriers.signing import sign_timestamped
from shipping.carriers.simulator import Service
from shipping.carriers.simulator_client import SimulatorClient, SimulatorWebhooks
from shipping.carriers.simulator_push import as_json
from shipping.carriers.simulator_world import Refusal, World
from shipping.planning.tracking import State
from tests.shipping.contract.fake import REFUSED_POSTCODE, SCANNED_AT, FakeCarrier, Parcel, Reply, Request, said


class FakeSimulator(FakeCarrier):
    """Bookings live in the carrier's own world; the suite's book only counts them."""

    adapter = "simulator"
    credentials = {"token": "canary-token"}
    bad_credentials = {"token": "canary-wrong-token"}
    service = "STANDARD"
    moving = ("PU", State.HANDED_OVER)
    reader = SimulatorWebhooks()

    def __init__(self) -> None:
        super().__init__()
        self.carrier = Service(World(), None, self.credentials["token"])
        self.carrier.set_faults({"refuse_postcodes": [REFUSED_POSTCODE]})

    def open(self, connection: Connection) -> SimulatorClient:
        return SimulatorClient(connection)

    def live(self, order: LabelOrder) -> list[Parcel]:
        return [
            Parcel(each.id, each.reference, each.tracking_no, each.order)
            for each in self.carrier.world.find(order.reference)
        ]

    def scan(self, tracking_no: str) -> None:
        booking_id = next(each.id for each in self.parcels if each.tracking_no == tracking_no)
        self.carrier.world.manifest(f"M-{tracking_no}", [booking_id], SCANNED_AT)
        self.carrier.world.due(SCANNED_AT + timedelta(days=1))

    def visits(self) -> int:
        return self.carrier.collections.live()

    def route(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer canary-token":
            return said({"code": "unauthorised", "message": f"No: {request.headers.get('authorization')}"}, 401)
        try:
            return said(self._do(request))
        except Refusal as no:
            return said({"code": no.code, "field": no.field, "message": no.message}, no.status)

    def _do(self, request: Request) -> dict[str, object]:
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "quotes"):
                return self.carrier.quotes(request.json())
            case ("POST", "shipments"):
                made = self.carrier.book(request.json())
                self.book(made["reference"], made, id=made["id"], tracking_no=made["tracking_no"])
                return made
            case ("GET", "shipments"):
                return self.carrier.find(parse_qs(urlencode(request.query)))
            case ("POST", "shipments", booking_id, "void"):
                return self.carrier.void(booking_id)
            case ("POST", "manifests"):
                return self.carrier.manifest(request.json())
            case ("POST", "pickups"):
                return self.carrier.collect(request.json())
            case ("POST", "pickups", id_, "cancel"):
                return self.carrier.stay_away(id_)
            case ("GET", "tracking", number):
                return {"events": [as_json(event) for event in self.carrier.world.history(number)]}
        raise Refusal("not_found", "There is nothing here.", status=404)

    def webhook(self, tracking_no: str) -> bytes:
        event = {"id": "E1", "tracking_no": tracking_no, "code": "PU", "at": SCANNED_AT.isoformat(), "place": "Utrecht"}
        return said({"events": [event]}).content

    def sign(self, body: bytes, secret: str, now_s: float) -> dict[str, str]:
        return {"simulator-signature": sign_timestamped(secret=secret, body=body, at_s=int(now_s))}
