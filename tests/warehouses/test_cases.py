"""Cases: a difference opens one by itself, the seller answers once, silence answers at the deadline."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from fulfillment.models import Event
from tests.crowd import at_once
from tests.factories import MONDAY, announced, make_hub, make_lot, make_seller, make_sku, make_user, unit_scan
from tests.refusals import refused
from warehouses.models import (
    OFFERED,
    USUAL,
    Carton,
    Case,
    CaseChoice,
    CaseEvent,
    CaseKind,
    Condition,
    Hub,
    Sku,
)
from warehouses.services.cases import answer_by_silence, answer_case, overdue_cases
from warehouses.services.dock_counting import UnitScan
from warehouses.services.receiving import arrive_carton, close_carton, count_units
from warehouses.tasks import answer_overdue_cases

A_WEEK = timedelta(days=8)


def found(hub: Hub, contents: dict[Sku, int], scans: Sequence[UnitScan]) -> Carton:
    """A carton that held what was scanned, its count closed."""
    (carton,) = announced(hub, [contents])
    arrive_carton(hub=hub, code=carton.sscc)
    count_units(carton_id=carton.pk, scans=scans, station="DOCK-1", may_exceed=True)
    return close_carton(carton_id=carton.pk)


def unknown(quantity: int = 1) -> UnitScan:
    return unit_scan(make_sku(make_seller()), quantity, is_unexpected=True)


def the_case(hub: Hub, sku: Sku, kind: str) -> Case:
    """A case of this kind, five units of the item planned."""
    scans = {
        "missing": [unit_scan(sku, 3)],
        "damaged": [unit_scan(sku, 3), unit_scan(sku, 2, Condition.DAMAGED)],
        "surplus": [unit_scan(sku, 7)],
        "wrong_item": [unit_scan(sku, 5), unit_scan(make_sku(sku.seller), 2, is_unexpected=True)],
        "unknown": [unit_scan(sku, 5), unknown(2)],
    }
    found(hub, {sku: 5}, scans[kind])
    return Case.objects.get(kind=kind)


def steps_of(case: Case) -> list[tuple[str, int | None, str]]:
    return list(CaseEvent.objects.filter(case=case).order_by("pk").values_list("what", "actor", "note"))


def told(kind: str) -> list[dict[str, object]]:
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))


# --- opening ---------------------------------------------------------------------------------------------


def test_every_difference_of_a_carton_opens_a_case(hub: Hub, sku: Sku) -> None:
    scarf, extra, fine = (make_sku(sku.seller, code) for code in ("SCARF", "EXTRA", "FINE"))

    with clock.playing(MONDAY):
        carton = found(
            hub,
            {sku: 10, scarf: 4, fine: 1},
            [
                unit_scan(sku, 6),
                unit_scan(sku, 1, Condition.DAMAGED),
                unit_scan(scarf, 7),
                unit_scan(fine),
                unit_scan(extra, 2, is_unexpected=True),
                unit_scan(extra, 1, Condition.DAMAGED, is_unexpected=True),
                unknown(3),
                unknown(),
            ],
        )

    cases = Case.objects.order_by("pk").values_list("line__sku__code", "kind", "units", "state", "choice")
    assert list(cases) == [
        ("RING", "missing", 3, "open", ""),
        ("RING", "damaged", 1, "open", ""),
        ("SCARF", "surplus", 3, "open", ""),
        ("EXTRA", "damaged", 1, "open", ""),
        ("EXTRA", "wrong_item", 2, "open", ""),
        (None, "unknown", 4, "open", ""),
    ]
    case = Case.objects.earliest("pk")
    assert (case.seller, case.inbound, case.carton) == (sku.seller, carton.inbound, carton)
    assert case.number == f"CA-{case.pk:07d}"
    # Opened on Monday the 2nd, seven days: until the end of the 9th in Amsterdam.
    assert (case.opened_at, case.due_at) == (MONDAY, datetime(2026, 3, 9, 23, tzinfo=UTC))
    assert steps_of(case) == [("opened", None, "")]


def test_the_seller_is_told_of_the_carton_and_of_each_difference(hub: Hub, sku: Sku) -> None:
    with clock.playing(MONDAY):
        carton = found(hub, {sku: 10}, [unit_scan(sku, 6)])

    case = Case.objects.get()
    assert told("inbound.carton_received") == [
        {"carton": 1, "sscc": carton.sscc, "good": 6, "damaged": 0, "missing": 4, "surplus": 0}
    ]
    assert told("inbound.issue_opened") == [
        {
            "case": case.number, "carton": 1, "kind": "missing", "sku": "RING", "units": 4,
            "due_at": "2026-03-09T23:00:00+00:00",
        }
    ]  # fmt: skip
    assert told("inbound.received") == [{}]


def test_a_carton_closed_twice_opens_its_cases_once(hub: Hub, sku: Sku) -> None:
    carton = found(hub, {sku: 5}, [unit_scan(sku, 4)])

    close_carton(carton_id=carton.pk)

    assert Case.objects.count() == CaseEvent.objects.count() == 1


def test_a_carton_closed_at_two_stations_at_once_opens_its_cases_once(transactional_db) -> None:
    hub, sku = make_hub(), make_sku()
    (carton,) = announced(hub, [{sku: 5}])
    arrive_carton(hub=hub, code=carton.sscc)

    at_once([lambda: close_carton(carton_id=carton.pk)] * 3)

    assert Case.objects.count() == CaseEvent.objects.count() == 1


def test_a_carton_as_planned_opens_none(hub: Hub, sku: Sku) -> None:
    found(hub, {sku: 5}, [unit_scan(sku, 5)])

    assert not Case.objects.exists()


def test_units_too_many_that_are_damaged_are_damage_and_no_surplus(hub: Hub, sku: Sku) -> None:
    found(hub, {sku: 2}, [unit_scan(sku, 1), unit_scan(sku, 4, Condition.DAMAGED)])

    assert set(Case.objects.values_list("kind", "units")) == {("damaged", 4), ("surplus", 1)}


def test_a_hub_gives_its_own_number_of_days_in_its_own_zone(hub: Hub, sku: Sku) -> None:
    Hub.objects.update(case_days=2, timezone="America/New_York")

    with clock.playing(datetime(2026, 3, 7, 3, tzinfo=UTC)):  # still the 6th in New York; clocks go forward on the 8th
        found(hub, {sku: 5}, [])

    assert Case.objects.get().due_at == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_lots_keep_their_cases_apart(hub: Hub, cream: Sku) -> None:
    lot, other = make_lot(cream, "A"), make_lot(cream, "B")
    (carton,) = announced(hub, [{cream: 5}], lots={cream: lot})
    arrive_carton(hub=hub, code=carton.sscc)
    count_units(carton_id=carton.pk, scans=[unit_scan(cream, 2, lot="B", is_unexpected=True)], station="DOCK-1")

    close_carton(carton_id=carton.pk)

    cases = Case.objects.order_by("pk").values_list("line__lot", "kind", "units")
    assert list(cases) == [(lot.pk, "missing", 5), (other.pk, "wrong_item", 2)]


# --- answering -------------------------------------------------------------------------------------------


def test_to_accept_settles_the_case_at_once(hub: Hub, sku: Sku) -> None:
    case = the_case(hub, sku, "missing")

    with clock.playing(MONDAY):
        case = answer_case(case_id=case.pk, choice="accept", note="We miscounted.")

    assert (case.state, case.choice, case.by_silence) == (Case.State.RESOLVED, "accept", False)
    assert (case.answered_at, case.ended_at, case.instruction) == (MONDAY, MONDAY, None)
    assert steps_of(case) == [("opened", None, ""), ("answered", None, "We miscounted."), ("settled", None, "")]
    (answered,), (closed,) = told("inbound.issue_answered"), told("inbound.issue_closed")
    assert (answered["choice"], answered["by_silence"]) == ("accept", False)
    assert closed["state"] == "resolved"


def test_what_needs_hands_waits_for_them(hub: Hub, sku: Sku) -> None:
    case, lead = the_case(hub, sku, "damaged"), make_user()

    case = answer_case(case_id=case.pk, choice="send_back", actor_id=lead.pk)

    assert (case.state, case.choice, case.ended_at) == (Case.State.ANSWERED, "send_back", None)
    assert steps_of(case)[1:] == [("answered", lead.pk, "")]


def test_to_relabel_names_an_item(hub: Hub, sku: Sku) -> None:
    case, other = the_case(hub, sku, "surplus"), make_sku(sku.seller)

    case = answer_case(case_id=case.pk, choice="relabel", book_to=other)

    assert (case.state, case.book_to) == (Case.State.ANSWERED, other)
    assert told("inbound.issue_answered")[0]["choice"] == "relabel"


def test_the_same_answer_twice_is_one(hub: Hub, sku: Sku) -> None:
    case, other = the_case(hub, sku, "surplus"), make_sku(sku.seller)
    first = answer_case(case_id=case.pk, choice="book_to", book_to=other)

    assert answer_case(case_id=case.pk, choice="book_to", book_to=other) == first
    assert CaseEvent.objects.filter(what="answered").count() == 1


def test_another_answer_later_is_refused(hub: Hub, sku: Sku) -> None:
    case, other = the_case(hub, sku, "surplus"), make_sku(sku.seller)
    answer_case(case_id=case.pk, choice="dispose")

    refused(Conflict, "case_answered", lambda: answer_case(case_id=case.pk, choice="accept"))
    refused(Conflict, "case_answered", lambda: answer_case(case_id=case.pk, choice="book_to", book_to=other))


@pytest.mark.parametrize("kind", CaseKind.values)
def test_only_what_is_offered_can_be_chosen(hub: Hub, sku: Sku, kind: str) -> None:
    case = the_case(hub, sku, kind)

    for choice in ({*CaseChoice.values} - {*OFFERED[kind]}) | {"", "keep"}:
        refused(Invalid, "choice_not_offered", lambda choice=choice: answer_case(case_id=case.pk, choice=choice))


def test_the_item_to_book_to_is_another_of_the_sellers(hub: Hub, sku: Sku) -> None:
    case, other = the_case(hub, sku, "surplus"), make_sku(sku.seller)

    def answer(choice: str, book_to: Sku | None) -> Case:
        return answer_case(case_id=case.pk, choice=choice, book_to=book_to)

    refused(Invalid, "item_needed", lambda: answer("book_to", None))
    refused(Invalid, "item_not_wanted", lambda: answer("accept", other))
    for wrong in (sku, make_sku(make_seller()), make_sku(sku.seller, is_active=False)):
        refused(Invalid, "item_wrong", lambda wrong=wrong: answer("relabel", wrong))
    refused(Invalid, "note_too_long", lambda: answer_case(case_id=case.pk, choice="accept", note="x" * 201))
    refused(NotFound, "case_unknown", lambda: answer_case(case_id=0, choice="accept"))


def test_two_answers_at_once_are_one(transactional_db) -> None:
    hub, sku = make_hub(), make_sku()
    case = the_case(hub, sku, "surplus")

    answers = at_once([lambda c=c: answer_case(case_id=case.pk, choice=c) for c in ("accept", "dispose", "send_back")])

    assert sorted(getattr(each, "code", "") for each in answers) == ["", "case_answered", "case_answered"]
    assert CaseEvent.objects.filter(what="answered").count() == 1


# --- silence ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CaseKind.values)
def test_silence_is_the_usual_answer_and_comes_once(hub: Hub, sku: Sku, kind: str) -> None:
    with clock.playing(MONDAY):
        case = the_case(hub, sku, kind)

    for _ in range(2):
        with clock.playing(MONDAY + A_WEEK):
            answer_overdue_cases(0)

    case = Case.objects.get(pk=case.pk)
    assert (case.choice, case.by_silence) == (USUAL[kind], True)
    assert case.state == (Case.State.RESOLVED if USUAL[kind] == "accept" else Case.State.ANSWERED)
    assert steps_of(case)[1] == ("silence", None, "")
    assert told("inbound.issue_answered")[0]["by_silence"] is True


def test_until_the_day_is_over_nothing_is_decided(hub: Hub, sku: Sku) -> None:
    with clock.playing(MONDAY):
        case = the_case(hub, sku, "missing")

    with clock.playing(case.due_at - timedelta(seconds=1)):
        assert overdue_cases() == []
        assert answer_by_silence(case_id=case.pk).state == Case.State.OPEN
    with clock.playing(case.due_at):
        assert overdue_cases() == [case.pk]


def test_a_hub_may_have_it_otherwise(hub: Hub, sku: Sku) -> None:
    Hub.objects.update(case_silence={"damaged": "send_back"})
    case = the_case(hub, sku, "damaged")

    with clock.playing(case.due_at):
        assert answer_by_silence(case_id=case.pk).choice == "send_back"


@pytest.mark.parametrize(
    "wrong", [["damaged"], {"lost": "accept"}, {"damaged": "book_to"}, {"surplus": "relabel"}, {"missing": "dispose"}]
)
def test_a_hub_cannot_want_what_is_not_offered(hub: Hub, wrong: object) -> None:
    hub.case_silence = wrong

    with pytest.raises(ValidationError) as error:
        hub.full_clean()

    assert "case_silence" in error.value.message_dict
