"""Builders of the top floor: orders in any state, reached through the services."""

import itertools
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from foundation import clock
from fulfillment.models import Order, Wave
from fulfillment.services.allocation import allocate_hub
from fulfillment.services.intake import LineInput, OrderInput, take_order
from fulfillment.services.packing import PackScan
from fulfillment.services.waving import plan_wave, release_wave
from shipping.carriers.base import Place
from shipping.services.setting_up import install_boxes, install_simulated_carrier
from tests.factories import code_of, make_user, picks_of
from warehouses.models import Hub, PickList, PickTask, Sku
from warehouses.services.picking import Pick, PickOutcome, record_picks, start_pick_list

BUYER = Place(name="Jan de Vries", line1="Prinsengracht 263", postcode="1016 GV", city="Amsterdam", country="NL")
SECRET = "a webhook secret of thirty-two characters"
_numbers = itertools.count(1)


def given_order(contents: Mapping[Sku, int], **fields: Any) -> OrderInput:
    """What a door hands to intake."""
    values: dict[str, Any] = {
        "external_ref": f"shop-{next(_numbers)}",
        "ship_to": BUYER,
        "lines": tuple(LineInput(sku=sku.code, quantity=n, unit_price_cents=1_250) for sku, n in contents.items()),
        "placed_at": clock.now(),
    }
    return OrderInput(**{**values, **fields})


def ordered(hub: Hub, contents: Mapping[Sku, int], **fields: Any) -> Order:
    """An order just received."""
    seller = next(iter(contents)).seller
    return take_order(seller=seller, hub=hub, order=given_order(contents, **fields)).order


def fresh(order: Order) -> Order:
    """The order as it stands in the database now."""
    return Order.objects.get(pk=order.pk)


def released(hub: Hub) -> Wave:
    """Everything that can go is promised, in a wave, on pick lists."""
    allocate_hub(hub_id=hub.pk)
    wave = plan_wave(hub=hub)
    assert wave is not None
    return release_wave(wave_id=wave.pk, seed=1, time_limit_s=0.2)


def on_carts(wave: Wave, worker: User | None = None) -> list[PickList]:
    """The wave's carts, set up with free totes."""
    worker = worker or make_user()
    free = wave.hub.bins.filter(kind="tote").exclude(rides__in=_riding()).order_by("pk")
    codes = iter(list(free.values_list("code", flat=True)))
    lists = PickList.objects.filter(work_ref=wave.number, state=PickList.State.PLANNED).order_by("pk")
    return [
        start_pick_list(
            pick_list_id=row.pk, worker_id=worker.pk, totes={slot.slot: next(codes) for slot in row.totes.all()}
        )
        for row in lists
    ]


def _riding() -> Any:
    return PickTask._meta.get_field("cart_tote").related_model.objects.filter(freed_at=None, tote__isnull=False)


def walked(pick_list: PickList, *, missing: Mapping[Sku, int] | None = None) -> PickOutcome:
    """The picker walks every open stop; `missing` units of an item are not in their bin."""
    lacking = {code_of(sku): n for sku, n in (missing or {}).items()}
    picks = []
    for pick in picks_of(pick_list):
        short = min(lacking.pop(pick.item_code, 0), pick.quantity)
        picks.append(
            Pick(
                scan_id=uuid.uuid4(),
                bin_code=pick.bin_code,
                item_code=pick.item_code,
                tote_code=pick.tote_code,
                quantity=pick.quantity - short,
                short=short,
            )
        )
    return record_picks(pick_list_id=pick_list.pk, worker_id=pick_list.worker_id, picks=picks)


def picked(hub: Hub, contents: Mapping[Sku, int], **fields: Any) -> Order:
    """An order whose units are all in totes. The stock must be there."""
    order = ordered(hub, contents, **fields)
    for pick_list in on_carts(released(hub)):
        walked(pick_list)
    return fresh(order)


def with_carrier(hub: Hub, base_url: str = "http://127.0.0.1:9") -> Hub:
    """The hub with boxes and the simulated carrier's account, by default one that nobody answers for."""
    install_boxes()
    install_simulated_carrier(site=hub.code, base_url=base_url, webhook_secret=SECRET)
    return hub


def bench_scans(order: Order) -> list[PackScan]:
    """What a packer scans who finds exactly what was picked."""
    tasks = PickTask.objects.filter(reservation__demand_group=order.number, picked__gt=0)
    return [
        PackScan(tote_code=task.cart_tote.tote.code, item_code=code_of(task.sku), quantity=task.picked)
        for task in tasks.select_related("cart_tote__tote", "sku").order_by("pk")
    ]
