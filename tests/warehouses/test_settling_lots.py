"""Units of a case that become an item kept by lot: the answer names the lot, by the rules of a plan."""

from datetime import date, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, DomainError, Invalid
from tests.factories import MONDAY, bin_of, make_lot, make_sku
from tests.refusals import refused
from tests.warehouses.test_cases import the_case
from tests.warehouses.test_settling import moves_of, put_away
from warehouses.models import Balance, BinBalance, Case, Hub, Lot, Sku
from warehouses.services.blocking import block_lot
from warehouses.services.cases import answer_case
from warehouses.services.settling import settle_case

LAST = date(2028, 5, 31)


@pytest.fixture
def cream(sku: Sku) -> Sku:
    return make_sku(sku.seller, "CREAM", tracks_lots=True)


def lots_of(cream: Sku) -> list[tuple[str | None, str, int]]:
    rows = BinBalance.objects.filter(sku=cream, on_hand__gt=0).order_by("lot__code")
    return list(rows.values_list("lot__code", "condition", "on_hand"))


@pytest.mark.parametrize("choice", ["relabel", "book_to"])
@pytest.mark.parametrize("kind", ["surplus", "wrong_item"])
def test_good_units_become_units_of_the_lot(hub: Hub, sku: Sku, cream: Sku, kind: str, choice: str) -> None:
    case = the_case(hub, sku, kind)
    put_away(case)

    case = answer_case(case_id=case.pk, choice=choice, book_to=cream, lot=" L1 ", expires_on=LAST)
    case = settle_case(case_id=case.pk)

    lot = Lot.objects.get(sku=cream)
    assert (lot.code, lot.expires_on, case.book_lot) == ("L1", LAST, lot)
    assert lots_of(cream) == [("L1", "sellable", 2)]
    assert Balance.objects.get(sku=cream).sellable == 2
    assert [move[5] for move in moves_of(case)] == [2, 2]


def test_unknown_units_become_units_of_a_lot_that_is_known(hub: Hub, sku: Sku, cream: Sku) -> None:
    case, lot = the_case(hub, sku, "unknown"), make_lot(cream, "L1", LAST)

    answer_case(case_id=case.pk, choice="relabel", book_to=cream, lot="L1")
    case = settle_case(case_id=case.pk, place=bin_of(hub, "02-01"))

    assert (case.book_lot, lots_of(cream)) == (lot, [("L1", "sellable", 2)])


def test_the_same_lot_twice_is_one_answer_and_another_is_refused(hub: Hub, sku: Sku, cream: Sku) -> None:
    case = the_case(hub, sku, "surplus")
    first = answer_case(case_id=case.pk, choice="book_to", book_to=cream, lot="L1", expires_on=LAST)

    assert answer_case(case_id=case.pk, choice="book_to", book_to=cream, lot="L1", expires_on=LAST) == first
    refused(Conflict, "case_answered", lambda: answer_case(case_id=case.pk, choice="book_to", book_to=cream, lot="L2"))
    assert [lot.code for lot in Lot.objects.all()] == ["L1"]


@pytest.mark.parametrize(
    ("error", "code", "lot", "expires_on"),
    [
        (Invalid, "lot_needed", "", None),
        (Invalid, "lot_needed", "  ", LAST),
        (Invalid, "lot_invalid", "x" * 21, None),
        (Invalid, "lot_invalid", "L\x071", None),
        (Invalid, "lot_expired", "L1", (MONDAY - timedelta(days=1)).date()),
        (Invalid, "lot_expired", "OLD", None),
        (Conflict, "lot_date_differs", "KNOWN", date(2028, 6, 30)),
        (Conflict, "lot_date_differs", "OPEN", LAST),
    ],
)
def test_a_lot_that_no_plan_could_name_is_refused(
    hub: Hub, sku: Sku, cream: Sku, error: type[DomainError], code: str, lot: str, expires_on: date | None
) -> None:
    with clock.playing(MONDAY):
        case = the_case(hub, sku, "surplus")
    make_lot(cream, "OLD", date(2026, 1, 1))
    make_lot(cream, "KNOWN", LAST)
    Lot.objects.create(sku=cream, code="OPEN")

    def answer() -> Case:
        with clock.playing(MONDAY):
            return answer_case(case_id=case.pk, choice="relabel", book_to=cream, lot=lot, expires_on=expires_on)

    refused(error, code, answer)
    assert (Case.objects.get().state, Lot.objects.count()) == (Case.State.OPEN, 3)


def test_a_lot_for_what_is_not_kept_by_lot_is_refused(hub: Hub, sku: Sku, cream: Sku) -> None:
    case, plain = the_case(hub, sku, "surplus"), make_sku(sku.seller)

    refused(Invalid, "lot_not_wanted", lambda: answer_case(case_id=case.pk, choice="accept", lot="L1"))
    refused(Invalid, "lot_not_wanted", lambda: answer_case(case_id=case.pk, choice="dispose", expires_on=LAST))
    refused(Invalid, "lot_not_wanted", lambda: answer_case(case_id=case.pk, choice="relabel", book_to=plain, lot="L1"))
    assert (Case.objects.get().state, Lot.objects.count()) == (Case.State.OPEN, 0)


def test_units_that_become_a_blocked_lot_are_not_for_sale(hub: Hub, sku: Sku, cream: Sku) -> None:
    case, lot = the_case(hub, sku, "surplus"), make_lot(cream, "L1", LAST)
    put_away(case)
    answer_case(case_id=case.pk, choice="book_to", book_to=cream, lot="L1")
    block_lot(key="b", lot_id=lot.pk, reason="doubtful")

    settle_case(case_id=case.pk)

    assert lots_of(cream) == [("L1", "blocked", 2)]
    assert Balance.objects.get(sku=cream).sellable == 0


def test_an_item_that_came_to_be_kept_by_lot_takes_no_units_without_one(hub: Hub, sku: Sku) -> None:
    case, plain = the_case(hub, sku, "surplus"), make_sku(sku.seller)
    put_away(case)
    answer_case(case_id=case.pk, choice="book_to", book_to=plain)
    Sku.objects.filter(pk=plain.pk).update(tracks_lots=True)

    refused(Conflict, "lot_needed", lambda: settle_case(case_id=case.pk))

    assert (lots_of(plain), Case.objects.get().state) == ([], Case.State.ANSWERED)
