"""The control room: what it says of a day, in the hub's own time, and what it asks of the database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import clock
from foundation.verdict import Verdict, read_verdict, write_verdict
from fulfillment.admin.control_room import Room
from fulfillment.admin.day_chart import ticks
from fulfillment.models import Order
from fulfillment.selectors import day as days
from fulfillment.selectors.stuck import stuck_groups
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.holding import hold_order
from tests.factories import make_hub, stock
from tests.fulfillment.admin.scenes import NOON, Scene, busy_hub, clerk, quiet_hub
from tests.fulfillment.building import ordered
from warehouses.models import Hub

pytestmark = pytest.mark.django_db

INDEX = "/admin/"


def room_at(client: Client, moment: datetime, **query: str) -> Room:
    with clock.playing(moment):
        answer = client.get(INDEX, query)
    assert answer.status_code == 200
    return answer.context["room"]


def at_noon(orders: int = 2) -> Scene:
    with clock.playing(NOON):
        return busy_hub(orders)


def test_the_index_is_the_control_room(lead: Client) -> None:
    at_noon()

    room = room_at(lead, NOON)

    assert reverse("admin:index") == INDEX
    assert {tile.name: tile.number for tile in room.tiles} == {
        "Due": 12, "On time": 0, "At risk": 6, "Late": 0, "Shipped": 0, "Delivered": 0,
    }  # fmt: skip
    assert room.figures.on_track == 6
    assert {bar.name: bar.orders for bar in room.funnel if bar.orders} == {
        "On hold": 2, "Back-ordered": 2, "Allocated": 2, "Released": 2, "Picking": 2, "Packed": 2,
    }  # fmt: skip
    assert room.headline[0] == "6 of 12 may miss the departure"


def test_figures_follow_the_clock_past_the_departure(lead: Client) -> None:
    scene = at_noon()
    Order.objects.filter(hub=scene.hub, state="packed").update(state="shipped", shipped_at=NOON + timedelta(hours=5))

    before = days.figures(days.HubDay(scene.hub, date(2026, 3, 2), NOON + timedelta(hours=5, minutes=30)))
    after = days.figures(days.HubDay(scene.hub, date(2026, 3, 2), NOON + timedelta(hours=6, seconds=1)))

    assert (before.due, before.on_time, before.on_track, before.at_risk, before.late) == (12, 2, 0, 10, 0)
    assert (after.due, after.on_time, after.on_track, after.at_risk, after.late) == (12, 2, 0, 0, 10)
    assert after.on_time_share == 2 / 12


def test_an_order_shipped_after_its_departure_is_late(lead: Client) -> None:
    scene = at_noon(1)
    Order.objects.filter(hub=scene.hub, state="packed").update(
        state="shipped", shipped_at=datetime(2026, 3, 2, 17, 0, 1, tzinfo=UTC)
    )

    figures = days.figures(days.HubDay(scene.hub, date(2026, 3, 2), NOON + timedelta(hours=20)))

    assert (figures.on_time, figures.late, figures.shipped) == (0, 6, 1)


def test_cancelled_orders_are_not_due(lead: Client) -> None:
    scene = at_noon(1)
    Order.objects.filter(hub=scene.hub, state="allocated").update(state="cancelled")

    assert room_at(lead, NOON).figures.due == 5


def test_a_day_without_due_orders_falls_back_to_the_latest_with_some(lead: Client) -> None:
    at_noon()

    room = room_at(lead, NOON + timedelta(days=3))

    assert (room.day.date, room.day.is_fallback, room.day.is_today) == (date(2026, 3, 2), True, False)
    assert "Nothing is due today, 5 March." in _text(lead, NOON + timedelta(days=3))


def test_a_day_that_is_asked_for_is_shown_even_if_empty(lead: Client) -> None:
    at_noon()

    room = room_at(lead, NOON, day="2026-03-07")

    assert (room.day.date, room.day.is_fallback, room.figures.due) == (date(2026, 3, 7), False, 0)
    assert "No orders are due on this day." in _text(lead, NOON, day="2026-03-07")


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "2026-13-01", "%00", "٢٠٢٦-٠٣-٠٢"])
def test_a_day_that_is_none_is_said_so(lead: Client, day: str) -> None:
    at_noon()

    room = room_at(lead, NOON, day=day)

    assert room.day.date == date(2026, 3, 2)
    assert "That is no day of the calendar" in _text(lead, NOON, day=day)


def test_the_day_is_the_hubs_own() -> None:
    hub = make_hub()
    Hub.objects.filter(pk=hub.pk).update(timezone="America/New_York")
    hub.refresh_from_db()

    with clock.playing(datetime(2026, 3, 3, 3, 0, tzinfo=UTC)):
        day = days.find_day(hub=hub)

    assert day.date == date(2026, 3, 2)
    assert day.cutoff_at == datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    assert day.dispatch_at == datetime(2026, 3, 2, 18, 0, tzinfo=ZoneInfo("America/New_York"))


def test_a_day_of_a_clock_change_is_as_long_as_it_is() -> None:
    day = days.HubDay(make_hub(), date(2026, 3, 29), NOON)

    assert day.end.astimezone(UTC) - day.start.astimezone(UTC) == timedelta(hours=23)


def test_hubs_are_shown_one_by_one(lead: Client) -> None:
    first, second = at_noon(1), at_noon(1)

    shown = room_at(lead, NOON)
    other = room_at(lead, NOON, hub=max(first.hub.code, second.hub.code))

    assert len(shown.hubs) == 2
    assert shown.day.hub.code == min(first.hub.code, second.hub.code)
    assert other.day.hub != shown.day.hub
    assert room_at(lead, NOON, hub="nowhere").day.hub == shown.day.hub


def test_stuck_orders_say_why_and_who_and_what_next(lead: Client) -> None:
    scene = at_noon(2)

    with clock.playing(NOON):
        groups = {group.why.code: group for group in stuck_groups(hub=scene.hub)}

    assert {code: (group.count, group.why.owner) for code, group in groups.items()} == {
        "no_stock": (2, "seller"), "seller_asked": (2, "seller"), "short_pick": (2, "hub"),
    }  # fmt: skip
    assert all(not group.is_late for group in groups.values())
    assert groups["short_pick"].orders[0].hold == "short_pick"


def test_after_the_departure_what_is_left_is_stuck_and_late_first(lead: Client) -> None:
    scene = at_noon(1)

    with clock.playing(NOON + timedelta(hours=7)):
        groups = stuck_groups(hub=scene.hub)

    assert {group.why.code for group in groups} == {
        "no_stock", "seller_asked", "short_pick", "waits_for_wave", "being_picked", "waits_for_dispatch",
    }  # fmt: skip
    assert all(group.is_late for group in groups)


def test_only_some_of_many_stuck_orders_are_named(lead: Client) -> None:
    with clock.playing(NOON):
        scene = quiet_hub()
        for _ in range(9):
            hold_order(order_id=ordered(scene.hub, {scene.sku: 1}).pk)
        (group,) = stuck_groups(hub=scene.hub)

    assert (group.count, len(group.orders)) == (9, 6)
    assert "all 9" in _text(lead, NOON)


def test_every_link_of_the_room_opens(lead: Client) -> None:
    at_noon()
    room = room_at(lead, NOON)
    links = [tile.url for tile in room.tiles] + [bar.url for bar in room.funnel] + list(room.urls.values())
    links += [row.url for row in room.oddities] + [url for row in room.stuck for url in (row.url, row.fix.url)]

    broken = {url for url in links if url != "#stuck" and lead.get(url).status_code != 200}

    assert broken == set()


def test_the_funnels_links_lead_to_as_many_orders(lead: Client) -> None:
    at_noon()
    room = room_at(lead, NOON)

    counted = {bar.name: lead.get(bar.url).context["cl"].result_count for bar in room.funnel}

    assert counted == {bar.name: bar.orders for bar in room.funnel}


def test_the_room_asks_as_much_for_two_orders_as_for_fifty(lead: Client) -> None:
    with clock.playing(NOON):
        scene = quiet_hub(units=900)
        ordered(scene.hub, {scene.sku: 1})
        ordered(scene.hub, {scene.gone: 1})
        allocate_hub(hub_id=scene.hub.pk)
    room_at(lead, NOON)
    with CaptureQueriesContext(connection) as few:
        room_at(lead, NOON)
    with clock.playing(NOON):
        for _ in range(24):
            ordered(scene.hub, {scene.sku: 1})
            ordered(scene.hub, {scene.gone: 1})
        allocate_hub(hub_id=scene.hub.pk)
    with CaptureQueriesContext(connection) as many:
        room_at(lead, NOON)

    assert (len(few), len(many)) == (25, 25)


def test_curves_nest_and_end_at_the_figures(lead: Client) -> None:
    scene = at_noon(3)

    curves = days.curves(days.HubDay(scene.hub, date(2026, 3, 2), NOON))

    assert [(curve.name, curve.total) for curve in curves] == [
        ("due", 18),
        ("picked", 3),
        ("packed", 3),
        ("shipped", 0),
    ]
    assert curves[0].at(NOON - timedelta(hours=1)) == 0
    assert curves[0].at(NOON + timedelta(minutes=5)) == 18


def test_orders_of_the_evening_before_count_from_the_days_start() -> None:
    with clock.playing(NOON - timedelta(hours=15)):
        scene = quiet_hub()
        ordered(scene.hub, {scene.sku: 1})

    (due, *_) = days.curves(days.HubDay(scene.hub, date(2026, 3, 2), NOON))

    assert due.points == ((datetime(2026, 3, 2, 0, 0, tzinfo=ZoneInfo("Europe/Amsterdam")), 1),)


def test_the_chart_shows_cutoff_departure_and_now(lead: Client) -> None:
    at_noon()

    text = _text(lead, NOON)

    assert text.count("Cut-off 16:00") == text.count("Departure 18:00") == text.count("Now 12:00") == 2
    assert "Now " not in _text(lead, NOON, day="2026-03-03").split("pk-chart-narrow")[0]


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (12, [0, 5, 10, 15]), (400, [0, 100, 200, 300, 400])],
)
def test_ticks_are_round_and_reach_the_top(most: int, expected: list[int]) -> None:
    assert ticks(most) == expected


def test_waves_carts_and_inbounds_have_their_rows(lead: Client) -> None:
    at_noon()

    room = room_at(lead, NOON)

    assert [row.orders for row in room.waves] == [2, 2, 2]
    assert (room.pick_lists.planned, room.pick_lists.picking) == (0, 1)
    assert [(row.tasks, row.tasks_done) for row in room.pick_lists.rows] == [(2, 0)]
    assert {row.words: row.number for row in room.oddities if row.number} == {
        "bins to count": 2, "shorts at picking that day": 2,
    }  # fmt: skip


def test_the_books_verdict_is_shown(lead: Client, settings: Any, tmp_path: Any) -> None:
    at_noon(1)
    settings.VAR_DIR = tmp_path
    assert "Not verified" in _text(lead, NOON)

    write_verdict(tmp_path / "verify.json", Verdict(NOON, 48, 0))
    assert "The books add up" in _text(lead, NOON)

    write_verdict(tmp_path / "verify.json", Verdict(NOON, 48, 3))
    assert "3 differences found 2 Mar 12:00" in " ".join(_text(lead, NOON).split())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"at": "now"}', "\x00"])
def test_a_verdict_that_cannot_be_read_is_none(tmp_path: Any, content: str) -> None:
    (tmp_path / "verify.json").write_text(content)

    assert read_verdict(tmp_path / "verify.json") is None
    assert read_verdict(tmp_path / "nothing.json") is None


def test_no_hub_teaches_how_to_get_one(lead: Client) -> None:
    text = lead.get(INDEX).content.decode()

    assert "No hub yet." in text
    assert "manage.py play_day" in text


def test_a_hub_with_nothing_in_it_teaches_too(lead: Client) -> None:
    make_hub()

    text = _text(lead, NOON)

    for words in (
        "No orders are due on this day.", "Nothing is stuck.", "No wave for this departure yet.", "No cart is out.",
        "Nothing came in on this day.", "The dock is clear.", "Nothing is due",
    ):  # fmt: skip
        assert words in text


def test_who_may_not_see_orders_sees_no_room(client: Client) -> None:
    at_noon(1)
    client.force_login(clerk("warehouses.view_bin"))

    answer = client.get(INDEX)

    assert answer.status_code == 200
    assert "room" not in answer.context
    assert "What you may see is in the menu." in answer.content.decode()


def test_stock_that_never_comes_links_to_the_inbounds(lead: Client) -> None:
    scene = at_noon(1)
    stock(scene.hub, scene.sku, 1)

    room = room_at(lead, NOON)

    assert {row.group.why.code: row.fix.label for row in room.stuck} == {
        "no_stock": "See the inbounds", "seller_asked": "See the orders", "short_pick": "Count the bins",
    }  # fmt: skip


def _text(client: Client, moment: datetime, **query: str) -> str:
    with clock.playing(moment):
        return client.get(INDEX, query).content.decode()
