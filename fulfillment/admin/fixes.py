"""One click to the fix: where to go for each reason an order waits."""

from collections.abc import Callable
from typing import Final, NamedTuple

from foundation.admin.links import button_url, list_url, page_url
from fulfillment.models import LeftBehind, Order, Wave
from fulfillment.selectors.stuck import StuckGroup
from shipping.models import Manifest
from warehouses.models import Count, Hub, Inbound, Lot, PickList


class Fix(NamedTuple):
    """Words for a link, and where it goes."""

    label: str
    url: str


def _orders(group: StuckGroup, hub: Hub) -> str:
    return orders_url(hub, group)


def _addresses(group: StuckGroup, hub: Hub) -> str:
    """One order's form; of several the list, since each has its own."""
    one = "" if group.count > 1 else button_url(group.orders[0], "correct_address", "shipping.change_address")
    return one or orders_url(hub, group)


FIXES: Final[dict[str, tuple[str, Callable[[StuckGroup, Hub], str]]]] = {
    "address_unclear": ("Correct addresses", _addresses),
    "seller_asked": ("See the orders", _orders),
    "short_pick": ("Count the bins", lambda group, hub: list_url(Count, state__exact="open", hub__id__exact=hub.pk)),
    "stock_expired": ("See the lots", lambda group, hub: list_url(Lot)),
    "lot_recalled": ("See the lots", lambda group, hub: list_url(Lot, recalled_at__isnull=False)),
    "carrier_refused": ("See the orders", _orders),
    "not_allocated_yet": ("See the orders", _orders),
    "no_stock": ("See the inbounds", lambda group, hub: list_url(Inbound, hub__id__exact=hub.pk)),
    "waits_for_wave": ("Plan a wave", lambda group, hub: list_url(Wave, hub__id__exact=hub.pk)),
    "waits_for_release": ("Release the wave", lambda group, hub: page_url(group.wave) if group.wave else ""),
    "waits_for_picker": ("See the pick lists", lambda group, hub: open_lists_url(hub)),
    "being_picked": ("See the pick lists", lambda group, hub: open_lists_url(hub)),
    "waits_for_packing": ("See the orders", _orders),
    "left_behind": ("See what was left behind", lambda group, hub: list_url(LeftBehind, hub__id__exact=hub.pk)),
    "waits_for_dispatch": ("See the manifests", lambda group, hub: list_url(Manifest)),
}
"""By `Why.code`."""

_LIST_STATES: Final = {"waits_for_picker": PickList.State.PLANNED.value, "being_picked": PickList.State.PICKING.value}


def fix_for(group: StuckGroup, hub: Hub) -> Fix:
    """Where somebody goes to get a group of stuck orders moving."""
    label, url = FIXES.get(group.why.code, ("See the orders", _orders))
    where = url(group, hub)
    return Fix(label, where) if where else Fix("See the orders", orders_url(hub, group))


def orders_url(hub: Hub, group: StuckGroup) -> str:
    """The list of a group's orders."""
    lookup: dict[str, object] = {"hub__id__exact": hub.pk, "state__exact": group.state}
    if group.hold:
        lookup["hold__exact"] = group.hold
    elif group.wave:
        lookup["wave__id__exact"] = group.wave.pk
    elif list_state := _LIST_STATES.get(group.why.code):
        lookup["lines__reservation__tasks__pick_list__state__exact"] = list_state
    return list_url(Order, **lookup)


def open_lists_url(hub: Hub) -> str:
    """The carts that wait or are walked."""
    return list_url(PickList, hub__id__exact=hub.pk, state__in="planned,picking")
