"""Daily pick-ups: carriers whose accounts have a window are asked to come on every working day of the hub."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from foundation import clock
from foundation.errors import DomainError
from fulfillment.services.packing import sender
from shipping.models import CarrierAccount, Pickup
from shipping.services.collecting import request_pickup
from warehouses.models import Hub

log = structlog.get_logger("pakhuis.pickups")


def book_daily_pickups() -> list[Pickup]:
    """Asks for today's visits that nobody has asked for yet; called off or refused, today's is not asked for again.

    A carrier that can't be asked is an error in the log, and keeps no other from being asked. Outside a transaction.
    """
    asked = []
    hubs = {hub.code: hub for hub in Hub.objects.all()}
    daily = CarrierAccount.objects.filter(active=True, carrier__active=True, pickup_from__isnull=False)
    for account in daily.select_related("carrier").order_by("pk"):
        hub = hubs.get(account.site)
        window = _window_today(hub, account) if hub else None
        if hub is None or window is None:
            continue
        ready_at, close_at = window
        if Pickup.objects.filter(site=hub.code, carrier=account.carrier, ready_at=ready_at).exists():
            continue
        try:
            asked.append(
                request_pickup(
                    site=hub.code,
                    carrier_code=account.carrier.code,
                    place=sender(hub),
                    ready_at=ready_at,
                    close_at=close_at,
                )
            )
        except DomainError as refusal:
            log.exception("no daily pick-up", site=account.site, carrier=account.carrier.code, code=refusal.code)
    return asked


def _window_today(hub: Hub, account: CarrierAccount) -> tuple[datetime, datetime] | None:
    """Today's window at the hub; None on a day off, or when it is over."""
    now = clock.now().astimezone(ZoneInfo(hub.timezone))
    if account.pickup_from is None or account.pickup_until is None or now.isoweekday() not in hub.work_days:
        return None
    ready_at = datetime.combine(now.date(), account.pickup_from, tzinfo=now.tzinfo)
    close_at = datetime.combine(now.date(), account.pickup_until, tzinfo=now.tzinfo)
    return (ready_at, close_at) if now < close_at else None
