"""Inbounds on their way, in the API: a seller says what was handed to carriers, and its scans are followed."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from fulfillment.api import examples
from fulfillment.api.fields import Rows, Strict, Text, names_of
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.v1.inbounds import InboundOut, InboundParcelOut, summaries, with_cartons
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from warehouses.models import Inbound
from warehouses.services.arriving import MOST_PARCELS, send_inbound
from warehouses.services.calling_off import cancel_inbound


class InboundParcelIn(Strict):
    """A parcel that was handed to a carrier."""

    answered = names_of(InboundParcelOut)

    carrier = Text(printable=True, max_length=40, help_text="The carrier's code, such as postnl.")
    tracking_no = Text(printable=True, max_length=40)


class InboundParcelsIn(Strict):
    """What was handed over."""

    answered = names_of(InboundOut)

    parcels = Rows(child=InboundParcelIn(), min_length=1, max_length=MOST_PARCELS)


class InboundParcels(Resource):
    """An inbound on its way."""

    @extend_schema(
        operation_id="send_inbound",
        summary="Say that an inbound was sent",
        description=(
            "The inbound is in transit. With the carriers' tracking numbers their scans are followed: it has arrived "
            "when the first parcel is delivered, whether or not anybody scanned a carton yet. More numbers may be "
            "added until then; the same ones again change nothing."
        ),
        parameters=[IDEMPOTENCY],
        request=InboundParcelsIn,
        responses=InboundOut,
        examples=[examples.INBOUND_PARCELS_IN, examples.INBOUND],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Takes the parcels down."""
        return self.once(lambda: self._send(number))

    def _send(self, number: str) -> Answer:
        inbound = self.own(Inbound.objects.for_seller(self.seller), number)
        form = self.form(InboundParcelsIn)
        send_inbound(
            inbound_id=inbound.pk, parcels=[(parcel["carrier"], parcel["tracking_no"]) for parcel in form["parcels"]]
        )
        return Answer(200, as_json(InboundOut(with_cartons(summaries(self.seller)).get(pk=inbound.pk)).data))


class InboundCancelIn(Strict):
    """Nothing but the call itself."""


class InboundCancel(Resource):
    """An inbound that does not come."""

    @extend_schema(
        operation_id="cancel_inbound",
        summary="Cancel an inbound",
        description=(
            "Before it was sent: its labels are void, and its appointment is cancelled. Once it is on its way it "
            "comes (409, `inbound_on_its_way`). Twice is once."
        ),
        parameters=[IDEMPOTENCY],
        request=InboundCancelIn,
        responses=InboundOut,
        examples=[examples.INBOUND],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Cancels it."""
        return self.once(lambda: self._cancel(number))

    def _cancel(self, number: str) -> Answer:
        inbound = self.own(Inbound.objects.for_seller(self.seller), number)
        self.form(InboundCancelIn)
        cancel_inbound(inbound_id=inbound.pk)
        return Answer(200, as_json(InboundOut(with_cartons(summaries(self.seller)).get(pk=inbound.pk)).data))
