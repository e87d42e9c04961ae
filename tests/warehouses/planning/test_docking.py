"""Slots of a day and what fits into them: right on every day of the year, and never more than a slot takes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from warehouses.planning.docking import Opening, Slot, Taken, day_slots, fitting, room_in

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2026, 3, 2)
NIGHT = Opening(time(0), time(6))
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def row(n: int) -> list[Slot]:
    """So many slots of an hour, one after the other."""
    return [Slot(NINE + HOUR * k, NINE + HOUR * (k + 1)) for k in range(n)]


def local(slots: list[Slot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(AMSTERDAM):%H:%M%z}" for slot in slots]


def test_slots_fill_the_opening_hours_and_leave_a_rest_that_is_too_short() -> None:
    slots = day_slots(MONDAY, AMSTERDAM, [Opening(time(13), time(14, 50)), Opening(time(8), time(9))], 60)

    assert local(slots) == ["08:00+0100", "13:00+0100"]
    assert slots[0] == Slot(datetime(2026, 3, 2, 7, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC))


def test_the_day_that_loses_an_hour_has_one_slot_less() -> None:
    slots = day_slots(date(2026, 3, 29), AMSTERDAM, [NIGHT], 60)

    assert local(slots) == ["00:00+0100", "01:00+0100", "03:00+0200", "04:00+0200", "05:00+0200"]


def test_the_day_that_has_an_hour_twice_has_one_slot_more() -> None:
    slots = day_slots(date(2026, 10, 25), AMSTERDAM, [NIGHT], 60)

    assert local(slots) == [
        "00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100", "04:00+0100", "05:00+0100",
    ]  # fmt: skip


def test_a_dock_that_opens_in_the_hour_left_out_opens_an_hour_later() -> None:
    slots = day_slots(date(2026, 3, 29), AMSTERDAM, [Opening(time(2, 30), time(5))], 30)

    assert local(slots)[0] == "03:30+0200"


def test_the_working_day_is_the_same_on_both_days() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        slots = day_slots(day, AMSTERDAM, [Opening(time(8), time(17))], 60)
        assert [text[:5] for text in local(slots)] == [f"{hour:02d}:00" for hour in range(8, 17)]


@given(
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    zone=st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    hours=st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] < pair[1]),
    minutes=st.integers(10, 480),
)
def test_slots_have_their_length_follow_each_other_and_stay_in_the_day(
    day: date, zone: str, hours: tuple[time, time], minutes: int
) -> None:
    slots = day_slots(day, ZoneInfo(zone), [Opening(*hours)], minutes)

    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=minutes) for slot in slots)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(slots))
    assert {slot.starts_at.astimezone(ZoneInfo(zone)).date() for slot in slots} <= {day}


def test_small_loads_share_a_slot_until_it_is_full() -> None:
    slots = row(2)
    taken = [Taken(slots[0].starts_at, slots[0].ends_at, 6)]

    assert fitting(slots, taken, capacity=10, load=4) == [(slots[0], 4), (slots[1], 10)]
    assert fitting(slots, taken, capacity=10, load=5) == [(slots[1], 10)]


def test_a_large_load_takes_whole_slots_one_after_the_other() -> None:
    slots = row(4)
    taken = [Taken(slots[1].starts_at, slots[1].ends_at, 1)]

    assert fitting(slots, taken, capacity=10, load=11) == [(Slot(slots[2].starts_at, slots[3].ends_at), 10)]
    assert fitting(slots, [], capacity=10, load=33) == [(Slot(slots[0].starts_at, slots[3].ends_at), 10)]
    assert fitting(slots, [], capacity=10, load=41) == []


def test_a_large_load_does_not_wait_through_a_break() -> None:
    first, _, third, fourth = row(4)

    assert fitting([first, third, fourth], [], capacity=1, load=2) == [(Slot(third.starts_at, fourth.ends_at), 1)]


def test_a_booking_of_former_slot_lengths_takes_room_in_every_slot_it_touches() -> None:
    slots = row(3)
    taken = [Taken(slots[0].starts_at + HOUR / 2, slots[1].starts_at + HOUR / 2, 3)]

    assert [room_in(slot, taken, 10) for slot in slots] == [7, 7, 10]
    assert [room_in(slot, taken, 2) for slot in slots] == [0, 0, 2]


@given(loads=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 7))), capacity=st.integers(1, 12))
def test_bookings_that_fit_never_overfill_a_slot(loads: list[tuple[int, int]], capacity: int) -> None:
    slots, taken = row(8), []
    for load, wish in loads:
        free = fitting(slots, taken, capacity=capacity, load=load)
        if free:
            slot, _ = free[wish % len(free)]
            taken.append(Taken(slot.starts_at, slot.ends_at, load))

    for slot in slots:
        here = [each for each in taken if each.starts_at < slot.ends_at and slot.starts_at < each.ends_at]
        assert sum(min(each.load, capacity) for each in here) <= capacity
