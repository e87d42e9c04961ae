"""The promise is the shop window's word: exact to the minute, in the hub's own zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.planning.promising import Timetable, promised_from, ship_by

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAILY = Timetable("Europe/Amsterdam", time(17, 0), time(22, 0), tuple(range(1, 8)))
WEEKDAYS = Timetable("Europe/Amsterdam", time(17, 0), time(22, 0), (1, 2, 3, 4, 5))


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("placed", "promised"),
    [
        (local(2026, 11, 18, 9), local(2026, 11, 18, 22)),
        (local(2026, 11, 18, 17, 0), local(2026, 11, 18, 22)),
        (local(2026, 11, 18, 17, 1), local(2026, 11, 19, 22)),
        (local(2026, 12, 31, 23, 59), local(2027, 1, 1, 22)),
    ],
)
def test_cutoff_decides_the_day(placed: datetime, promised: datetime) -> None:
    assert ship_by(placed, DAILY) == promised


def test_friday_after_cutoff_leaves_on_monday() -> None:
    assert ship_by(local(2026, 11, 20, 18), WEEKDAYS) == local(2026, 11, 23, 22)
    assert ship_by(local(2026, 11, 21, 8), WEEKDAYS) == local(2026, 11, 23, 22)


def test_the_buyers_zone_does_not_matter() -> None:
    before_cutoff_in_amsterdam = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)

    assert ship_by(before_cutoff_in_amsterdam, DAILY) == local(2026, 7, 1, 22)
    assert ship_by(before_cutoff_in_amsterdam + timedelta(minutes=1), DAILY) == local(2026, 7, 2, 22)


def test_a_promise_counts_from_when_the_buyer_bought_but_not_long_before_it_was_heard_of() -> None:
    heard = local(2026, 11, 18, 12)

    assert promised_from(heard - timedelta(minutes=59), heard) == heard - timedelta(minutes=59)
    assert promised_from(heard - timedelta(days=400), heard) == heard - timedelta(hours=1)
    assert promised_from(heard + timedelta(hours=3), heard) == heard + timedelta(hours=3)


def test_clock_changes_keep_the_wall_clock() -> None:
    spring = ship_by(local(2026, 3, 28, 18), DAILY)
    autumn = ship_by(local(2026, 10, 24, 18), DAILY)

    assert spring.astimezone(UTC) == datetime(2026, 3, 29, 20, 0, tzinfo=UTC)
    assert autumn.astimezone(UTC) == datetime(2026, 10, 25, 21, 0, tzinfo=UTC)


def test_a_naive_time_or_a_hub_that_never_works_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ship_by(datetime(2026, 11, 18, 9), DAILY)  # noqa: DTZ001
    with pytest.raises(ValueError, match="working day"):
        ship_by(local(2026, 11, 18, 9), Timetable("Europe/Amsterdam", time(17), time(22), ()))


@given(
    placed=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.sets(st.integers(1, 7), min_size=1),
)
def test_a_promise_is_a_departure_ahead_within_eight_days(placed: datetime, days: set[int]) -> None:
    promised = ship_by(placed, Timetable("Europe/Amsterdam", time(17), time(22), tuple(days)))

    assert promised.isoweekday() in days
    assert promised.timetz() == time(22, tzinfo=AMSTERDAM)
    assert placed < promised <= placed + timedelta(days=8)
    assert isinstance(promised.date(), date)
