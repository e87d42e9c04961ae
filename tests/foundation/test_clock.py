"""The hub's clock: the real moment, unless a day is being played here."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from foundation import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_outside_a_play_it_is_now() -> None:
    before = timezone.now()

    assert before <= clock.now() <= timezone.now()


def test_a_played_moment_holds_and_nests_and_ends() -> None:
    with clock.playing(NOON):
        assert clock.now() == NOON
        with clock.playing(NOON + timedelta(hours=1)):
            assert clock.now() == NOON + timedelta(hours=1)
        assert clock.now() == NOON
    assert clock.now() > NOON


def test_the_real_time_comes_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), clock.playing(NOON):
        raise RuntimeError

    assert clock.now() != NOON


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"), clock.playing(datetime(2026, 3, 2, 12)):  # noqa: DTZ001
        pass


def test_a_played_time_stays_in_its_own_thread() -> None:
    seen = []
    with clock.playing(NOON):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()

    assert seen[0] != NOON
