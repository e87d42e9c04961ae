"""Slots and appointments for a seller's machine: what is free, booked once, moved and cancelled in time."""

from collections.abc import Iterator

import pytest

from foundation import clock
from fulfillment.models import Event
from tests.docks import TUESDAY_AT_8, booked, make_door, on_pallets
from tests.factories import MONDAY
from tests.fulfillment.api.machines import is_problem, places
from warehouses.models import Appointment, DockDoor, Hub

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY = "2026-03-03T07:00:00Z", "2026-03-04T07:00:00Z"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.playing(MONDAY):
        yield


@pytest.fixture(autouse=True)
def door(hub: Hub) -> DockDoor:
    return make_door(hub)


def body(ada, pallets: int = 4, **changes):
    inbound = on_pallets(Hub.objects.get(), pallets, seller=ada.seller)
    return {"inbound": inbound.number, "door": "D1", "starts_at": WEDNESDAY, **changes}


def test_a_free_slot_is_booked_and_read(ada):
    sent = body(ada)

    answer = ada.post("appointments", sent)

    assert answer.status_code == 201
    row = Appointment.objects.get()
    assert answer.json() == sent | {
        "number": row.number, "hub": "AMS1", "state": "booked", "ends_at": "2026-03-04T08:00:00Z", "load": 4,
        "change_until": "2026-03-03T07:00:00Z", "booked_at": "2026-03-02T08:00:00Z", "ended_at": None, "reason": "",
    }  # fmt: skip
    assert answer.headers["Location"].endswith(f"/appointments/{row.number}")
    assert ada.get(f"appointments/{row.number}").json() == answer.json()
    again = ada.post("appointments", sent)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert Appointment.objects.count() == 1


def test_slots_tell_what_is_left_and_not_to_whom(ada, bo, hub):
    booked(hub, 6)
    path = "hubs/AMS1/slots?from=2026-03-03&until=2026-03-03"

    answer = ada.get(path).json()

    assert answer["timezone"] == "Europe/Amsterdam"
    assert len(answer["slots"]) == 9
    assert answer["slots"][0] == {"door": "D1", "starts_at": TUESDAY, "ends_at": "2026-03-03T08:00:00Z", "free": 4}
    assert bo.get(path).json() == answer
    assert len(ada.get(f"{path}&load=5").json()["slots"]) == 8
    assert ada.get(f"{path}&freight=parcel").json()["slots"] == []


@pytest.mark.parametrize(
    "query, place, code",
    [
        ("from=2026-03-03", "until", "required"),
        ("from=2026-03-03&until=2026-03-02", "until", "days_invalid"),
        ("from=2026-03-03&until=2026-04-03", "until", "days_invalid"),
        ("from=tomorrow&until=2026-03-03", "from", "day_expected"),
        ("from=2026-03-03&until=2026-03-03&load=0", "load", "min_value"),
        ("from=2026-03-03&until=2026-03-03&freight=air", "freight", "invalid_choice"),
    ],
)
def test_a_wrong_question_names_its_place(ada, query, place, code):
    answer = ada.get(f"hubs/AMS1/slots?{query}")

    assert places(is_problem(answer, 400, "parameter_invalid")) == {(place, code)}


def test_no_hub_no_slots(ada):
    is_problem(ada.get("hubs/NONE/slots?from=2026-03-03&until=2026-03-03"), 404, "not_found")


@pytest.mark.parametrize(
    "changes, status, code, place",
    [
        ({"inbound": "IN-9999999"}, 422, "inbound_unknown", "/inbound"),
        ({"door": "D9"}, 422, "door_unknown", "/door"),
        ({"starts_at": "2026-03-04T07:30:00Z"}, 422, "slot_unknown", "/starts_at"),
        ({"starts_at": "2026-03-02T07:00:00Z"}, 422, "slot_past", "/starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-12:00"}, 422, "slot_too_far", "/starts_at"),
        ({"starts_at": TUESDAY}, 409, "slot_full", "/starts_at"),
        ({"state": "arrived"}, 422, "field_read_only", "/state"),
    ],
)
def test_what_can_not_be_booked_is_not(ada, hub, changes, status, code, place):
    booked(hub, 7, starts_at=TUESDAY_AT_8)
    stood = list(Appointment.objects.values())

    answer = ada.post("appointments", body(ada, **changes))

    problem = answer.json()
    assert (answer.status_code, places(problem["errors"])) == (status, {(place, code)})
    assert list(Appointment.objects.values()) == stood


def test_another_sellers_inbound_is_none(ada, bo):
    sent = body(ada)

    answer = bo.post("appointments", sent)

    assert places(is_problem(answer, 422, "invalid")) == {("/inbound", "inbound_unknown")}
    assert not Appointment.objects.exists()


def test_it_is_moved_and_cancelled_in_time(ada):
    number = ada.post("appointments", body(ada)).json()["number"]

    moved = ada.post(f"appointments/{number}/reschedule", {"door": "D1", "starts_at": "2026-03-05T07:00:00Z"})
    cancelled = [ada.post(f"appointments/{number}/cancel", {"reason": "No truck."}) for _ in range(2)]

    assert (moved.status_code, moved.json()["starts_at"]) == (200, "2026-03-05T07:00:00Z")
    assert [(answer.status_code, answer.json()["state"]) for answer in cancelled] == [(200, "cancelled")] * 2
    assert cancelled[1].json()["reason"] == "No truck."
    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["appointment.booked", "appointment.moved", "appointment.cancelled"]


def test_later_than_a_day_before_it_stays(ada):
    number = ada.post("appointments", body(ada, starts_at=TUESDAY)).json()["number"]

    moved = ada.post(f"appointments/{number}/reschedule", {"door": "D1", "starts_at": WEDNESDAY})
    cancelled = ada.post(f"appointments/{number}/cancel", {})

    is_problem(moved, 409, "too_late_to_change")
    is_problem(cancelled, 409, "too_late_to_change")
    assert (ada.get(f"appointments/{number}").json()["state"], Appointment.objects.get().starts_at) == (
        "booked", TUESDAY_AT_8,
    )  # fmt: skip


def test_the_list_is_narrowed_down(ada):
    first, second = (ada.post("appointments", body(ada, starts_at=at)).json() for at in (TUESDAY, WEDNESDAY))

    def listed(query: str) -> list[str]:
        return [row["number"] for row in ada.get(f"appointments{query}").json()["results"]]

    assert listed("") == [second["number"], first["number"]]
    assert listed(f"?inbound={first['inbound']}") == [first["number"]]
    assert listed(f"?starts_from={WEDNESDAY}") == [second["number"]]
    assert listed(f"?starts_before={WEDNESDAY}&state=booked&state=done") == [first["number"]]
    assert listed("?state=no_show") == []
