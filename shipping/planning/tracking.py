"""Where a shipment stands, as a pure function of the set of its scans. For the tracking service.

Carriers call late, twice, in the wrong order. Applying scans as they arrive gives a wrong state; so every
scan is kept, the set is sorted by (time, rank, key) and folded over one edge table. The same set in any
order, with any repetition, gives the same answer. A step the table forbids changes nothing and is reported
as an oddity.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """The states of a parcel and of a shipment."""

    DRAFT = "draft"
    LABEL_CREATED = "label_created"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    AT_PICKUP_POINT = "at_pickup_point"
    EXCEPTION = "exception"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


class Oddity(StrEnum):
    """Why a scan did not count."""

    FORBIDDEN_STEP = "forbidden_step"
    VOID_FAILED = "void_failed"
    UNKNOWN_CODE = "unknown_code"
    FROM_THE_FUTURE = "from_the_future"
    BEFORE_LABEL = "before_label"


FUTURE_SLACK = timedelta(minutes=15)
"""A scan further ahead of the clock than this waits in quarantine until its time has come."""

_ON_THE_WAY = (
    State.IN_TRANSIT,
    State.CUSTOMS,
    State.OUT_FOR_DELIVERY,
    State.ATTEMPTED,
    State.AT_PICKUP_POINT,
    State.EXCEPTION,
)
_ENDS = (State.DELIVERED, State.RETURNING, State.RETURNED, State.LOST)

EDGES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset(),
    # carriers skip scans, so a fresh label may be seen anywhere
    State.LABEL_CREATED: frozenset({State.HANDED_OVER, *_ON_THE_WAY, *_ENDS, State.CANCELLED}),
    State.HANDED_OVER: frozenset({*_ON_THE_WAY, *_ENDS}),
    **{state: frozenset({*_ON_THE_WAY, *_ENDS}) - {state} for state in _ON_THE_WAY},
    State.DELIVERED: frozenset({State.RETURNING, State.RETURNED}),
    State.RETURNING: frozenset({State.RETURNED, State.LOST}),
    # any later physical scan means it was found
    State.LOST: frozenset({*_ON_THE_WAY, State.DELIVERED, State.RETURNING, State.RETURNED}),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""From a parcel's state to the states its next scan may bring."""

ABSORBED: Mapping[State, frozenset[State]] = {
    # the pick-up reported after the first depot scan, and the way back told with the words of the way out
    **{state: frozenset({State.HANDED_OVER}) for state in _ON_THE_WAY},
    State.RETURNING: frozenset({State.HANDED_OVER, *_ON_THE_WAY}),
}
"""Scans that are true and normal but tell nothing new: no change, no oddity."""

RANK: Mapping[State, int] = {
    state: rank
    for rank, state in enumerate(
        (
            State.DRAFT,
            State.LABEL_CREATED,
            State.CANCELLED,
            State.HANDED_OVER,
            State.IN_TRANSIT,
            State.CUSTOMS,
            State.EXCEPTION,
            State.OUT_FOR_DELIVERY,
            State.ATTEMPTED,
            State.AT_PICKUP_POINT,
            State.LOST,
            State.DELIVERED,
            State.RETURNING,
            State.RETURNED,
        )
    )
}
"""Which of two scans of the same moment comes first: feeds with minute or day precision need it."""

PROGRESS: Mapping[State, int] = {
    state: step
    for step, state in enumerate(
        (
            State.DRAFT,
            State.LABEL_CREATED,
            State.HANDED_OVER,
            State.LOST,
            State.EXCEPTION,
            State.IN_TRANSIT,
            State.CUSTOMS,
            State.ATTEMPTED,
            State.OUT_FOR_DELIVERY,
            State.AT_PICKUP_POINT,
            State.RETURNING,
            State.RETURNED,
            State.DELIVERED,
            State.CANCELLED,
        )
    )
}
"""How far a parcel is; a shipment is as far as its least advanced live parcel. Trouble counts as less far."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One stored scan, its code already translated.

    `state` is what the code says, or None when it says nothing about the state (a delay); `known` is False
    when no mapping has the code. `precision_s` is the feed's grain in seconds (1, 60, 86,400).
    """

    key: str
    occurred_at: datetime
    state: State | None
    known: bool = True
    correction: bool = False
    precision_s: int = 1


@dataclass(frozen=True, slots=True)
class Track:
    """A parcel's state, since when, when it first entered each state, and the scans that did not count."""

    state: State
    since: datetime | None
    entered: tuple[tuple[State, datetime], ...] = ()
    oddities: tuple[tuple[str, Oddity], ...] = ()


def _quarantine(scan: Scan, labelled_at: datetime, now: datetime) -> Oddity | None:
    """Why this scan's time cannot count yet, or None. The label's time is cut to the feed's grain."""
    if scan.occurred_at > now + FUTURE_SLACK:
        return Oddity.FROM_THE_FUTURE
    grain = scan.precision_s
    floor_s = int(labelled_at.timestamp()) // grain * grain
    if scan.occurred_at < datetime.fromtimestamp(floor_s, UTC):
        return Oddity.BEFORE_LABEL
    return None


def project(scans: Iterable[Scan], *, labelled_at: datetime | None, voided_at: datetime | None, now: datetime) -> Track:
    """One parcel's `Track` from the set of its scans (any order, repetitions by key allowed).

    `labelled_at`: when its label was bought, None before that; `voided_at`: when we cancelled it. `now` only
    decides what is still in the future.
    """
    if labelled_at is None:
        cancelled = voided_at is not None
        return Track(State.CANCELLED if cancelled else State.DRAFT, voided_at)
    seen = {scan.key: scan for scan in scans}
    steps = list(seen.values())
    if voided_at is not None:
        steps.append(Scan(key="", occurred_at=voided_at, state=State.CANCELLED))
    steps.sort(key=lambda scan: (scan.occurred_at, RANK[scan.state] if scan.state else -1, scan.key))

    state, since = State.LABEL_CREATED, labelled_at
    entered: dict[State, datetime] = {state: labelled_at}
    oddities: list[tuple[str, Oddity]] = []
    for scan in steps:
        oddity = _judge(scan, state, labelled_at, now)
        if oddity is not None:
            oddities.append((scan.key, oddity))
        elif scan.state is not None and _moves(scan, state):
            state, since = scan.state, scan.occurred_at
            entered.setdefault(state, since)
    return Track(state, since, tuple(entered.items()), tuple(oddities))


def _moves(scan: Scan, state: State) -> bool:
    """True when this scan, already judged, changes the state."""
    return scan.state is not None and scan.state != state and (scan.correction or scan.state in EDGES[state])


def _judge(scan: Scan, state: State, labelled_at: datetime, now: datetime) -> Oddity | None:
    """Why `scan` may not count when the parcel is in `state`, or None."""
    if not scan.known:
        return Oddity.UNKNOWN_CODE
    if scan.key and (late := _quarantine(scan, labelled_at, now)):
        return late
    if scan.state is None or scan.state in (state, State.LABEL_CREATED) or scan.correction:
        return None
    if scan.state in EDGES[state] or scan.state in ABSORBED.get(state, ()):
        return None
    return Oddity.VOID_FAILED if state == State.CANCELLED or not scan.key else Oddity.FORBIDDEN_STEP


def combine(tracks: Sequence[Track]) -> tuple[State, datetime | None]:
    """A shipment's state and since when: its least advanced live parcel; delivered only when all are.

    Cancelled parcels do not count unless all are cancelled. No parcels: a draft.
    """
    live = [track for track in tracks if track.state != State.CANCELLED] or list(tracks)
    if not live:
        return State.DRAFT, None
    state = min((track.state for track in live), key=PROGRESS.__getitem__)
    return state, max((t.since for t in live if t.state == state and t.since is not None), default=None)


def delivered_at(tracks: Sequence[Track]) -> datetime | None:
    """When the last live parcel was delivered, if that is how far all of them are or once were before returning."""
    state, since = combine(tracks)
    if state == State.DELIVERED:
        return since
    if state not in (State.RETURNING, State.RETURNED):
        return None
    return max((at for track in tracks for step, at in track.entered if step == State.DELIVERED), default=None)


def handed_over_at(tracks: Sequence[Track]) -> datetime | None:
    """When the last live parcel left the hub, or None while one is still here."""
    moments = []
    for track in tracks:
        if track.state == State.CANCELLED:
            continue
        left = [at for state, at in track.entered if state not in (State.LABEL_CREATED, State.CANCELLED)]
        if not left:
            return None
        moments.append(min(left))
    return max(moments, default=None)
