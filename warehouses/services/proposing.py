"""Proposing: which hub each line of a plan had better go to, and one inbound per hub out of one plan."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from foundation.errors import Conflict, DomainError, FieldFault, Invalid
from foundation.quantities import whole_quantity
from warehouses.models import Balance, Hub, Inbound, Seller
from warehouses.planning.hub_choice import CENTRES, Choice, Site, Spot, Want, choose_hubs
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan

Place = tuple[int, int]
"""A line of a plan: its carton and its line, both from 0."""


def propose_hubs(
    *, seller: Seller, cartons: Sequence[CartonPlan], sender: Spot | None, buyers: Mapping[str, int]
) -> dict[Place, Choice]:
    """A hub for each line, by `choose_hubs`: a proposal, which the seller may change line by line.

    `sender` is where the goods leave from, in degrees; None is about the middle of the seller's own country. `buyers`
    counts his orders by country. Two statements. Raises `Invalid` (`quantity_invalid`) and `Conflict` (`hub_missing`)
    while there is none.
    """
    hubs = list(Hub.objects.order_by("code"))
    if not hubs:
        raise Conflict("There is no hub yet.", code="hub_missing")
    sites = [Site(hub.code, _spot(hub)) for hub in hubs]
    lines = {(c, n): line for c, carton in enumerate(cartons) for n, line in enumerate(carton.lines)}
    held: dict[str, dict[str, int]] = {line.sku: {} for line in lines.values()}
    rows = Balance.objects.filter(sku__seller=seller, sku__code__in=held)
    for code, hub, units in rows.values_list("sku__code", "hub__code", "on_hand"):
        held[code][hub] = units
    wants = [
        Want(line.sku, whole_quantity(line.quantity) * cartons[c].copies, held[line.sku])
        for (c, _), line in lines.items()
    ]
    chosen = choose_hubs(wants, sites, sender=sender or CENTRES.get(seller.country), buyers=buyers)
    return dict(zip(lines, chosen, strict=True))


@transaction.atomic
def split_plan(
    *,
    seller: Seller,
    reference: str,
    cartons: Sequence[CartonPlan],
    hubs: Mapping[Place, Hub],
    expected_on: date | None = None,
    expected_until: date | None = None,
    freight: str = Inbound.Freight.PARCEL,
) -> list[Inbound]:
    """One inbound per hub, all or none; the hub's code is put behind the reference where there are several.

    A carton whose lines go to different hubs becomes a carton for each, of which nothing is declared: the seller
    packs it anew. The same split again is the same inbounds. Raises `Invalid` (`hub_needed`) for a line without a hub,
    `Conflict` (`reference_taken`) where the reference was split otherwise before, and whatever `plan_inbound` refuses,
    with the places of the whole plan.
    """
    parts: dict[str, list[_Part]] = {}
    by_code = {hub.code: hub for hub in hubs.values()}
    for c, carton in enumerate(cartons):
        for code, part in _parts(c, carton, hubs).items():
            parts.setdefault(code, []).append(part)
    names = {code: f"{reference}-{code}" if len(parts) > 1 else reference for code in sorted(parts)}
    _refuse_other_split(seller, reference, set(names.values()))
    made = []
    for code, name in names.items():
        with _placed_in(parts[code]):
            made.append(
                plan_inbound(
                    seller=seller,
                    hub=by_code[code],
                    reference=name,
                    cartons=[part.carton for part in parts[code]],
                    expected_on=expected_on,
                    expected_until=expected_until,
                    freight=freight,
                )
            )
    return made


@dataclass(frozen=True, slots=True)
class _Part:
    """A carton for one hub, and where it and its lines stand in the whole plan."""

    carton: CartonPlan
    c: int
    lines: tuple[int, ...]


def _parts(c: int, carton: CartonPlan, hubs: Mapping[Place, Hub]) -> dict[str, _Part]:
    """The carton as it is, or what of it goes to each hub."""
    lines: dict[str, list[int]] = {}
    for n in range(len(carton.lines)):
        if (c, n) not in hubs:
            fault = FieldFault(f"cartons[{c}].lines[{n}]", "hub_needed", "Say which hub this line goes to.")
            raise Invalid(fault.message, code=fault.code, field=fault.where, faults=(fault,))
        lines.setdefault(hubs[c, n].code, []).append(n)
    if len(lines) == 1:
        return {code: _Part(carton, c, tuple(found)) for code, found in lines.items()}
    bare = CartonPlan((), copies=carton.copies, pallet=carton.pallet)
    return {
        code: _Part(replace(bare, lines=tuple(carton.lines[n] for n in found)), c, tuple(found))
        for code, found in lines.items()
    }


def _refuse_other_split(seller: Seller, reference: str, names: set[str]) -> None:
    """Goods would be announced twice if one reference were split in two ways."""
    possible = {reference, *(f"{reference}-{code}" for code in Hub.objects.values_list("code", flat=True))}
    there = Inbound.objects.filter(seller=seller, reference__in=possible - names).order_by("pk").first()
    if there:
        text = f"Reference {reference} was split otherwise before: there is {there.number}, {there.reference}."
        raise Conflict(text, code="reference_taken", field="reference")


@contextmanager
def _placed_in(parts: Sequence[_Part]) -> Iterator[None]:
    """Around the plan of one hub: what is wrong with it is told with its place in the whole plan."""
    try:
        yield
    except DomainError as error:
        error.faults = tuple(replace(fault, where=_place(fault.where, parts)) for fault in error.faults)
        error.field = error.field and _place(error.field, parts)
        raise


def _place(where: str, parts: Sequence[_Part]) -> str:
    found = re.match(r"cartons\[(\d+)\](?:\.lines\[(\d+)\])?", where)
    if not found:
        return where
    part = parts[int(found[1])]
    line = f".lines[{part.lines[int(found[2])]}]" if found[2] else ""
    return f"cartons[{part.c}]{line}{where[found.end() :]}"


def _spot(hub: Hub) -> Spot | None:
    if hub.latitude is None or hub.longitude is None:
        return CENTRES.get(hub.country)
    return hub.latitude, hub.longitude
