"""The admin in a real browser: the control room, a button pressed, the map; on a bench PC and on a handheld."""

import os
from pathlib import Path

import pytest

from fulfillment.models import Order
from tests.e2e.conftest import Visitor
from tests.fulfillment.admin.scenes import Scene, boss, busy_hub, clerk, orders_in
from tests.fulfillment.building import fresh, ordered
from warehouses.models import PickList

pytestmark = pytest.mark.django_db(transaction=True)

CONTRAST = """() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const ink = canvas.getContext('2d', {willReadFrequently: true});
  const paint = (colours) => {
    ink.clearRect(0, 0, 1, 1);
    for (const colour of colours) { ink.fillStyle = colour; ink.fillRect(0, 0, 1, 1); }
    return [...ink.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  for (const node of document.querySelectorAll('.pk-room *')) {
    const words = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!words || !node.getClientRects().length || node.closest('.pk-hidden, svg')) continue;
    if (node.classList.contains('material-symbols-outlined')) continue;
    const grounds = ['white'];
    const up = []; for (let at = node; at; at = at.parentElement) up.unshift(getComputedStyle(at).backgroundColor);
    const ground = paint([...grounds, ...up]);
    const text = paint([...grounds, ...up, getComputedStyle(node).color]);
    const [a, b] = [light(ground), light(text)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push([node.textContent.trim().slice(0, 30), node.className, Math.round(ratio * 100) / 100]);
  }
  return faint;
}"""


@pytest.fixture
def scene() -> Scene:
    return busy_hub()


@pytest.fixture
def lead(visitor: Visitor) -> Visitor:
    visitor.log_in(boss().get_username(), "pakhuis")
    return visitor


def picture(visitor: Visitor, name: str) -> None:
    """Keeps a picture of the whole page where `PICTURES` says, for whoever wants to look."""
    if folder := os.environ.get("PICTURES"):
        visitor.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_control_room_fits_the_screen(scene: Scene, lead: Visitor, width: int) -> None:
    lead.page.set_viewport_size({"width": width, "height": 800})
    lead.open("/admin/")
    picture(lead, f"control-room-{width}")

    assert lead.page.locator(".pk-headline").inner_text().endswith("may miss the departure")
    assert lead.page.locator(".pk-tile").count() == 6
    assert lead.page.locator(".pk-chart:visible").count() == 1
    assert lead.sideways() == 0
    assert lead.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(scene: Scene, lead: Visitor, scheme: str) -> None:
    lead.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    lead.open("/admin/")
    picture(lead, f"control-room-{scheme}")

    assert lead.page.evaluate("document.documentElement.classList.contains('dark')") is (scheme == "dark")
    assert lead.page.evaluate(CONTRAST) == []


def test_the_room_is_walked_with_the_keyboard(scene: Scene, lead: Visitor) -> None:
    lead.open("/admin/")
    lead.page.locator("#pk-day").focus()
    reached = []
    for _ in range(12):
        lead.page.keyboard.press("Tab")
        reached.append(lead.page.evaluate("document.activeElement.closest('[class*=pk-]')?.className ?? ''"))
    outline = lead.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert any("pk-tile" in name for name in reached)
    assert outline == "solid"


def test_a_stuck_order_is_one_click_away_and_moves_on(scene: Scene, lead: Visitor) -> None:
    (held, _) = orders_in(scene, "on_hold")
    lead.open("/admin/")

    lead.page.locator("#stuck").get_by_role("link", name=held.number).click()
    lead.page.get_by_role("button", name="Resume").click()
    lead.page.get_by_text(f"{held.number} is back in the queue, in its old place.").wait_for()

    assert fresh(held).state == "received"
    assert lead.page.get_by_role("button", name="Resume").count() == 0
    assert lead.complaints == []


def test_a_destructive_button_asks_first(scene: Scene, lead: Visitor, width: int) -> None:
    order = ordered(scene.hub, {scene.sku: 1})
    lead.page.set_viewport_size({"width": width, "height": 800})
    lead.open(f"/admin/fulfillment/order/{order.pk}/change/")
    picture(lead, f"order-{width}")
    assert lead.sideways() == 0

    if width < 1000:
        lead.page.get_by_text("more_horiz").click()
    lead.page.get_by_role("link", name="Call the order off").click()
    lead.page.get_by_text("be taken back").wait_for()
    assert fresh(order).state == "received"
    assert lead.page.get_by_role("link", name="Back", exact=True).count() == 1
    lead.page.get_by_role("button", name="Call the order off").click()
    lead.page.get_by_text(f"{order.number} is cancelled.").wait_for()

    assert fresh(order).state == "cancelled"
    assert lead.complaints == []


def test_without_the_permission_there_is_no_button(scene: Scene, visitor: Visitor) -> None:
    order = ordered(scene.hub, {scene.sku: 1})
    visitor.log_in(clerk("fulfillment.view_order").get_username(), "pakhuis")

    visitor.open(f"/admin/fulfillment/order/{order.pk}/change/")

    assert visitor.page.get_by_role("button", name="Hold").count() == 0
    assert visitor.page.get_by_role("link", name="Call the order off").count() == 0


def test_a_walk_is_on_the_map(scene: Scene, lead: Visitor, width: int) -> None:
    pick_list = PickList.objects.filter(hub=scene.hub, state="picking").get()
    lead.page.set_viewport_size({"width": width, "height": 800})

    lead.open(f"/admin/warehouses/picklist/{pick_list.pk}/change/")
    picture(lead, f"walk-{width}")

    assert lead.page.locator("svg.pk-map path.pk-walk").count() == 1
    assert lead.page.locator("svg.pk-map .pk-stop").count() >= 1
    assert lead.sideways() == 0
    assert lead.complaints == []


def test_the_hub_shows_its_floor(scene: Scene, lead: Visitor) -> None:
    lead.open(f"/admin/warehouses/hub/{scene.hub.pk}/change/")
    picture(lead, "hub")

    assert lead.page.locator("svg.pk-map .pk-cell").count() == 12
    assert lead.complaints == []


def test_the_trail_leads_along_the_flow(scene: Scene, lead: Visitor) -> None:
    (order, _) = orders_in(scene, "packed")
    lead.open(f"/admin/fulfillment/order/{order.pk}/change/")

    trail = lead.page.get_by_role("navigation", name="Where this comes from and what became of it")
    trail.get_by_role("link", name="Pack record").click()
    trail.get_by_role("link", name="Shipment").click()
    lead.page.wait_for_url("**/shipping/shipment/**")

    assert order.shipment is not None
    assert order.shipment.number in lead.page.locator("h1").inner_text()


def test_a_wave_is_planned_and_released_by_hand(scene: Scene, lead: Visitor) -> None:
    lead.open("/admin/fulfillment/wave/")

    lead.page.get_by_role("link", name="Plan a wave").click()
    lead.page.get_by_role("button", name="Plan a wave").click()
    lead.page.get_by_text("Release it to plan the walks.").wait_for()
    lead.page.get_by_role("button", name="Release to the floor").click()
    lead.page.get_by_text("The carts can go.").wait_for()

    assert {order.state for order in Order.objects.filter(wave__isnull=False, wave__state="released")} >= {"released"}
    assert lead.complaints == []
