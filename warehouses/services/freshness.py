"""Freshness: which lots can still reach a buyer in time."""

from datetime import date
from zoneinfo import ZoneInfo

from foundation import clock
from warehouses.models import Hub, Lot


def today_in(hub: Hub) -> date:
    """The hub's own date."""
    return clock.now().astimezone(ZoneInfo(hub.timezone)).date()


def is_too_old(lot: Lot | None, today: date) -> bool:
    """The lot's last good day is `today` (the hub's) or past: it would reach the buyer too late."""
    return bool(lot and lot.expires_on and lot.expires_on <= today)
