"""A shift lead closes a stretch of the floor from the plan's page, and opens it again from the rule's."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from tests.factories import bin_of, stock
from tests.fulfillment.admin.scenes import Scene, clerk, quiet_hub
from warehouses.models import Bin, Instruction, Level, Stairs, TrafficRule

pytestmark = pytest.mark.django_db

SPILL = {
    "key": "spill-1", "along": "aisle", "number": 3, "level": 0, "from_mm": 500, "to_mm": 4_500, "traffic": "closed",
    "reason": "spill",
}  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    return quiet_hub(units=10)


def url_of(obj: Any, button: str = "change") -> str:
    return reverse(f"admin:warehouses_{obj._meta.model_name}_{button}", args=[obj.pk])


def said(answer: Any) -> str:
    assert answer.status_code == 302, answer.context["form"].errors
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def test_a_stretch_is_closed_and_opened_again(lead: Client, scene: Scene) -> None:
    plan = scene.hub.floor_plan

    assert said(lead.post(url_of(plan, "close_stretch"), SPILL)) == "From now on walks heed this rule."
    rule = TrafficRule.objects.get()
    page = lead.get(url_of(plan)).content.decode()
    opened = lead.post(url_of(rule, "open_again"), {"key": "dry-1", "reason": "dry"})

    assert (rule.plan, rule.along, rule.number, rule.reason) == (plan, "aisle", 2, "spill")
    assert "spill" in page
    assert said(opened) == "The stretch is walked as before."
    assert opened["Location"] == url_of(plan)
    assert not TrafficRule.objects.exists()
    assert [row.reason for row in Instruction.objects.order_by("pk")] == ["spill", "dry"]


def test_what_would_cut_a_bin_off_is_refused_with_its_name(lead: Client, scene: Scene) -> None:
    stock(scene.hub, scene.sku, 1, place="03-02")

    refusal = said(lead.post(url_of(scene.hub.floor_plan, "close_stretch"), SPILL))

    assert refusal == "Bin 03-02 cannot be reached: what is closed or one-way leaves no way to it."
    assert not TrafficRule.objects.exists()


def test_what_is_not_a_stretch_is_asked_again(lead: Client, scene: Scene) -> None:
    asked = lead.post(url_of(scene.hub.floor_plan, "close_stretch"), {**SPILL, "number": 0, "reason": ""})

    assert asked.status_code == 200
    assert set(asked.context["form"].errors) == {"number", "reason"}
    assert not TrafficRule.objects.exists()


def test_a_clerk_may_not(client: Client, scene: Scene) -> None:
    client.force_login(clerk())

    assert client.post(url_of(scene.hub.floor_plan, "close_stretch"), SPILL).status_code == 403
    assert not TrafficRule.objects.exists()


def test_the_plans_page_shows_levels_and_stairs(lead: Client, scene: Scene) -> None:
    plan = scene.hub.floor_plan
    Level.objects.create(plan=plan, ordinal=1, aisle_x_mm=[0, 3_000], cross_y_mm=[0, 8_000])
    Stairs.objects.create(
        plan=plan, bottom_aisle=2, bottom_cross=0, top_aisle=3, top_cross=0, up_mm=12_345, down_mm=9_876
    )

    page = lead.get(url_of(plan)).content.decode()

    assert "Levels above the ground" in page
    assert "12345" in page or "12,345" in page
    assert Bin.objects.filter(pk=bin_of(scene.hub, "01-01").pk).exists()
