"""A page shows one moment, whatever is committed while it is being put together."""

from typing import Any

import pytest
from django.test import Client

from fulfillment.admin.orders import OrderPage
from fulfillment.models import Event
from fulfillment.services.allocation import allocate_hub
from tests.crowd import at_once
from tests.factories import make_hub, make_sku, stock
from tests.fulfillment.admin.scenes import boss
from tests.fulfillment.admin.test_buttons import page
from tests.fulfillment.building import fresh, ordered


@pytest.mark.django_db(transaction=True)
def test_the_story_of_an_order_goes_no_further_than_its_state(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, sku = make_hub(), make_sku()
    stock(hub, sku, 1)
    order = ordered(hub, {sku: 1})
    client.force_login(boss())
    look = OrderPage.get_object

    def look_and_be_overtaken(self: OrderPage, *args: Any, **kwargs: Any) -> Any:
        found = look(self, *args, **kwargs)
        at_once([lambda: allocate_hub(hub_id=hub.pk)])
        return found

    monkeypatch.setattr(OrderPage, "get_object", look_and_be_overtaken)
    text = page(client, order)

    assert (fresh(order).state, Event.objects.filter(kind="order.allocated").count()) == ("allocated", 1)
    assert "The allocator looks at it within a minute." in text
    assert "order.received" in text
    assert "order.allocated" not in text
