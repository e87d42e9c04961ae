"""Before an inbound is announced: what the dock would refuse of it, and which hubs it had better go to."""

from django.db.models import Count
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.api import examples
from fulfillment.api.fields import Rows, Strict, Text
from fulfillment.api.problems import pointer_to
from fulfillment.api.v1.hubs import find_hub
from fulfillment.api.v1.inbounds import MOST_CARTONS, CartonIn, CartonsIn, carton_plans, refuse_too_many
from fulfillment.api.views import Resource
from fulfillment.models import Order
from warehouses.planning.hub_choice import CENTRES
from warehouses.planning.preflight import Severity, refused
from warehouses.services.inbounds import preflight
from warehouses.services.proposing import propose_hubs


class ObjectionOut(serializers.Serializer):
    """One thing the dock would say."""

    code = serializers.CharField(help_text="Stable.")
    severity = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in Severity],
        help_text="`refused` keeps the inbound from being announced; `warning` does not.",
    )
    pointer = serializers.SerializerMethodField(help_text="RFC 6901: the carton or line in the body.")
    message = serializers.CharField()

    def get_pointer(self, finding: object) -> str:
        """Where in the body."""
        return pointer_to(getattr(finding, "where", ""))


class PreflightOut(serializers.Serializer):
    """What the dock would say to all of it."""

    is_accepted = serializers.BooleanField(help_text="Nothing is refused: it can be announced as it is.")
    findings = ObjectionOut(many=True)


class Preflight(Resource):
    """Looks at cartons as the dock would."""

    @extend_schema(
        operation_id="check_inbound",
        summary="Check cartons before announcing them",
        description=(
            "Everything the dock would refuse (hazardous goods nobody approved, shelf life, missing barcodes, heavy "
            "cartons, contents that do not add up, a full hub) and what it would wonder at. Nothing is written."
        ),
        request=CartonsIn,
        responses={200: OpenApiResponse(PreflightOut, description="What the dock would say.")},
        examples=[examples.CARTONS_IN, examples.PREFLIGHT],
    )
    def post(self, request: Request) -> Response:
        """The findings, each with its place in the body."""
        form = self.form(CartonsIn)
        refuse_too_many(form["cartons"])
        found = preflight(
            seller=self.seller,
            hub=find_hub(form.get("hub")),
            cartons=carton_plans(form["cartons"]),
            expected_on=form["expected_on"],
            expected_until=form["expected_until"],
            freight=form["freight"],
        )
        return Response(PreflightOut({"is_accepted": not refused(found), "findings": found}).data)


class ProposalIn(Strict):
    """Goods that may go to any hub."""

    ship_from = Text(
        printable=True, max_length=2, required=False, default="", allow_blank=True,
        help_text="Country the goods leave from, ISO 3166-1 alpha-2; left out: your own.",
    )  # fmt: skip
    cartons = Rows(child=CartonIn(), min_length=1, max_length=MOST_CARTONS)


class ProposedOut(serializers.Serializer):
    """A line and the hub it had better go to."""

    pointer = serializers.CharField(help_text="RFC 6901: the line in the body.")
    sku = serializers.CharField(source="choice.key")
    hub = serializers.CharField(source="choice.hub")
    km_in = serializers.FloatField(
        source="choice.km_in", allow_null=True, help_text="Great circle from where it leaves; null = not known."
    )
    km_out = serializers.FloatField(
        source="choice.km_out", allow_null=True, help_text="The mean way to your buyers' countries; null = not known."
    )


class ProposalOut(serializers.Serializer):
    """A hub for each line."""

    lines = ProposedOut(many=True)


class Proposal(Resource):
    """Says which hub goods had better go to."""

    @extend_schema(
        operation_id="propose_hubs",
        summary="Ask which hub each line had better go to",
        description=(
            "By kilometres from where the goods leave, by where your orders go, and by how evenly an item is spread. "
            "Distances are great circles, and a country is its middle. Nothing is written; announce an inbound per "
            "hub, to these hubs or to others."
        ),
        request=ProposalIn,
        responses={200: OpenApiResponse(ProposalOut, description="A proposal.")},
        examples=[examples.PROPOSAL_IN, examples.PROPOSAL],
    )
    def post(self, request: Request) -> Response:
        """A hub for each line, in the order they were sent."""
        form = self.form(ProposalIn)
        refuse_too_many(form["cartons"])
        countries = Order.objects.for_seller(self.seller).values_list("ship_to__country").order_by()
        chosen = propose_hubs(
            seller=self.seller,
            cartons=carton_plans(form["cartons"]),
            sender=CENTRES.get(form["ship_from"].upper()),
            buyers=dict(countries.annotate(n=Count("*"))),
        )
        lines = [{"pointer": f"/cartons/{c}/lines/{n}", "choice": choice} for (c, n), choice in chosen.items()]
        return Response(ProposalOut({"lines": lines}).data)
