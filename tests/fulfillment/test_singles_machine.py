"""The shop's days again, with many orders of one unit: they share totes, whatever is picked, short or called off."""

import uuid

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from fulfillment.models import Order
from fulfillment.services.packing_singles import pack_single
from tests.factories import code_of
from tests.fulfillment.test_order_machine import ITEMS, Shop, which
from tests.nightly import days
from warehouses.models import CartTote, PickList, PickTask


def waiting() -> list[PickTask]:
    """Picked units in shared totes whose orders wait for a bench."""
    tasks = PickTask.objects.filter(cart_tote__demand_group="", picked=1)
    picked = tasks.filter(reservation__order_line__order__state=Order.State.PICKED)
    return list(picked.select_related("sku", "cart_tote__tote").order_by("pk"))


class SinglesShop(Shop):
    """A shop in whose hub two orders of one unit are enough for a shared tote."""

    def __init__(self) -> None:
        super().__init__()
        self.hub.singles_from = 2
        self.hub.save(update_fields=["singles_from"])

    @rule(items=st.lists(st.integers(0, ITEMS - 1), min_size=2, max_size=6))
    def take_in_singles(self, items: list[int]) -> None:
        self.take_in([{item: 1} for item in items])
        self.allocate()

    @rule()
    def release_singles(self) -> None:
        self.release_a_wave()

    @precondition(lambda _: bool(waiting()))
    @rule(n=which)
    def take_out_of_a_tote(self, n: int) -> None:
        units = waiting()
        unit = units[n % len(units)]
        same = [one for one in units if (one.cart_tote_id, one.sku_id) == (unit.cart_tote_id, unit.sku_id)]
        rivals = Order.objects.filter(lines__reservation__in=[one.reservation_id for one in same])
        expected = rivals.order_by("ship_by", "priority", "placed_at", "pk")[0]
        scan_id, code = uuid.uuid4(), code_of(unit.sku)

        for station in ("B1", "B2"):
            record = pack_single(
                hub=self.hub, tote_code=unit.cart_tote.tote.code, item_code=code, scan_id=scan_id, station=station
            )
            assert (record.order, record.station) == (expected, "B1")

        self.model.orders[expected.external_ref].state = "packed"
        place = CartTote.objects.get(pk=unit.cart_tote_id)
        is_last = not any(one.cart_tote_id == place.pk for one in waiting())
        assert (place.freed_at is not None) == (is_last and place.pick_list.state == PickList.State.PICKED)


@pytest.mark.django_db
def test_shared_totes_and_the_model_say_the_same() -> None:
    play(SinglesShop, settings=days(8))
