"""A seller's plan: cartons with SSCCs out of it, once, or a refusal that names every wrong place."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid
from labels.drawing import gs1
from tests.crowd import at_once
from tests.factories import MONDAY, announced, make_hub, make_lot, make_seller, make_sku
from warehouses.models import Carton, CartonLine, Hub, Inbound, Lot, Seller
from warehouses.services.inbounds import plan_inbound
from warehouses.services.plans import CartonPlan, LinePlan

FACE_CREAM_UNTIL = date(2037, 6, 30)


def plan(seller: Seller, hub: Hub, *cartons: tuple[LinePlan, ...], reference: str = "ASN-1", **fields) -> Inbound:
    return plan_inbound(
        seller=seller, hub=hub, reference=reference, cartons=[CartonPlan(lines) for lines in cartons], **fields
    )


def line(sku: str, quantity: int = 1, **fields) -> LinePlan:
    return LinePlan(sku=sku, quantity=quantity, **fields)


def nothing_was_written() -> bool:
    return not (Inbound.objects.exists() or Carton.objects.exists() or CartonLine.objects.exists())


def test_a_plan_becomes_cartons_with_their_own_ssccs(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING"), make_sku(seller, "SCARF")

    with clock.playing(MONDAY):
        inbound = plan(seller, hub, (line("RING", 10), line("SCARF", 5)), (line("RING", 3),), expected_on=MONDAY.date())

    assert (inbound.state, inbound.seller, inbound.hub) == (Inbound.State.PLANNED, seller, hub)
    assert inbound.number == f"IN-{inbound.pk:07d}"
    assert inbound.expected_on == MONDAY.date()
    cartons = list(inbound.cartons.order_by("number"))
    assert [carton.number for carton in cartons] == [1, 2]
    assert all(gs1.is_sscc(carton.sscc) and carton.sscc.startswith("08710000") for carton in cartons)
    assert len({carton.sscc for carton in cartons}) == 2
    lines = CartonLine.objects.order_by("pk").values_list("carton__number", "sku__code", "planned", "good")
    assert list(lines) == [(1, "RING", 10, 0), (1, "SCARF", 5, 0), (2, "RING", 3, 0)]


def test_the_same_plan_again_is_the_same_inbound(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING"), make_sku(seller, "SCARF")
    first = plan(seller, hub, (line("RING", 10), line("SCARF", 5)))

    again = plan(seller, hub, (line("SCARF", 5), line("RING", 10)))

    assert again == first
    assert (Inbound.objects.count(), Carton.objects.count(), CartonLine.objects.count()) == (1, 1, 2)


@pytest.mark.parametrize("other", ["quantity", "cartons", "hub"])
def test_another_plan_under_the_same_reference_is_refused(db, other: str) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING")
    first = plan(seller, hub, (line("RING", 10),))
    different = {
        "quantity": lambda: plan(seller, hub, (line("RING", 11),)),
        "cartons": lambda: plan(seller, hub, (line("RING", 5),), (line("RING", 5),)),
        "hub": lambda: plan(seller, make_hub(), (line("RING", 10),)),
    }

    with pytest.raises(Conflict) as refusal:
        different[other]()

    assert (refusal.value.code, refusal.value.field) == ("reference_taken", "reference")
    assert first.number in refusal.value.message
    assert (Inbound.objects.count(), Carton.objects.count(), CartonLine.objects.get().planned) == (1, 1, 10)


def test_two_sellers_may_use_the_same_reference_and_item_code(db) -> None:
    hub, one, two = make_hub(), make_seller(), make_seller()
    make_sku(one, "RING"), make_sku(two, "RING")

    first, second = plan(one, hub, (line("RING"),)), plan(two, hub, (line("RING"),))

    assert first != second
    assert list(CartonLine.objects.order_by("pk").values_list("sku__seller", flat=True)) == [one.pk, two.pk]


def test_every_wrong_place_is_named_and_nothing_is_written(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING")
    make_sku(seller, "CREAM", tracks_lots=True)
    make_sku(make_seller(), "THEIRS")
    make_sku(seller, "OLD", is_active=False)

    with pytest.raises(Invalid) as refusal:
        plan(
            seller,
            hub,
            (line("RING", 0), line("THEIRS"), line("OLD")),
            (),
            (line("CREAM"), line("RING", 2), line("RING", 3), line("CREAM", lot="X" * 21)),
            (line("N\x00", -1), line("RING", 1_000_001, lot="A\nB")),
        )

    assert [(fault.where, fault.code) for fault in refusal.value.faults] == [
        ("cartons[0].lines[0].quantity", "quantity_invalid"),
        ("cartons[0].lines[1].sku", "sku_unknown"),
        ("cartons[0].lines[2].sku", "sku_unknown"),
        ("cartons[1].lines", "lines_missing"),
        ("cartons[2].lines[0].lot", "lot_needed"),
        ("cartons[2].lines[2]", "line_repeated"),
        ("cartons[2].lines[3].lot", "lot_invalid"),
        ("cartons[3].lines[0].sku", "sku_unknown"),
        ("cartons[3].lines[0].quantity", "quantity_invalid"),
        ("cartons[3].lines[1].lot", "lot_invalid"),
        ("cartons[3].lines[1].quantity", "quantity_invalid"),
    ]
    assert (refusal.value.code, refusal.value.field) == ("quantity_invalid", "cartons[0].lines[0].quantity")
    assert nothing_was_written()


LATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
"""Half past midnight on 3 March in Amsterdam."""


def test_nothing_is_expected_on_a_day_that_is_past_in_the_hub(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING")

    with clock.playing(LATE), pytest.raises(Invalid) as refusal:
        plan(seller, hub, (line("RING"),), expected_on=date(2026, 3, 2))

    assert [(fault.where, fault.code) for fault in refusal.value.faults] == [("expected_on", "day_past")]
    assert nothing_was_written()
    with clock.playing(LATE):
        assert plan(seller, hub, (line("RING"),), expected_on=date(2026, 3, 3)).expected_on == date(2026, 3, 3)


def test_a_lot_past_its_last_good_day_is_not_announced(db) -> None:
    hub, seller = make_hub(), make_seller()
    cream = make_sku(seller, "CREAM", tracks_lots=True)
    make_lot(cream, "OLD", date(2026, 3, 2))

    with clock.playing(LATE):
        with pytest.raises(Invalid) as said:
            plan(seller, hub, (line("CREAM", lot="A1", expires_on=date(2026, 3, 2)),))
        with pytest.raises(Invalid) as known:
            plan(seller, hub, (line("CREAM", lot="B2"),), (line("CREAM", lot="OLD"),))

    assert [(fault.where, fault.code) for fault in said.value.faults] == [
        ("cartons[0].lines[0].expires_on", "lot_expired")
    ]
    assert [(fault.where, fault.code) for fault in known.value.faults] == [("cartons[1].lines[0].lot", "lot_expired")]
    assert nothing_was_written()
    assert Lot.objects.get().code == "OLD"
    with clock.playing(LATE):
        plan(seller, hub, (line("CREAM", lot="A1", expires_on=date(2026, 3, 3)),))


def test_the_same_plan_sent_again_after_its_days_is_still_the_same_inbound(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "CREAM", tracks_lots=True)
    contents = (line("CREAM", lot="A1", expires_on=date(2026, 3, 4)),)
    with clock.playing(MONDAY):
        first = plan(seller, hub, contents, expected_on=MONDAY.date())

    with clock.playing(MONDAY + timedelta(days=30)):
        assert plan(seller, hub, contents, expected_on=MONDAY.date()) == first


@pytest.mark.parametrize("reference", ["", "   ", "A" * 61, "A\x00B"])
def test_a_reference_is_short_and_printable(db, reference: str) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING")

    with pytest.raises(Invalid) as refusal:
        plan(seller, hub, (line("RING"),), reference=reference)

    assert (refusal.value.code, refusal.value.field) == ("reference_invalid", "reference")
    assert nothing_was_written()


def test_an_inbound_has_cartons(db) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(make_seller(), make_hub())

    assert (refusal.value.code, refusal.value.field) == ("cartons_missing", "cartons")
    assert nothing_was_written()


def test_lots_are_made_once_with_their_last_day(db) -> None:
    hub, seller = make_hub(), make_seller()
    cream = make_sku(seller, "CREAM", tracks_lots=True)
    known = make_lot(cream, "B7", FACE_CREAM_UNTIL)

    plan(
        seller,
        hub,
        (line("CREAM", 1, lot="A1", expires_on=FACE_CREAM_UNTIL), line("CREAM", 2, lot="B7")),
        (line("CREAM", 3, lot="A1"), line("CREAM", 4, lot="C2")),
    )

    assert list(Lot.objects.order_by("code").values_list("code", "expires_on")) == [
        ("A1", FACE_CREAM_UNTIL),
        ("B7", FACE_CREAM_UNTIL),
        ("C2", None),
    ]
    assert list(CartonLine.objects.order_by("pk").values_list("lot__code", "planned")) == [
        ("A1", 1),
        ("B7", 2),
        ("A1", 3),
        ("C2", 4),
    ]
    assert CartonLine.objects.get(planned=2).lot == known


@pytest.mark.parametrize("known", [FACE_CREAM_UNTIL, None])
def test_a_lot_has_one_last_day(db, known: date | None) -> None:
    hub, seller = make_hub(), make_seller()
    cream = make_sku(seller, "CREAM", tracks_lots=True)
    make_lot(cream, "B7", known)

    with pytest.raises(Conflict) as refusal:
        plan(seller, hub, (line("CREAM", lot="B7", expires_on=date(2038, 1, 1)),))

    assert (refusal.value.code, refusal.value.field) == ("lot_date_differs", "cartons[0].lines[0].expires_on")
    assert Lot.objects.get().expires_on == known
    assert nothing_was_written()


def test_a_plan_may_not_contradict_itself_about_a_lot(db) -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "CREAM", tracks_lots=True)

    with pytest.raises(Conflict) as refusal:
        plan(
            seller,
            hub,
            (line("CREAM", lot="B7", expires_on=FACE_CREAM_UNTIL),),
            (line("CREAM", lot="B7", expires_on=date(2038, 1, 1)),),
        )

    assert (refusal.value.code, refusal.value.field) == ("lot_date_differs", "cartons[1].lines[0].expires_on")
    assert not Lot.objects.exists()
    assert nothing_was_written()


@pytest.mark.django_db(transaction=True)
def test_the_same_plan_from_eight_doors_at_once_is_one_inbound() -> None:
    hub, seller = make_hub(), make_seller()
    make_sku(seller, "RING")

    made = at_once([lambda: plan(seller, hub, (line("RING", 2),), (line("RING", 3),))] * 8)

    assert {inbound.pk for inbound in made} == {Inbound.objects.get().pk}
    assert (Carton.objects.count(), CartonLine.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_cartons_planned_at_once_never_share_an_sscc() -> None:
    hub, skus = make_hub(), [make_sku() for _ in range(8)]

    at_once([lambda sku=sku: announced(hub, [{sku: 1}] * 5) for sku in skus])

    assert Carton.objects.count() == 40
    assert len(set(Carton.objects.values_list("sscc", flat=True))) == 40
