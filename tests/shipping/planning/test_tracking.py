"""A parcel's state is a function of the set of its scans: no order, no repetition, no late arrival changes it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.models import Shipment
from shipping.planning.tracking import (
    ABSORBED,
    EDGES,
    PROGRESS,
    RANK,
    Oddity,
    Scan,
    State,
    Track,
    combine,
    handed_over_at,
    project,
)

LABELLED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOW = LABELLED + timedelta(days=30)


def at(hours: float) -> datetime:
    """A moment after the label was made."""
    return LABELLED + timedelta(hours=hours)


def scan(state: State | None, hours: float, key: str = "", **more: object) -> Scan:
    """A scan that many hours after the label."""
    return Scan(key=key or f"{state}-{hours}", occurred_at=at(hours), state=state, **more)  # type: ignore[arg-type]


def track(*scans: Scan, voided_at: datetime | None = None, now: datetime = NOW) -> Track:
    """The projection of a labelled parcel."""
    return project(scans, labelled_at=LABELLED, voided_at=voided_at, now=now)


HAPPY = (
    scan(State.HANDED_OVER, 1),
    scan(State.IN_TRANSIT, 3),
    scan(State.IN_TRANSIT, 8),
    scan(State.OUT_FOR_DELIVERY, 22),
    scan(State.DELIVERED, 25),
)

# day-precision feeds give many scans one moment, so few distinct hours
scan_sets = st.lists(
    st.builds(
        lambda state, hours, correction: scan(state, hours, correction=correction, key=f"{state}{hours}{correction}"),
        st.sampled_from([None, *State]).filter(lambda state: state != State.DRAFT),
        st.sampled_from([-2, 0, 1, 2, 3, 5, 8, 24 * 31]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
)


@given(scan_sets, st.randoms(use_true_random=False), st.sampled_from([None, at(0.5), at(4)]))
def test_order_and_repetition_never_matter(scans: list[Scan], rng, voided_at: datetime | None) -> None:
    mixed = scans + rng.choices(scans, k=len(scans)) if scans else []
    rng.shuffle(mixed)

    assert track(*mixed, voided_at=voided_at) == track(*scans, voided_at=voided_at)


@given(scan_sets)
def test_every_step_taken_is_an_edge_and_every_scan_is_accounted_for(scans: list[Scan]) -> None:
    result = track(*scans)

    odd = {key for key, _oddity in result.oddities}
    plain = sorted((s for s in scans if s.key not in odd), key=lambda s: (s.occurred_at, RANK.get(s.state, -1), s.key))
    state = State.LABEL_CREATED
    for each in plain:
        if each.state not in (None, state, State.LABEL_CREATED) or each.correction:
            allowed = each.state in EDGES[state] or each.state in ABSORBED.get(state, ()) or each.correction
            assert allowed
            if each.state is not None and (each.state in EDGES[state] or each.correction):
                state = each.state
    assert result.state == state


def test_a_whole_journey_ends_delivered_with_its_moments() -> None:
    result = track(*HAPPY)

    assert (result.state, result.since) == (State.DELIVERED, at(25))
    assert dict(result.entered) == {
        State.LABEL_CREATED: LABELLED,
        State.HANDED_OVER: at(1),
        State.IN_TRANSIT: at(3),
        State.OUT_FOR_DELIVERY: at(22),
        State.DELIVERED: at(25),
    }
    assert result.oddities == ()


def test_applying_scans_as_they_arrive_would_end_wrong() -> None:
    arrival = (HAPPY[3], HAPPY[4], HAPPY[0], HAPPY[1])
    state = State.LABEL_CREATED
    for each in arrival:
        if each.state in EDGES[State.LABEL_CREATED]:
            state = each.state

    assert state == State.IN_TRANSIT
    assert track(*arrival).state == State.DELIVERED


@pytest.mark.parametrize(
    ("scans", "state", "oddity"),
    [
        ((scan(State.DELIVERED, 5), scan(State.IN_TRANSIT, 6)), State.DELIVERED, Oddity.FORBIDDEN_STEP),
        ((scan(State.RETURNED, 5), scan(State.DELIVERED, 6)), State.RETURNED, Oddity.FORBIDDEN_STEP),
        ((scan(State.RETURNING, 5), scan(State.DELIVERED, 6)), State.RETURNING, Oddity.FORBIDDEN_STEP),
        ((scan(State.HANDED_OVER, 5), scan(State.CANCELLED, 6)), State.HANDED_OVER, Oddity.FORBIDDEN_STEP),
        ((scan(State.CANCELLED, 5), scan(State.HANDED_OVER, 6)), State.CANCELLED, Oddity.VOID_FAILED),
        ((Scan("x", at(5), None, known=False),), State.LABEL_CREATED, Oddity.UNKNOWN_CODE),
        ((scan(State.HANDED_OVER, -1),), State.LABEL_CREATED, Oddity.BEFORE_LABEL),
        ((scan(State.DELIVERED, 24 * 31),), State.LABEL_CREATED, Oddity.FROM_THE_FUTURE),
    ],
)
def test_a_scan_that_cannot_count_changes_nothing_and_is_kept(
    scans: tuple[Scan, ...], state: State, oddity: Oddity
) -> None:
    result = track(*scans)

    assert result.state == state
    assert result.oddities == ((scans[-1].key, oddity),)


@pytest.mark.parametrize(
    ("scans", "state"),
    [
        ((scan(State.DELIVERED, 5), scan(State.RETURNING, 6), scan(State.RETURNED, 7)), State.RETURNED),
        ((scan(State.LOST, 5), scan(State.IN_TRANSIT, 6)), State.IN_TRANSIT),
        ((scan(State.IN_TRANSIT, 5), scan(State.HANDED_OVER, 6)), State.IN_TRANSIT),
        ((scan(State.RETURNING, 5), scan(State.IN_TRANSIT, 6)), State.RETURNING),
        ((scan(State.DELIVERED, 5), scan(State.LABEL_CREATED, 6)), State.DELIVERED),
        ((scan(State.IN_TRANSIT, 5), scan(None, 6)), State.IN_TRANSIT),
        ((scan(State.DELIVERED, 5), scan(State.IN_TRANSIT, 6, correction=True)), State.IN_TRANSIT),
    ],
)
def test_soft_ends_repeats_and_corrections(scans: tuple[Scan, ...], state: State) -> None:
    result = track(*scans)

    assert result.state == state
    assert result.oddities == ()


def test_scans_of_the_same_moment_are_ranked() -> None:
    day = [scan(state, 14, precision_s=86_400) for state in (State.DELIVERED, State.OUT_FOR_DELIVERY, State.IN_TRANSIT)]

    assert track(*day).state == State.DELIVERED
    assert track(*day).oddities == ()


def test_a_coarse_feed_may_round_below_the_label() -> None:
    midnight = Scan("m", datetime(2026, 11, 23, tzinfo=UTC), State.HANDED_OVER, precision_s=86_400)

    assert track(midnight).state == State.HANDED_OVER
    assert track(Scan("m", midnight.occurred_at, State.HANDED_OVER)).oddities == (("m", Oddity.BEFORE_LABEL),)


def test_a_scan_counts_when_its_time_has_come() -> None:
    late = scan(State.HANDED_OVER, 1)

    assert track(late, now=at(0.7)).state == State.LABEL_CREATED
    assert track(late, now=at(0.75)).state == State.HANDED_OVER


def test_our_void_of_a_parcel_already_scanned_is_reported() -> None:
    assert track(scan(State.HANDED_OVER, 1), voided_at=at(2)).oddities == (("", Oddity.VOID_FAILED),)
    assert track(voided_at=at(2)) == Track(
        State.CANCELLED, at(2), ((State.LABEL_CREATED, LABELLED), (State.CANCELLED, at(2)))
    )


def test_without_a_label_nothing_is_projected() -> None:
    assert project(HAPPY, labelled_at=None, voided_at=None, now=NOW) == Track(State.DRAFT, None)
    assert project((), labelled_at=None, voided_at=at(1), now=NOW) == Track(State.CANCELLED, at(1))


def test_a_shipment_is_as_far_as_its_last_live_parcel() -> None:
    delivered, moving, off = track(*HAPPY), track(*HAPPY[:2]), track(voided_at=at(2))

    assert combine([delivered, moving]) == (State.IN_TRANSIT, at(3))
    assert combine([delivered, delivered]) == (State.DELIVERED, at(25))
    assert combine([delivered, off]) == (State.DELIVERED, at(25))
    assert combine([off, off]) == (State.CANCELLED, at(2))
    assert combine([]) == (State.DRAFT, None)


def test_a_shipment_left_when_its_last_parcel_left() -> None:
    early, late = track(scan(State.HANDED_OVER, 1)), track(scan(State.IN_TRANSIT, 4))

    assert handed_over_at([early, late]) == at(4)
    assert handed_over_at([early, track()]) is None
    assert handed_over_at([early, track(voided_at=at(2))]) == at(1)


def test_every_state_has_its_place_in_every_table() -> None:
    assert set(EDGES) == set(RANK) == set(PROGRESS) == set(State)
    assert [state.value for state in State] == list(Shipment.State.values)
