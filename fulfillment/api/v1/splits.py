"""Splits in the API: one plan becomes an inbound for each hub that its lines go to."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from foundation.errors import FieldFault, Invalid
from fulfillment.api import examples_of_splits as examples
from fulfillment.api.fields import Rows, Text
from fulfillment.api.schema import IDEMPOTENCY
from fulfillment.api.v1.inbounds import (
    MOST_CARTONS,
    MOST_LINES_A_CARTON,
    CartonIn,
    CartonLineIn,
    InboundIn,
    InboundSummary,
    carton_plans,
    refuse_too_many,
    summaries,
)
from fulfillment.api.views import Resource, as_json
from fulfillment.services.answering import Answer
from warehouses.models import Hub, Inbound
from warehouses.services.proposing import split_plan


class SplitLineIn(CartonLineIn):
    """So many of one item in a carton, and the hub they go to."""

    hub = Text(printable=True, max_length=10, help_text="Its code, as proposed or as you choose.")


class SplitCartonIn(CartonIn):
    """What one carton holds; with lines for several hubs it becomes a carton for each, of which nothing is declared."""

    lines = Rows(child=SplitLineIn(), min_length=1, max_length=MOST_LINES_A_CARTON)


class SplitIn(InboundIn):
    """A plan whose lines go to hubs of their own. Behind `reference` each inbound gets its hub's code."""

    hub = None  # type: ignore[assignment]  # the serializer's way to leave a field out
    cartons = Rows(child=SplitCartonIn(), min_length=1, max_length=MOST_CARTONS)


class SplitOut(serializers.Serializer):
    """The inbounds it became."""

    inbounds = InboundSummary(many=True)


class InboundSplit(Resource):
    """Announces a plan at several hubs at once."""

    @extend_schema(
        operation_id="split_inbound",
        summary="Announce one plan at several hubs",
        description=(
            "One inbound per hub, all or none. With more than one, the hub's code is put behind the reference. The "
            "same split again is answered 200 with the inbounds there are; the same plan split otherwise is a 409."
        ),
        parameters=[IDEMPOTENCY],
        request=SplitIn,
        responses={201: SplitOut, 200: SplitOut},
        examples=[examples.SPLIT_IN, examples.SPLIT],
    )
    def post(self, request: Request) -> HttpResponse:
        """Plans the inbounds."""
        return self.once(self._split)

    def _split(self) -> Answer:
        form = self.form(SplitIn)
        refuse_too_many(form["cartons"])
        hubs = {hub.code: hub for hub in Hub.objects.all()}
        lines = {(c, n): line for c, carton in enumerate(form["cartons"]) for n, line in enumerate(carton["lines"])}
        wanted = {place: line.pop("hub") for place, line in lines.items()}
        _refuse_unknown(wanted, hubs)
        there = {row.pk for row in self._of_reference(form["reference"])}
        made = split_plan(
            seller=self.seller,
            reference=form["reference"],
            cartons=carton_plans(form["cartons"]),
            hubs={place: hubs[code] for place, code in wanted.items()},
            expected_on=form["expected_on"],
            expected_until=form["expected_until"],
            freight=form["freight"],
        )
        numbers = [inbound.pk for inbound in made]
        rows = summaries(self.seller).filter(pk__in=numbers).order_by("pk")
        return Answer(200 if there >= set(numbers) else 201, as_json(SplitOut({"inbounds": rows}).data))

    def _of_reference(self, reference: str) -> QuerySet[Inbound]:
        return Inbound.objects.for_seller(self.seller).filter(reference__startswith=reference)


def _refuse_unknown(wanted: Mapping[tuple[int, int], str], hubs: Mapping[str, Hub]) -> None:
    """Raises `Invalid` (`hub_unknown`) with each line whose hub there is not."""
    faults = tuple(
        FieldFault(f"cartons[{c}].lines[{n}].hub", "hub_unknown", f"There is no hub {code!r}.")
        for (c, n), code in wanted.items()
        if code not in hubs
    )
    if faults:
        raise Invalid(faults[0].message, code=faults[0].code, field=faults[0].where, faults=faults)
