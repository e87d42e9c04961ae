"""Cases: every difference in a carton opens one by itself, the seller says what happens, silence is an answer too."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from warehouses.locks import lock_case
from warehouses.models import (
    NEEDS_ITEM,
    OFFERED,
    USUAL,
    Carton,
    CartonLine,
    Case,
    CaseChoice,
    CaseEvent,
    CaseKind,
    Hub,
    Sku,
)
from warehouses.services.closing import close_if_put_away
from warehouses.services.freshness import today_in
from warehouses.services.lots import named_lot
from warehouses.services.moving import ring
from warehouses.signals import News, What

LONGEST_NOTE = 200


def open_cases(carton: Carton, lines: Sequence[CartonLine], *, actor_id: int | None = None) -> list[News]:
    """Opens a case for each difference of the carton, whose count the caller just closed; returns what to tell.

    There is one per line and kind, and one for all unknown units: opened twice, it is one.
    """
    inbound, now = carton.inbound, clock.now()
    unknown = carton.findings.standing().aggregate(n=Sum("quantity"))["n"] or 0
    differences = [(line, kind, units) for line in lines for kind, units in _differences(line)]
    found: list[tuple[CartonLine | None, CaseKind, int]] = [*differences]
    if unknown:
        found.append((None, CaseKind.UNKNOWN, unknown))
    if not found:
        return []
    due_at = due(now, inbound.hub)
    cases = Case.objects.bulk_create(
        [
            Case(
                seller_id=inbound.seller_id,
                inbound=inbound,
                carton=carton,
                line=line,
                kind=kind,
                units=units,
                opened_at=now,
                due_at=due_at,
            )
            for line, kind, units in found
        ]
    )
    CaseEvent.objects.bulk_create(
        [CaseEvent(case=case, what=CaseEvent.What.OPENED, actor_id=actor_id, occurred_at=now) for case in cases]
    )
    return [News(What.ISSUE_OPENED, inbound, _told(case, due_at=due_at.isoformat()), case) for case in cases]


def _differences(line: CartonLine) -> Iterator[tuple[CaseKind, int]]:
    """What is wrong with a closed line. Damaged units that are too many are a case of damage alone."""
    spare = min(line.surplus, line.good)
    kinds = (
        (CaseKind.MISSING, line.missing),
        (CaseKind.DAMAGED, line.damaged),
        (CaseKind.SURPLUS if line.planned else CaseKind.WRONG_ITEM, spare),
    )
    return ((kind, units) for kind, units in kinds if units)


def due(opened_at: datetime, hub: Hub) -> datetime:
    """The end of the last day on which a seller may answer, in the hub's zone: the next midnight there."""
    zone = ZoneInfo(hub.timezone)
    last = opened_at.astimezone(zone).date() + timedelta(days=hub.case_days)
    return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(opened_at.tzinfo)


def on_silence(case: Case) -> CaseChoice:
    """What is done when nobody answers: the hub's own choice, or the usual."""
    own = case.inbound.hub.case_silence or {}
    return CaseChoice(own.get(case.kind, USUAL[case.kind]))


@transaction.atomic
def answer_case(
    *,
    case_id: int,
    choice: str,
    book_to: Sku | None = None,
    lot: str = "",
    expires_on: date | None = None,
    actor_id: int | None = None,
    note: str = "",
) -> Case:
    """The seller says what happens with the units; `actor_id` is staff who answers for them. Twice is once.

    Units that become an item kept by lot need the `lot` they are of, with its last good day if it is new.

    To accept needs no hands and settles the case at once; the rest waits for `settling.settle_case`. Raises
    `NotFound` (`case_unknown`), `Invalid` (`choice_not_offered`, `item_needed`, `item_not_wanted`, `item_wrong`,
    `note_too_long`, `lot_not_wanted`, and what `named_lot` raises), `Conflict` (`case_answered`) when something else
    was chosen before, or time is up.
    """
    case = locked_case(case_id)
    _refuse_choice(case, choice, book_to)
    lot = lot.strip()
    if book_to is None and (lot or expires_on):
        raise Invalid("A lot is only named to relabel or to book.", code="lot_not_wanted", field="lot")
    check_note(note)
    if case.state != Case.State.OPEN:
        if case.state != Case.State.CANCELLED and _chosen(case) == (choice, book_to and book_to.pk, lot):
            return case
        raise Conflict(f"{case.number} is {case.get_state_display().lower()}.", code="case_answered", field="choice")
    if book_to is not None:
        today = today_in(case.inbound.hub)
        case.book_lot = named_lot(sku=book_to, code=lot, expires_on=expires_on, today=today)
    _choose(case, CaseChoice(choice), book_to)
    return _answered(case, CaseEvent.What.ANSWERED, actor_id, note)


def _chosen(case: Case) -> tuple[str, int | None, str]:
    return case.choice, case.book_to_id, case.book_lot.code if case.book_lot else ""


@transaction.atomic
def answer_by_silence(*, case_id: int) -> Case:
    """Nobody answered until the case was due: the hub's default is the answer. Twice is once; too early, nothing.

    Raises `NotFound` (`case_unknown`).
    """
    case = locked_case(case_id)
    if case.state != Case.State.OPEN or clock.now() < case.due_at:
        return case
    _choose(case, on_silence(case), None)
    case.by_silence = True
    return _answered(case, CaseEvent.What.SILENCE, None, "")


def overdue_cases() -> list[int]:
    """Ids of open cases that are due, the oldest first: what a job has to answer."""
    rows = Case.objects.filter(state=Case.State.OPEN, due_at__lte=clock.now())
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def cancel_case(*, case_id: int, reason: str, actor_id: int | None = None) -> Case:
    """A supervisor calls a case off, with a reason: counted again, agreed on the telephone. Twice is once.

    Raises `NotFound` (`case_unknown`), `Invalid` (`reason_invalid`), `Conflict` (`case_resolved`).
    """
    case = locked_case(case_id)
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_NOTE:
        raise Invalid(f"Give a reason of 1 to {LONGEST_NOTE} characters.", code="reason_invalid", field="reason")
    if case.state == Case.State.CANCELLED:
        return case
    if case.state == Case.State.RESOLVED:
        raise Conflict(f"{case.number} is resolved.", code="case_resolved")
    case.cancel()
    return end_case(case, CaseEvent.What.CANCELLED, actor_id, reason)


def locked_case(case_id: int) -> Case:
    """The case and its inbound, locked. Raises `NotFound` (`case_unknown`)."""
    try:
        return lock_case(case_id)
    except Case.DoesNotExist:
        raise NotFound("There is no such case.", code="case_unknown") from None


def end_case(case: Case, what: CaseEvent.What, actor_id: int | None, note: str) -> Case:
    """Writes down that the locked case has ended; the inbound closes with its last. Rings."""
    now = clock.now()
    case.ended_at = now
    case.save()
    CaseEvent.objects.create(case=case, what=what, actor_id=actor_id, note=note, occurred_at=now)
    close_if_put_away(case.inbound)
    ring(case.inbound.hub_id, [], news=[News(What.ISSUE_CLOSED, case.inbound, _told(case, state=case.state), case)])
    return case


def _refuse_choice(case: Case, choice: str, book_to: Sku | None) -> None:
    offered = [str(each) for each in OFFERED[case.kind]]
    if choice not in offered:
        text = f"For {case.get_kind_display().lower()} units choose one of: {', '.join(offered)}."
        raise Invalid(text, code="choice_not_offered", field="choice")
    if choice not in NEEDS_ITEM:
        if book_to is not None:
            raise Invalid("An item is only named to relabel or to book.", code="item_not_wanted", field="book_to")
        return
    if book_to is None:
        raise Invalid("Name the item that the units become.", code="item_needed", field="book_to")
    is_same = case.line is not None and case.line.sku_id == book_to.pk
    if book_to.seller_id != case.seller_id or is_same or not book_to.is_active:
        text = "Name another item of the same seller, one that is in use."
        raise Invalid(text, code="item_wrong", field="book_to")


def check_note(note: str) -> None:
    """Raises `Invalid` (`note_too_long`)."""
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters.", code="note_too_long", field="note")


def _choose(case: Case, choice: CaseChoice, book_to: Sku | None) -> None:
    case.choice, case.book_to, case.answered_at = choice, book_to, clock.now()
    case.answer()


def _answered(case: Case, what: CaseEvent.What, actor_id: int | None, note: str) -> Case:
    case.save()
    CaseEvent.objects.create(case=case, what=what, actor_id=actor_id, note=note, occurred_at=clock.now())
    told = _told(case, choice=case.choice, by_silence=case.by_silence)
    ring(case.inbound.hub_id, [], news=[News(What.ISSUE_ANSWERED, case.inbound, told, case)])
    if case.choice == CaseChoice.ACCEPT:
        case.resolve()
        return end_case(case, CaseEvent.What.SETTLED, actor_id, "")
    return case


def _told(case: Case, **more: object) -> dict[str, object]:
    """A case in a seller's words."""
    return {
        "case": case.number,
        "carton": case.carton.number,
        "kind": str(case.kind),
        "sku": case.line.sku.code if case.line else "",
        "units": case.units,
        **{name: str(value) if isinstance(value, str) else value for name, value in more.items()},
    }
