"""One plan, several hubs: proposed by distance and balance, split all or nothing."""

import pytest

from foundation.errors import Conflict, Invalid
from tests.factories import make_hub, make_seller, make_sku, stock
from tests.refusals import refused
from warehouses.models import Carton, CartonLine, Hub, Inbound
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.proposing import propose_hubs, split_plan

pytestmark = pytest.mark.django_db


def two_hubs() -> tuple[Hub, Hub]:
    ams, poz = make_hub("AMS1"), make_hub("POZ1")
    Hub.objects.filter(pk=ams.pk).update(latitude=52.37, longitude=4.90)
    Hub.objects.filter(pk=poz.pk).update(latitude=52.41, longitude=16.93)
    return ams, poz


def line(sku: str, quantity: int = 1) -> LinePlan:
    return LinePlan(sku=sku, quantity=quantity)


def test_a_proposal_looks_at_the_sender_and_at_what_is_there() -> None:
    ams, _ = two_hubs()
    seller = make_seller()
    mug = make_sku(seller, "MUG")
    make_sku(seller, "CUP")
    cartons = [CartonPlan((line("MUG", 10), line("CUP", 10)))]

    before = propose_hubs(seller=seller, cartons=cartons, sender=(52.3, 10.5), buyers={})
    stock(ams, mug, 500)
    after = propose_hubs(seller=seller, cartons=cartons, sender=(52.3, 10.5), buyers={})

    assert {place: choice.hub for place, choice in before.items()} == {(0, 0): "AMS1", (0, 1): "AMS1"}
    assert {place: choice.hub for place, choice in after.items()} == {(0, 0): "POZ1", (0, 1): "AMS1"}


def test_a_split_is_one_inbound_per_hub_and_twice_is_once() -> None:
    ams, poz = two_hubs()
    seller = make_seller()
    make_sku(seller, "MUG"), make_sku(seller, "CUP")
    cartons = [
        CartonPlan((line("MUG", 10), line("CUP", 5)), weight_g=1_600),
        CartonPlan((line("MUG", 7),), weight_g=800),
    ]
    hubs = {(0, 0): ams, (0, 1): poz, (1, 0): ams}

    made = split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs=hubs)
    again = split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs=hubs)

    assert [(each.reference, each.hub) for each in made] == [("PO-1-AMS1", ams), ("PO-1-POZ1", poz)]
    assert again == made
    rows = CartonLine.objects.order_by("pk")
    assert list(rows.values_list("carton__inbound__reference", "carton__weight_g", "sku__code", "planned")) == [
        ("PO-1-AMS1", None, "MUG", 10),
        ("PO-1-AMS1", 800, "MUG", 7),
        ("PO-1-POZ1", None, "CUP", 5),
    ]


def test_a_plan_for_one_hub_keeps_its_reference() -> None:
    ams, _ = two_hubs()
    seller = make_seller()
    make_sku(seller, "MUG")

    (made,) = split_plan(
        seller=seller, reference="PO-1", cartons=[CartonPlan((line("MUG"),), weight_g=100)], hubs={(0, 0): ams}
    )

    assert (made.reference, Carton.objects.get().weight_g) == ("PO-1", 100)


def test_one_hub_that_refuses_undoes_the_others() -> None:
    ams, poz = two_hubs()
    Hub.objects.filter(pk=poz.pk).update(carton_max_g=50)
    poz.refresh_from_db()
    seller = make_seller()
    make_sku(seller, "MUG"), make_sku(seller, "CUP")
    cartons = [CartonPlan((line("MUG"),)), CartonPlan((line("CUP"),))]

    with pytest.raises(Invalid) as refusal:
        split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs={(0, 0): ams, (1, 0): poz})
    with pytest.raises(Invalid) as lacking:
        split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs={(0, 0): ams})

    assert refusal.value.code == "carton_heavy"
    assert (lacking.value.code, lacking.value.field) == ("hub_needed", "cartons[1].lines[0]")
    assert not Inbound.objects.exists()


def test_what_a_hub_refuses_is_told_with_its_place_in_the_whole_plan() -> None:
    ams, poz = two_hubs()
    seller = make_seller()
    make_sku(seller, "MUG"), make_sku(seller, "CUP")
    cartons = [CartonPlan((line("MUG"),)), CartonPlan((line("MUG"), line("CUP", 0)))]
    hubs = {(0, 0): ams, (1, 0): ams, (1, 1): poz}

    with pytest.raises(Invalid) as refusal:
        split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs=hubs)

    assert refusal.value.field == "cartons[1].lines[1].quantity"
    assert [fault.where for fault in refusal.value.faults] == ["cartons[1].lines[1].quantity"]
    assert not Inbound.objects.exists()


def test_one_reference_is_not_split_in_two_ways() -> None:
    ams, poz = two_hubs()
    seller = make_seller()
    make_sku(seller, "MUG"), make_sku(seller, "CUP")
    cartons = [CartonPlan((line("MUG"),)), CartonPlan((line("CUP"),))]
    split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs={(0, 0): ams, (1, 0): poz})

    refusal = refused(
        Conflict,
        "reference_taken",
        lambda: split_plan(seller=seller, reference="PO-1", cartons=cartons, hubs={(0, 0): ams, (1, 0): ams}),
    )

    assert refusal.field == "reference"
