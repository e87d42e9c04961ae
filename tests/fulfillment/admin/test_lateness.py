"""The control room does not hide what is late behind the day it shows: orders of days before count, too."""

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from foundation import clock
from fulfillment.models import Order
from fulfillment.selectors.stuck import stuck_groups
from fulfillment.services.allocation import allocate_hub
from tests.fulfillment.admin.scenes import NOON, Scene, busy_hub, quiet_hub
from tests.fulfillment.building import ordered

pytestmark = pytest.mark.django_db


def at_noon() -> Scene:
    with clock.playing(NOON):
        return busy_hub(1)


def page_at(client: Client, moment: datetime) -> HttpResponse:
    with clock.playing(moment):
        return client.get("/admin/")


def test_what_is_left_of_days_before_is_late_too(lead: Client) -> None:
    scene = at_noon()
    (cancelled,) = Order.objects.filter(hub=scene.hub, state="allocated")
    Order.objects.filter(pk=cancelled.pk).update(state="cancelled")
    next_noon = NOON + timedelta(days=1)
    with clock.playing(next_noon):
        for _ in range(2):
            ordered(scene.hub, {scene.sku: 1})

    room = page_at(lead, next_noon).context["room"]
    with clock.playing(next_noon + timedelta(hours=7)):
        evening = page_at(lead, next_noon + timedelta(hours=7)).context["room"]

    (late,) = (tile for tile in room.tiles if tile.name == "Late")
    assert (room.figures.due, room.figures.late, room.figures.earlier) == (2, 0, 5)
    assert (late.number, late.words, late.look.tone) == (5, "0 of this day, 5 from days before", "bad")
    assert lead.get(late.url).context["cl"].result_count == 5
    assert room.headline[0] == "5 late from days before, 2 due"
    assert evening.headline[0] == "2 of 2 missed the departure, and 5 of days before are still here"


def test_a_group_says_how_many_are_overdue_and_how_many_due_today(lead: Client) -> None:
    with clock.playing(NOON):
        scene = quiet_hub()
        ordered(scene.hub, {scene.gone: 1})
        allocate_hub(hub_id=scene.hub.pk)
    next_noon = NOON + timedelta(days=1)
    with clock.playing(next_noon):
        for _ in range(2):
            ordered(scene.hub, {scene.gone: 1})
    with clock.playing(next_noon + timedelta(hours=5)):
        ordered(scene.hub, {scene.gone: 1})
        allocate_hub(hub_id=scene.hub.pk)
        (group,) = stuck_groups(hub=scene.hub)

    text = " ".join(page_at(lead, next_noon + timedelta(hours=5)).content.decode().split())

    assert (group.count, group.overdue, group.due_today, group.later) == (4, 1, 2, 1)
    assert "for the seller · 1 overdue, the oldest since 2 Mar 18:00 · 2 due today · 1 due later<" in text
