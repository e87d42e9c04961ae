"""Cases in the API: what was not as announced, the proof of it, and what the seller wants done about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation import clock
from foundation.errors import Invalid
from foundation.tenancy import hub_wide
from fulfillment.api import examples
from fulfillment.api.fields import At, Choice, Day, Moment, Strict, Text
from fulfillment.api.pages import Page, PageQuery
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.v1.charges import PricedChoice, priced
from fulfillment.api.v1.labels import PDF
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from fulfillment.services.charging import Prices
from warehouses.models import (
    OFFERED,
    Case,
    CaseChoice,
    CaseKind,
    Finding,
    ReceiptPhoto,
    Seller,
    Sku,
)
from warehouses.services.cases import LONGEST_NOTE, answer_case
from warehouses.services.evidence import evidence_pdf, photos_of
from warehouses.services.photos import photo_bytes

# --- what goes out ----------------------------------------------------------------------------------------


class CaseSummary(serializers.Serializer):
    """One difference between a carton and its plan, as it stands in a list."""

    number = serializers.CharField(help_text="Ours; the case's name in every other call.")
    inbound = serializers.CharField(source="inbound.number")
    carton = serializers.IntegerField(source="carton.number")
    sscc = serializers.CharField(source="carton.sscc")
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    sku = serializers.CharField(source="line.sku.code", default="", allow_blank=True, help_text="Empty if unknown.")
    lot = serializers.CharField(source="line.lot.code", default="", allow_blank=True)
    units = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Case.State.choices)
    choices = serializers.SerializerMethodField(help_text="What you can answer, while it is open.")
    choice = serializers.CharField(allow_blank=True, help_text="What was chosen; empty while it is open.")
    book_to = serializers.CharField(
        source="book_to.code", default="", allow_blank=True, help_text="Your item that the units become."
    )
    book_lot = serializers.CharField(source="book_lot.code", default="", allow_blank=True, help_text="Its lot.")
    by_silence = serializers.BooleanField(help_text="Nobody answered in time.")
    opened_at = At()
    due_at = At(help_text="From then on silence is an answer.")
    answered_at = At(allow_null=True)
    ended_at = At(allow_null=True, help_text="When it was resolved or called off.")

    @extend_schema_field(PricedChoice(many=True))
    def get_choices(self, case: Case) -> list[dict[str, Any]]:
        """The choices of its kind with their prices, while one can be made."""
        prices: Prices = self.context["prices"]
        offered = OFFERED[case.kind] if case.state == Case.State.OPEN else ()
        return [priced(choice, prices.quote(case, choice)) for choice in offered]


class PhotoOut(serializers.Serializer):
    """A photo of the carton, or of what the case is about."""

    number = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="The picture, as JPEG; needs your token.")
    taken_at = At()
    station = serializers.CharField()

    def get_url(self, photo: ReceiptPhoto) -> str:
        """Where the picture is."""
        return reverse("api:photo", kwargs={"number": photo.number}, request=self.context.get("request"))


class FindingOut(serializers.Serializer):
    """Units whose code nobody knows."""

    code = serializers.CharField(help_text="What the scanner read.")
    quantity = serializers.IntegerField()
    station = serializers.CharField()
    scanned_at = At()


class StepOut(serializers.Serializer):
    """One step of the case."""

    what = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    occurred_at = At()


class CaseProof(serializers.Serializer):
    """The proof of a case."""

    photos = PhotoOut(many=True)
    findings = FindingOut(many=True, help_text="Of a case of unknown units.")
    steps = StepOut(many=True)


class CaseOut(CaseSummary, CaseProof):
    """A case with its proof."""


class CasePage(serializers.Serializer):
    """One page of cases, newest first."""

    results = CaseSummary(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last.")


# --- what comes in ----------------------------------------------------------------------------------------


class CaseAnswerIn(Strict):
    """What is to be done with the units."""

    choice = Choice(choices=CaseChoice.choices, help_text="One of the case's `choices`.")
    book_to = Text(
        printable=True, max_length=40, required=False, help_text="Your item code; only to relabel or to book."
    )
    lot = Text(
        printable=True, max_length=20, default="", allow_blank=True, help_text="Of that item, if it is kept by lot."
    )
    expires_on = Day(required=False, allow_null=True, default=None, help_text="The lot's last good day, if it is new.")
    note = Text(printable=True, max_length=LONGEST_NOTE, default="", allow_blank=True, help_text="A word for the hub.")


class CaseQuery(PageQuery):
    """How a list of cases may be narrowed down."""

    state = serializers.MultipleChoiceField(
        choices=Case.State.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    kind = serializers.MultipleChoiceField(
        choices=CaseKind.choices, required=False, allow_empty=False, help_text="May be repeated: any of these."
    )
    inbound = Text(required=False, max_length=24, help_text="An inbound's number.")
    opened_from = Moment(required=False, help_text="Opened at this moment or later.")
    opened_before = Moment(required=False, help_text="Opened before this moment.")


# --- the routes -------------------------------------------------------------------------------------------

LOOKUPS = {
    "state": "state__in",
    "kind": "kind__in",
    "inbound": "inbound__number",
    "opened_from": "opened_at__gte",
    "opened_before": "opened_at__lt",
}


def cases_of(seller: Seller) -> QuerySet[Case]:
    """The seller's cases with all that a summary says, in one query."""
    rows = Case.objects.for_seller(seller)
    return rows.select_related("inbound__hub", "carton", "line__sku", "line__lot", "book_to", "book_lot", "seller")


class CaseList(Resource):
    """All of the seller's cases."""

    query_form = CaseQuery

    @extend_schema(
        operation_id="list_cases",
        summary="List cases",
        description="Whatever was not as announced: newest first. Follow `next` until it is null.",
        parameters=[CaseQuery],
        responses=CasePage,
        examples=[examples.CASE_PAGE],
    )
    def get(self, request: Request) -> Response:
        """One page."""
        lookups = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        page = Page(cases_of(self.seller).filter(**lookups), self.query, request)
        shown = CasePage({"results": page.rows, "next": page.next}, context={"prices": Prices(clock.now())})
        return Response(shown.data)


class CaseResource(Resource):
    """What the routes of one case share."""

    def told(self, case: Case) -> dict[str, Any]:
        """The case with its proof."""
        is_unknown = case.kind == CaseKind.UNKNOWN
        proof = {
            "photos": photos_of(case),
            "findings": Finding.objects.standing().filter(carton=case.carton_id) if is_unknown else [],
            "steps": case.events.order_by("pk"),
        }
        shown = CaseProof(proof, context={"request": self.request})
        return {**CaseSummary(case, context={"prices": Prices(clock.now())}).data, **shown.data}


class CaseDetail(CaseResource):
    """One case."""

    @extend_schema(
        operation_id="read_case",
        summary="Read a case",
        description="What differs, what you can answer until when, and the proof.",
        responses=CaseOut,
        examples=[examples.CASE],
    )
    def get(self, request: Request, number: str) -> Response:
        """The case, by our number."""
        return Response(self.told(self.own(cases_of(self.seller), number)))


class CaseAnswer(CaseResource):
    """The seller's answer to a case."""

    @extend_schema(
        operation_id="answer_case",
        summary="Answer a case",
        description=(
            "A case is answered once: the same answer again is answered 200, another one is a 409. To accept settles "
            "it at once, the rest when the hub has done it; that is charged then."
        ),
        parameters=[IDEMPOTENCY],
        request=CaseAnswerIn,
        responses={200: CaseOut},
        examples=[examples.CASE_ANSWER_IN, examples.CASE],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Takes the answer."""
        case = self.own(Case.objects.for_seller(self.seller), number)
        return self.once(lambda: self._answer(case))

    def _answer(self, case: Case) -> Answer:
        form = self.form(CaseAnswerIn)
        item = None
        if code := form.get("book_to"):
            item = Sku.objects.filter(seller=self.seller, code=code).first()
            if item is None:
                raise Invalid(f"There is no item {code!r}.", code="sku_unknown", field="book_to")
        said = {name: form[name] for name in ("choice", "lot", "expires_on", "note")}
        answer_case(case_id=case.pk, book_to=item, **said)
        return Answer(200, as_json(self.told(cases_of(self.seller).get(pk=case.pk))))


class CaseEvidence(Resource):
    """All that is known of a case, as one document."""

    renderer_classes = [PDF]

    @extend_schema(
        operation_id="read_case_evidence",
        summary="Read the evidence of a case",
        description="Planned against counted, every scan, every step and the photos, as one PDF.",
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="The evidence.")},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """A PDF."""
        case = self.own(cases_of(self.seller), number)
        with hub_wide():  # the names of the people who scanned are the hub's; all else hangs on the seller's carton
            content = evidence_pdf(case=case)
        disposition = f'inline; filename="{case.number}-evidence.pdf"'
        return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


class JPEG(BaseRenderer):
    """Lets a client ask for `image/jpeg`; the bytes come from the file itself."""

    media_type = "image/jpeg"
    format = "jpg"
    charset = None


class PhotoDetail(Resource):
    """One photo of the dock."""

    renderer_classes = [JPEG]

    @extend_schema(
        operation_id="read_photo",
        summary="Read a photo",
        description="A photo of your carton, upright, without what the camera wrote beside it.",
        responses={(200, "image/jpeg"): OpenApiResponse(OpenApiTypes.BINARY, description="The picture.")},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """A JPEG."""
        photo = self.own(ReceiptPhoto.objects.filter(carton__inbound__seller=self.seller), number)
        headers = {"X-Content-Type-Options": "nosniff"}
        return HttpResponse(photo_bytes(photo), content_type="image/jpeg", headers=headers)
