"""Addresses on the order's page: seen and corrected by staff who may see buyers, and by nobody else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.models import Order
from shipping.carriers.base import Place
from tests.factories import make_hub, make_sku
from tests.fulfillment.admin.scenes import clerk
from tests.fulfillment.admin.test_buttons import page, press, said, url_of
from tests.fulfillment.building import fresh, ordered
from tests.refusals import rows

pytestmark = pytest.mark.django_db

HARBOUR = Place(
    name="Noor <b>de Vries</b>", company="Vries BV", line1="At the harbour", postcode="1621 AA", city="Hoorn",
    country="NL", phone="+31 6 1",
)  # fmt: skip
RIGHT = {"name": "Noor de Vries", "line1": "Kade 1", "postcode": "1621 AA", "city": "Hoorn", "country": "nl"}


@pytest.fixture
def order(db: None) -> Order:
    return ordered(make_hub(), {make_sku(): 1}, ship_to=HARBOUR)


def test_the_page_shows_the_address_line_by_line(lead: Client, order: Order) -> None:
    text = page(lead, order)

    lines = ("Noor &lt;b&gt;de Vries&lt;/b&gt;", "Vries BV", "At the harbour", "1621 AA Hoorn", "NL", "+31 6 1")
    assert "<br>".join(lines) in text


def test_who_may_not_see_buyers_sees_which_address_it_is_and_cannot_change_it(client: Client, order: Order) -> None:
    client.force_login(clerk("fulfillment.change_order"))

    text = page(client, order)

    assert "At the harbour" not in text
    assert f"Address {order.ship_to_id} (NL)" in text
    assert url_of(order, "correct_address") not in text
    before = rows("shipping")
    assert client.get(url_of(order, "correct_address")).status_code == 403
    assert press(client, order, "correct_address", **RIGHT).status_code == 403
    assert rows("shipping") == before


def test_the_form_begins_with_what_there_is_and_sends_the_order_on(lead: Client, order: Order) -> None:
    form = lead.get(url_of(order, "correct_address")).content.decode()
    assert 'value="At the harbour"' in form
    assert 'maxlength="2"' in form

    answer = press(lead, order, "correct_address", **RIGHT)

    assert said(answer) == [f"{order.number} goes to the corrected address."]
    now = fresh(order)
    assert (now.state, now.hold, now.ship_to.line1, now.ship_to.country) == ("received", "", "Kade 1", "NL")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({**RIGHT, "line1": "Kade"}, "The address has no house number."),
        ({**RIGHT, "country": "XX"}, "There is no such country in ISO 3166-1."),
    ],
)
def test_what_the_service_refuses_is_said_on_the_page(lead: Client, order: Order, given: Any, words: str) -> None:
    before = rows("shipping"), rows("fulfillment")

    answer = press(lead, order, "correct_address", **given)

    assert words in " ".join(said(answer))
    assert (rows("shipping"), rows("fulfillment")) == before


def test_a_confirmed_address_goes_as_it_is(lead: Client, order: Order) -> None:
    press(lead, order, "correct_address", **{**RIGHT, "line1": "Kade", "is_confirmed": "on"})

    assert (fresh(order).state, fresh(order).ship_to.line1) == ("received", "Kade")


def test_resuming_says_what_is_missing(lead: Client, order: Order) -> None:
    answer = press(lead, order, "resume")

    assert said(answer) == ["The address has no house number. Correct it, or confirm that it is right as it is."]
    assert fresh(order).state == "on_hold"


def test_the_control_room_leads_to_the_form_of_one_and_to_the_list_of_several(lead: Client, order: Order) -> None:
    def fix() -> tuple[str, str]:
        room = lead.get("/admin/", {"hub": order.hub.code}).context["room"]
        (row,) = [row for row in room.stuck if row.group.why.code == "address_unclear"]
        return row.fix.label, row.fix.url

    assert fix() == ("Correct addresses", url_of(order, "correct_address"))

    ordered(order.hub, {make_sku(): 1}, ship_to=HARBOUR)
    label, url = fix()
    assert label == "Correct addresses"
    assert url.startswith(reverse("admin:fulfillment_order_changelist"))
    assert lead.get(url).context["cl"].result_count == 2
