"""Which bin a promised unit is fetched from: fresh before stale, old before new, few bins, none that is doubted."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation import clock
from tests.crowd import at_once
from tests.factories import (
    MONDAY,
    bin_of,
    books,
    demand,
    make_hub,
    make_lot,
    make_sku,
    planned,
    promised,
    stock,
    walking,
)
from tests.sandbox import undone
from warehouses.models import BinBalance, Count, Hub, PickList, PickTask, Reservation, Sku
from warehouses.services.assigning import assign, unassign


def assigned(hub: Hub, *rows: Reservation, work_ref: str = "WV-1") -> list[int]:
    return assign(hub=hub, reservation_ids=[row.pk for row in rows], work_ref=work_ref)


def fetches(*rows: Reservation) -> list[tuple[str, int]]:
    """(bin, units) of the open tasks of these reservations, in the order they were made."""
    tasks = PickTask.objects.filter(reservation__in=rows, closed_at=None).select_related("bin").order_by("pk")
    return [(task.bin.code, task.quantity) for task in tasks]


def reserved_in_bins() -> dict[str, int]:
    return dict(BinBalance.objects.exclude(reserved=0).values_list("bin__code", "reserved"))


def test_a_promise_gets_a_bin(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 3))

    assert assigned(hub, row) == []

    task = PickTask.objects.get()
    assert (task.reservation, task.work_ref, task.bin.code, task.sku, task.lot) == (row, "WV-1", "01-01", sku, None)
    assert (task.quantity, task.open, task.pick_list, task.cart_tote, task.closed_at) == (3, 3, None, None, None)
    row.refresh_from_db()
    assert (row.held, row.assigned) == (3, 3)
    assert reserved_in_bins() == {"01-01": 3}


def test_assigning_twice_is_assigning_once(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 3))
    assigned(hub, row)
    before = books()

    assert assigned(hub, row, work_ref="WV-2") == []
    assert assigned(hub) == []
    assert books() == before
    assert PickTask.objects.count() == 1


def test_what_was_not_promised_is_not_assigned(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    has, waits = promised(hub, demand(sku, 5), demand(sku, 1))

    assert assigned(hub, has, waits) == []

    assert fetches(waits) == []


def test_first_expired_first_out(hub: Hub, sku: Sku) -> None:
    march, april, never = (make_lot(sku, name, day) for name, day in (
        ("MARCH", date(2026, 3, 31)), ("APRIL", date(2026, 4, 30)), ("NEVER", None)
    ))  # fmt: skip
    with clock.playing(MONDAY):
        stock(hub, sku, 9, place="01-01", lot=never)
        stock(hub, sku, 4, place="01-02", lot=april)
        stock(hub, sku, 4, place="01-03", lot=march)
        (row,) = promised(hub, demand(sku, 10))
        assigned(hub, row)

    assert fetches(row) == [("01-03", 4), ("01-02", 4), ("01-01", 2)]
    assert [task.lot for task in PickTask.objects.order_by("pk")] == [march, april, never]


def test_within_a_last_day_the_oldest_goes_first(hub: Hub, sku: Sku) -> None:
    for day, place in enumerate(["02-01", "01-02", "01-01"]):
        with clock.playing(MONDAY + timedelta(days=day)):
            stock(hub, sku, 3, place=place)
    (row,) = promised(hub, demand(sku, 7))

    assigned(hub, row)

    assert fetches(row) == [("02-01", 3), ("01-02", 3), ("01-01", 1)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (2, [("01-02", 2)]),  # the smallest that is enough
        (3, [("01-01", 3)]),
        (6, [("01-03", 6)]),
        (9, [("01-03", 8), ("01-02", 1)]),  # else the fullest first, and then the smallest that is enough
        (13, [("01-03", 8), ("01-01", 4), ("01-02", 1)]),
    ],
)
def test_of_one_day_a_line_comes_from_the_fewest_bins(
    hub: Hub, sku: Sku, wanted: int, expected: list[tuple[str, int]]
) -> None:
    with clock.playing(MONDAY):
        for place, n in (("01-01", 4), ("01-02", 2), ("01-03", 8)):
            stock(hub, sku, n, place=place)
    (row,) = promised(hub, demand(sku, wanted))

    assigned(hub, row)

    assert fetches(row) == expected


def test_a_started_bin_does_not_split_a_line_that_fits_another(hub: Hub, sku: Sku) -> None:
    with clock.playing(MONDAY):
        stock(hub, sku, 10, place="01-01")
        stock(hub, sku, 8, place="01-02")
    first, second = promised(hub, demand(sku, 9), demand(sku, 8))

    assigned(hub, first, second)

    assert (fetches(first), fetches(second)) == ([("01-01", 9)], [("01-02", 8)])


def test_older_and_more_urgent_promises_choose_first(hub: Hub, sku: Sku) -> None:
    stale, fresh = make_lot(sku, "A", date(2030, 1, 1)), make_lot(sku, "B", date(2031, 1, 1))
    stock(hub, sku, 2, place="01-01", lot=stale)
    stock(hub, sku, 4, place="01-02", lot=fresh)
    late, early, urgent = promised(
        hub,
        demand(sku, 2, placed_at=MONDAY + timedelta(hours=2)),
        demand(sku, 2, placed_at=MONDAY),
        demand(sku, 2, placed_at=MONDAY + timedelta(hours=3), priority=1),
    )

    assigned(hub, late, early, urgent)

    assert fetches(urgent) == [("01-01", 2)]
    assert fetches(early) == fetches(late) == [("01-02", 2)]


@pytest.mark.parametrize(("last_day", "can_be_sent"), [(date(2026, 3, 2), False), (date(2026, 3, 3), True)])
def test_what_would_reach_the_buyer_too_late_is_not_fetched(
    hub: Hub, sku: Sku, last_day: date, can_be_sent: bool
) -> None:
    stock(hub, sku, 3, place="01-01", lot=make_lot(sku, "A", last_day))
    stock(hub, sku, 1, place="01-02", lot=make_lot(sku, "B", date(2030, 1, 1)))
    (row,) = promised(hub, demand(sku, 3))

    with clock.playing(MONDAY):
        left = assigned(hub, row)

    assert left == ([] if can_be_sent else [row.pk])
    assert fetches(row) == ([("01-01", 3)] if can_be_sent else [("01-02", 1)])
    row.refresh_from_db()
    assert (row.held, row.assigned) == (3, 3 if can_be_sent else 1)


def test_today_is_the_hubs_today(sku: Sku) -> None:
    hub = make_hub()
    stock(hub, sku, 1, lot=make_lot(sku, "A", date(2026, 3, 2)))
    (row,) = promised(hub, demand(sku, 1))
    late_evening_utc = MONDAY.replace(day=1, hour=23, minute=30)  # the second of March in Amsterdam

    with clock.playing(late_evening_utc):
        assert assigned(hub, row) == [row.pk]


def test_a_bin_that_waits_for_a_count_comes_last(hub: Hub, sku: Sku) -> None:
    with clock.playing(MONDAY):
        stock(hub, sku, 9, place="01-01")
    stock(hub, sku, 2, place="01-02")
    Count.objects.create(hub=hub, bin=bin_of(hub, "01-01"), sku=sku, reason="doubt", opened_at=MONDAY)
    (row,) = promised(hub, demand(sku, 3))

    assigned(hub, row)

    assert fetches(row) == [("01-02", 2), ("01-01", 1)]


def test_only_shelves_are_picked_from(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5, place="DOCK")
    stock(hub, sku, 5, place="LOST")
    stock(hub, sku, 2, place="03-04")
    (row,) = promised(hub, demand(sku, 2))

    assigned(hub, row)

    assert fetches(row) == [("03-04", 2)]


def test_unassigning_frees_the_bins_and_keeps_the_promise(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 5)
    (row,) = promised(hub, demand(sku, 3))
    assigned(hub, row)

    unassign(reservation_ids=[row.pk])
    unassign(reservation_ids=[row.pk])
    unassign(reservation_ids=[])

    row.refresh_from_db()
    assert (row.held, row.assigned) == (3, 0)
    assert reserved_in_bins() == {}
    assert (PickTask.objects.get().cancelled, fetches(row)) == (3, [])
    assert assigned(hub, row) == []
    assert fetches(row) == [("01-01", 3)]


def test_unassigning_what_is_on_a_cart_ends_the_walk(hub: Hub, sku: Sku) -> None:
    stock(hub, sku, 9)
    one, other = promised(hub, demand(sku, 3), demand(sku, 2))
    (waiting,) = planned(hub, [one])
    under_way = walking(hub, [other])

    unassign(reservation_ids=[one.pk, other.pk])

    waiting.refresh_from_db(), under_way.refresh_from_db()
    assert (waiting.state, under_way.state) == (PickList.State.CANCELLED, PickList.State.PICKED)


@given(
    bins=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    wants=st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tasks_add_up_and_never_take_more_than_a_bin_has(db, bins: list[int], wants: list[int]) -> None:
    with undone():
        hub, sku = make_hub(aisles=2, bays=3), make_sku()
        for n, units in enumerate(bins):
            stock(hub, sku, units, place=f"0{n % 2 + 1}-0{n // 2 + 1}")
        rows = promised(hub, *(demand(sku, n) for n in wants))

        assert assigned(hub, *rows) == []

        for row in rows:
            assert sum(n for _, n in fetches(row)) == row.held
        for balance in BinBalance.objects.all():
            tasks = PickTask.objects.filter(bin=balance.bin)
            assert sum(task.quantity for task in tasks) == balance.reserved <= balance.on_hand


@pytest.mark.django_db(transaction=True)
def test_waves_planned_at_once_share_the_bins_and_not_the_units() -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 10, place="01-01")
    stock(hub, sku, 10, place="01-02")
    rows = promised(hub, *(demand(sku, 2) for _ in range(10)))
    ids = [row.pk for row in rows]

    results = at_once([lambda n=n: assign(hub=hub, reservation_ids=ids[n % 2 :], work_ref=f"WV-{n}") for n in range(6)])

    assert results == [[]] * 6
    assert sum(task.quantity for task in PickTask.objects.all()) == 20
    assert reserved_in_bins() == {"01-01": 10, "01-02": 10}
