"""Settling a case: what was chosen is done, and the ledger says so with the case's own instruction."""

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.crowd import at_once
from tests.factories import MONDAY, bin_of, demand, in_bin, make_hub, make_sku, make_user, promised
from tests.refusals import refused
from tests.warehouses.test_cases import steps_of, the_case
from warehouses.models import Balance, Case, Hub, Inbound, Instruction, Move, Sku
from warehouses.services.cases import answer_case, cancel_case
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.settling import settle_case


def put_away(case: Case) -> None:
    tasks = propose_putaway(inbound_id=case.inbound_id)
    confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])


def waiting(hub: Hub, sku: Sku, kind: str, choice: str, book_to: Sku | None = None) -> Case:
    """A case of two units, answered, with everything in its bin."""
    case = the_case(hub, sku, kind)
    put_away(case)
    return answer_case(case_id=case.pk, choice=choice, book_to=book_to)


def on_hand(hub: Hub, sku: Sku) -> int:
    return sum(Balance.objects.filter(hub=hub, sku=sku).values_list("on_hand", flat=True))


def moves_of(case: Case) -> list[tuple[object, ...]]:
    rows = Move.objects.filter(source=case.instruction.source).order_by("pk")
    return list(rows.values_list("kind", "sku", "from_bin__code", "to_bin__code", "condition", "quantity", "reason"))


@pytest.mark.parametrize("choice", ["dispose", "send_back"])
def test_damaged_units_leave_the_building(hub: Hub, sku: Sku, choice: str) -> None:
    case, lead = waiting(hub, sku, "damaged", choice), make_user()

    with clock.playing(MONDAY):
        case = settle_case(case_id=case.pk, actor_id=lead.pk, note="Pallet 7")

    assert (case.state, case.ended_at) == (Case.State.RESOLVED, MONDAY)
    reason = f"{case.number}: {choice.replace('_', ' ')}"
    assert moves_of(case) == [("adjust", sku.pk, "DAMAGED", None, "damaged", 2, reason)]
    assert (in_bin(hub, "DAMAGED", sku), on_hand(hub, sku)) == (0, 3)
    assert steps_of(case)[-1] == ("settled", lead.pk, "Pallet 7")
    assert Instruction.objects.get().actor == lead
    assert Inbound.objects.get().state == Inbound.State.CLOSED


def test_settled_twice_is_settled_once(hub: Hub, sku: Sku) -> None:
    case = waiting(hub, sku, "damaged", "dispose")

    first = settle_case(case_id=case.pk)

    assert settle_case(case_id=case.pk) == first
    assert on_hand(hub, sku) == 3


def test_settled_by_two_at_once_is_settled_once(transactional_db) -> None:
    hub, sku = make_hub(), make_sku()
    case = waiting(hub, sku, "surplus", "dispose")

    at_once([lambda: settle_case(case_id=case.pk)] * 3)

    assert on_hand(hub, sku) == 5


@pytest.mark.parametrize("choice", ["book_to", "relabel"])
@pytest.mark.parametrize("kind", ["surplus", "wrong_item"])
def test_good_units_become_another_item_where_they_lie(hub: Hub, sku: Sku, kind: str, choice: str) -> None:
    other = make_sku(sku.seller)
    case = waiting(hub, sku, kind, choice, other)
    was = case.line.sku

    before = on_hand(hub, was)
    case = settle_case(case_id=case.pk)

    assert (on_hand(hub, was), on_hand(hub, other)) == (before - 2, 2)
    (out, into) = moves_of(case)
    assert (out[1], out[3], out[5]) == (was.pk, None, 2)
    assert (into[1], into[2], into[3], into[5]) == (other.pk, None, out[2], 2)
    assert Balance.objects.get(sku=other).sellable == 2


def test_surplus_is_for_sale_long_before_its_case_is_settled(hub: Hub, sku: Sku) -> None:
    case = the_case(hub, sku, "surplus")

    put_away(case)

    inbound = Inbound.objects.get()
    assert Balance.objects.get().sellable == 7
    assert inbound.sellable_at is not None
    assert inbound.state == Inbound.State.RECEIVED
    answer_case(case_id=case.pk, choice="accept")
    assert Inbound.objects.get().state == Inbound.State.CLOSED


def test_unknown_units_that_leave_move_nothing(hub: Hub, sku: Sku) -> None:
    case = waiting(hub, sku, "unknown", "dispose")

    case = settle_case(case_id=case.pk)

    assert (case.state, case.instruction) == (Case.State.RESOLVED, None)
    assert on_hand(hub, sku) == 5


def test_unknown_units_come_into_the_books_where_they_were_put(hub: Hub, sku: Sku) -> None:
    other = make_sku(sku.seller)
    case = waiting(hub, sku, "unknown", "relabel", other)
    shelf = bin_of(hub, "02-01")
    refused(Conflict, "place_needed", lambda: settle_case(case_id=case.pk))

    case = settle_case(case_id=case.pk, place=shelf)

    assert in_bin(hub, "02-01", other) == 2
    assert Balance.objects.get(sku=other).sellable == 2


def test_units_come_out_of_the_place_that_is_named(hub: Hub, sku: Sku) -> None:
    case = waiting(hub, sku, "surplus", "dispose")
    theirs = bin_of(make_hub(), "01-01")
    elsewhere = next(code for code in ("01-01", "03-04") if not in_bin(hub, code, sku))

    refused(Conflict, "units_elsewhere", lambda: settle_case(case_id=case.pk, place=bin_of(hub, elsewhere)))
    refused(Conflict, "place_wrong", lambda: settle_case(case_id=case.pk, place=bin_of(hub, "DOCK")))
    refused(Conflict, "place_wrong", lambda: settle_case(case_id=case.pk, place=theirs))


def test_units_still_on_the_dock_cannot_leave(hub: Hub, sku: Sku) -> None:
    case = the_case(hub, sku, "damaged")
    answer_case(case_id=case.pk, choice="dispose")

    refused(Conflict, "units_elsewhere", lambda: settle_case(case_id=case.pk))


def test_units_that_buyers_wait_for_do_not_leave(hub: Hub, sku: Sku) -> None:
    case = waiting(hub, sku, "surplus", "send_back")
    promised(hub, demand(sku, 6))

    refused(Conflict, "stock_short", lambda: settle_case(case_id=case.pk))

    cancel_case(case_id=case.pk, reason="Sold meanwhile.")
    assert on_hand(hub, sku) == 7


def test_what_nobody_answered_or_is_called_off_cannot_be_settled(hub: Hub, sku: Sku) -> None:
    case = the_case(hub, sku, "surplus")

    refused(Conflict, "case_not_answered", lambda: settle_case(case_id=case.pk))
    refused(NotFound, "case_unknown", lambda: settle_case(case_id=0))
    cancel_case(case_id=case.pk, reason="No.")
    refused(Conflict, "case_not_answered", lambda: settle_case(case_id=case.pk))
    refused(Invalid, "note_too_long", lambda: settle_case(case_id=case.pk, note="x" * 201))
