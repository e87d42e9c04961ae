"""Appointments in the API: a seller says when an inbound comes to which door, and may move or cancel that in time."""

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation.errors import Invalid
from fulfillment.api import examples_of_docks as examples
from fulfillment.api.fields import At, Moment, Strict, Text, names_of
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from warehouses.models import Appointment, Inbound, Seller
from warehouses.services.docking import book_appointment, cancel_appointment, reschedule_appointment

LONGEST_REASON = 200

# --- what goes out ----------------------------------------------------------------------------------------


class AppointmentOut(serializers.Serializer):
    """An inbound comes to this door then."""

    number = serializers.CharField(help_text="Ours; the appointment's name in every other call.")
    inbound = serializers.CharField(source="inbound.number")
    hub = serializers.CharField(source="door.hub.code")
    door = serializers.CharField(source="door.code")
    state = serializers.ChoiceField(choices=Appointment.State.choices)
    starts_at = At()
    ends_at = At()
    load = serializers.IntegerField(help_text="Pallets, or cartons where the inbound comes in parcels.")
    change_until = At(help_text="Until then you may move or cancel it.")
    booked_at = At()
    ended_at = At(allow_null=True, help_text="When it was done, called off, or given up as a no-show.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was called off.")


class AppointmentPage(serializers.Serializer):
    """One page of appointments, the latest booked first."""

    results = AppointmentOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class AppointmentMoveIn(Strict):
    """Where and when, out of the hub's free slots."""

    answered = names_of(AppointmentOut)

    door = Text(printable=True, max_length=10, help_text="Its code.")
    starts_at = Moment(help_text="When a slot of it begins.")


class AppointmentIn(AppointmentMoveIn):
    """Which inbound comes where and when."""

    inbound = Text(printable=True, max_length=24, help_text="Its number.")


class AppointmentCancelIn(Strict):
    """Why, if you like to say."""

    reason = Text(printable=True, max_length=LONGEST_REASON, default="", allow_blank=True)


class AppointmentQuery(PageQuery):
    """How a list of appointments may be narrowed down."""

    state = serializers.MultipleChoiceField(
        choices=Appointment.State.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    inbound = Text(required=False, max_length=24, help_text="An inbound's number.")
    starts_from = Moment(required=False, help_text="Starts at this moment or later.")
    starts_before = Moment(required=False, help_text="Starts before this moment.")


# --- the routes -------------------------------------------------------------------------------------------

LOOKUPS = {
    "state": "state__in",
    "inbound": "inbound__number",
    "starts_from": "starts_at__gte",
    "starts_before": "starts_at__lt",
}


def appointments_of(seller: Seller) -> QuerySet[Appointment]:
    """The seller's appointments with all that is told of them, in one query."""
    return Appointment.objects.for_seller(seller).select_related("inbound", "door__hub")


class AppointmentResource(Resource):
    """What the routes of appointments share."""

    def told(self, appointment: Appointment, status: int = 200, address: str = "") -> Answer:
        """The appointment as it is now."""
        row = appointments_of(self.seller).get(pk=appointment.pk)
        return Answer(status, as_json(AppointmentOut(row).data), address)


class AppointmentList(AppointmentResource):
    """All of the seller's appointments."""

    query_form = AppointmentQuery

    @extend_schema(
        operation_id="list_appointments",
        summary="List appointments",
        description="The latest booked first. Follow `next` until it is null.",
        parameters=[AppointmentQuery],
        responses=AppointmentPage,
        examples=[examples.APPOINTMENT_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(appointments_of(self.seller).filter(**lookups), self.query, request)
        return Response(AppointmentPage({"results": page.rows, "next": page.next}).data)

    @extend_schema(
        operation_id="book_appointment",
        summary="Book an appointment",
        description=(
            "Keeps a place at a door for one of your inbounds, in one of the hub's free slots. What it takes is "
            "counted from its plan; what is more than a slot takes gets several, one after the other. An inbound has "
            "one appointment at a time: the same again is answered 200, another one is a 409, as is a slot that was "
            "taken meanwhile (`slot_full`)."
        ),
        parameters=[IDEMPOTENCY],
        request=AppointmentIn,
        responses={201: AppointmentOut, 200: AppointmentOut},
        examples=[examples.APPOINTMENT_IN, examples.APPOINTMENT],
    )
    def post(self, request: Request) -> HttpResponse:
        """Books one."""
        return self.once(self._book)

    def _book(self) -> Answer:
        form = self.form(AppointmentIn)
        inbound = Inbound.objects.for_seller(self.seller).filter(number=form["inbound"]).first()
        if inbound is None:
            raise Invalid(f"There is no inbound {form['inbound']!r}.", code="inbound_unknown", field="inbound")
        known = set(inbound.appointments.values_list("pk", flat=True))
        booked = book_appointment(inbound_id=inbound.pk, door=form["door"], starts_at=form["starts_at"])
        address = reverse("api:appointment", kwargs={"number": booked.number})
        return self.told(booked, 200 if booked.pk in known else 201, address)


class AppointmentDetail(AppointmentResource):
    """One appointment."""

    @extend_schema(
        operation_id="read_appointment",
        summary="Read an appointment",
        description="Where, when, how much, and until when you may change it.",
        responses=AppointmentOut,
        examples=[examples.APPOINTMENT],
    )
    def get(self, request: Request, number: str) -> Response:
        """The appointment, by our number."""
        return Response(AppointmentOut(self.own(appointments_of(self.seller), number)).data)


class AppointmentMove(AppointmentResource):
    """Another time or door for an appointment."""

    @extend_schema(
        operation_id="reschedule_appointment",
        summary="Move an appointment",
        description=(
            "To another free slot, until `change_until`; later only the hub can (409, `too_late_to_change`). "
            "Refused, it stays where it was."
        ),
        parameters=[IDEMPOTENCY],
        request=AppointmentMoveIn,
        responses={200: AppointmentOut},
        examples=[examples.MOVE_IN, examples.APPOINTMENT],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Moves it."""
        return self.once(lambda: self._move(number))

    def _move(self, number: str) -> Answer:
        appointment = self.own(Appointment.objects.for_seller(self.seller), number)
        form = self.form(AppointmentMoveIn)
        return self.told(
            reschedule_appointment(appointment_id=appointment.pk, door=form["door"], starts_at=form["starts_at"])
        )


class AppointmentCancel(AppointmentResource):
    """The end of an appointment."""

    @extend_schema(
        operation_id="cancel_appointment",
        summary="Cancel an appointment",
        description="Gives the place back, until `change_until`. The inbound may book again. Twice is once.",
        parameters=[IDEMPOTENCY],
        request=AppointmentCancelIn,
        responses={200: AppointmentOut},
        examples=[examples.CANCEL_IN, examples.APPOINTMENT],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Cancels it."""
        return self.once(lambda: self._cancel(number))

    def _cancel(self, number: str) -> Answer:
        appointment = self.own(Appointment.objects.for_seller(self.seller), number)
        form = self.form(AppointmentCancelIn)
        return self.told(cancel_appointment(appointment_id=appointment.pk, reason=form["reason"]))
