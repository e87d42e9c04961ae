"""Orders of one unit share totes: who shares, who does not, and what a picker and a recall see of it."""

import uuid

import pytest

from foundation.errors import Conflict
from tests.factories import (
    code_of,
    demand,
    in_bin,
    make_hub,
    make_lot,
    make_seller,
    make_sku,
    picks_of,
    planned,
    promised,
    stock,
    walking,
)
from tests.refusals import refused
from warehouses.models import CartTote, Hub, PickList, PickTask, Sku
from warehouses.services.blocking import PickedUnits, picked_of
from warehouses.services.picking import Pick, record_picks
from warehouses.services.reserving import Demand, release


def singles(sku: Sku, *groups: str, **fields: object) -> list[Demand]:
    """An order of one unit for each group."""
    return [demand(sku, 1, group=group, **fields) for group in groups]


def totes_of(walk: PickList) -> dict[str, list[str]]:
    """Whose units go into each tote of a cart: by the tote's group, or `shared`."""
    found: dict[str, list[str]] = {}
    for place in walk.totes.all():
        tasks = place.tasks.order_by("reservation__demand_group")
        found.setdefault(place.demand_group or "shared", []).append(
            ",".join(tasks.values_list("reservation__demand_group", flat=True))
        )
    return found


def test_orders_of_one_unit_share_a_tote_and_others_do_not(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)

    (walk,) = planned(hub, promised(hub, *singles(sku, "A", "B", "C", "D"), demand(sku, 2, group="PAIR")))

    assert totes_of(walk) == {"shared": ["A,B,C,D"], "PAIR": ["PAIR"]}
    assert [place.is_shared for place in walk.totes.order_by("demand_group")] == [True, False]


def test_an_order_of_two_items_shares_no_tote(hub: Hub, sku: Sku) -> None:
    other = make_sku(sku.seller)
    stock(hub, sku, 9)
    stock(hub, other, 1, place="02-01")

    (walk,) = planned(hub, promised(hub, *singles(sku, "A", "B", "C", "D", "TWO"), demand(other, 1, group="TWO")))

    assert totes_of(walk) == {"shared": ["A,B,C,D"], "TWO": ["TWO,TWO"]}


@pytest.mark.parametrize(("apart", "least"), [(False, 1), (True, 5)])
def test_a_hub_says_whether_and_from_how_many_on(hub: Hub, sku: Sku, apart: bool, least: int) -> None:
    Hub.objects.filter(pk=hub.pk).update(singles_apart=apart, singles_from=least)
    stock(hub, sku, 9)

    (walk,) = planned(Hub.objects.get(pk=hub.pk), promised(hub, *singles(sku, "A", "B", "C", "D")))

    assert totes_of(walk) == {"A": ["A"], "B": ["B"], "C": ["C"], "D": ["D"]}


def test_more_than_a_tote_takes_are_shared_out_evenly(db) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 9)

    (walk,) = planned(hub, promised(hub, *singles(sku, *"ABCDEFGHI")))

    assert sorted(len(groups.split(",")) for groups in totes_of(walk)["shared"]) == [4, 5]


def test_urgent_orders_share_no_tote_with_the_rest(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)

    (walk,) = planned(hub, promised(hub, *singles(sku, "A", "B", "C"), *singles(sku, "X", "Y", priority=50)))

    assert sorted(totes_of(walk)["shared"]) == ["A,B,C", "X,Y"]


def test_the_last_unit_of_an_order_that_was_short_joins_no_shared_tote(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 2)
    (half,) = promised(hub, demand(sku, 2, group="HALF"))
    walk = walking(hub, [half])
    (pick,) = picks_of(walk)
    fewer = Pick(
        scan_id=uuid.uuid4(), bin_code=pick.bin_code, item_code=pick.item_code, tote_code=pick.tote_code,
        quantity=1, short=1,
    )  # fmt: skip
    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[fewer])
    stock(hub, sku, 9, place="02-01")

    rows = promised(hub, *singles(sku, "A", "B", "C", "D"))
    half.refresh_from_db()
    assert (half.wanted, half.held, half.picked) == (2, 1, 1)
    (walk,) = planned(hub, [half, *rows])

    assert totes_of(walk) == {"shared": ["A,B,C,D"], "HALF": ["HALF"]}


def test_units_of_two_sellers_with_one_code_share_no_tote(hub: Hub) -> None:
    ours, theirs = make_sku(make_seller(), barcode="SAME"), make_sku(make_seller(), barcode="SAME")
    plain = make_sku()
    for place, sku in (("01-01", ours), ("01-02", theirs), ("01-03", plain)):
        stock(hub, sku, 5, place=place)

    (walk,) = planned(
        hub, promised(hub, *singles(ours, "OURS"), *singles(theirs, "THEIRS"), *singles(plain, "A", "B", "C", "D"))
    )

    assert totes_of(walk) == {"shared": ["A,B,C,D"], "OURS": ["OURS"], "THEIRS": ["THEIRS"]}


# --- the walk ----------------------------------------------------------------------------------------------


def test_one_scan_picks_for_all_that_share_the_tote(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    rows = promised(hub, *singles(sku, "A", "B", "C", "D"))
    walk = walking(hub, rows)
    scan = Pick(scan_id=uuid.uuid4(), bin_code="01-01", item_code=code_of(sku), tote_code="T1", quantity=4)

    outcome = record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[scan])

    assert (outcome.picked, outcome.is_done, in_bin(hub, "T1", sku)) == (4, True, 4)
    assert all(task.picked == 1 for task in PickTask.objects.all())
    assert CartTote.objects.get().freed_at is None


def test_the_youngest_goes_short_and_is_fetched_elsewhere_into_the_same_tote(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    walk = walking(hub, promised(hub, *singles(sku, "A", "B", "C", "D")))
    stock(hub, sku, 1, place="03-01")
    scan = Pick(scan_id=uuid.uuid4(), bin_code="01-01", item_code=code_of(sku), tote_code="T1", quantity=3, short=1)

    outcome = record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[scan])

    assert (outcome.picked, outcome.short, outcome.replaced, outcome.is_done) == (3, 1, 1, False)
    extra = PickTask.objects.get(closed_at=None)
    assert (extra.reservation.demand_group, extra.bin.code, extra.cart_tote) == ("D", "03-01", CartTote.objects.get())
    assert list(PickTask.objects.filter(short=1).values_list("reservation__demand_group", flat=True)) == ["D"]


def test_a_unit_for_the_shared_tote_in_another_is_refused(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)
    walk = walking(hub, promised(hub, *singles(sku, "A", "B", "C", "D"), demand(sku, 2, group="PAIR")))
    scan = Pick(scan_id=uuid.uuid4(), bin_code="01-01", item_code=code_of(sku), tote_code="T9", quantity=1)

    refused(Conflict, "wrong_tote", lambda: record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=[scan]))


def test_a_shared_tote_into_which_nothing_went_is_free_when_the_walk_ends(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 4)
    rows = promised(hub, *singles(sku, "A", "B", "C", "D"))
    walk = walking(hub, rows)

    release(hub_id=hub.pk, reservation_ids=[row.pk for row in rows[:3]])
    assert CartTote.objects.get().freed_at is None
    release(hub_id=hub.pk, reservation_ids=[rows[3].pk])

    walk.refresh_from_db()
    assert walk.state == PickList.State.PICKED
    assert CartTote.objects.get().freed_at is not None


def test_a_recall_names_everybody_whose_unit_is_in_the_tote(hub: Hub) -> None:
    sku = make_sku(tracks_lots=True)
    bad, good = make_lot(sku, "BAD"), make_lot(sku, "GOOD")
    stock(hub, sku, 3, lot=bad)
    stock(hub, sku, 9, place="01-02", lot=good)
    walk = walking(hub, promised(hub, *singles(sku, "A", "B", "C", "D")))
    assert picked_of(lot_id=bad.pk) == []

    record_picks(pick_list_id=walk.pk, worker_id=walk.worker_id, picks=picks_of(walk))

    of_bad = PickTask.objects.filter(lot=bad).order_by("reservation__demand_group")
    groups = list(of_bad.values_list("reservation__demand_group", flat=True))
    assert picked_of(lot_id=bad.pk) == [PickedUnits("T1", walk.number, group, 1) for group in groups]
    assert len(picked_of(lot_id=bad.pk)) + len(picked_of(lot_id=good.pk)) == 4
