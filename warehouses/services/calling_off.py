"""Calling off: inbounds that their seller cancels, and those that never came."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Coalesce, TruncDate

from foundation.errors import Conflict, NotFound
from warehouses.locks import lock_inbound
from warehouses.models import Hub, Inbound
from warehouses.services.docking import give_place_back
from warehouses.services.freshness import today_in
from warehouses.services.moving import ring
from warehouses.signals import News, What


@transaction.atomic
def cancel_inbound(*, inbound_id: int, by_hub: bool = False) -> Inbound:
    """The inbound does not come, which its seller says before he sends it. Its place at the dock is free again.

    Its SSCCs are never used for anything else. Twice is once. Raises `NotFound` (`inbound_unknown`), `Conflict`:
    `inbound_on_its_way` once it was handed to a carrier, `inbound_not_open` once it has arrived or expired.
    """
    inbound = _locked(inbound_id)
    if inbound.state == Inbound.State.CANCELLED:
        return inbound
    if inbound.state == Inbound.State.IN_TRANSIT:
        text = f"{inbound.number} is on its way: it can't be cancelled. What comes is taken in."
        raise Conflict(text, code="inbound_on_its_way")
    if inbound.state not in (Inbound.State.DRAFT, Inbound.State.PLANNED):
        raise Conflict(f"{inbound.number} is {inbound.get_state_display().lower()}.", code="inbound_not_open")
    inbound.cancel()
    _end(inbound, What.CANCELLED, "The inbound was cancelled.", by="hub" if by_hub else "seller")
    return inbound


def overdue_inbounds(hub: Hub) -> list[int]:
    """Ids of the hub's inbounds of which nothing has come, its days of waiting after the last expected one.

    Where no day was named, it waits from the day of the plan.
    """
    planned_on = TruncDate("created_at", tzinfo=ZoneInfo(hub.timezone))
    rows = Inbound.objects.filter(hub=hub, state__in=Inbound.COMING).alias(
        last_day=Coalesce("expected_until", "expected_on", planned_on)
    )
    waited_since = today_in(hub) - timedelta(days=hub.inbound_expiry_days)
    return list(rows.filter(last_day__lt=waited_since).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def expire_inbound(*, inbound_id: int) -> Inbound:
    """Nobody waits for it any longer; one that has arrived meanwhile, or was cancelled, stays as it is. Twice is once.

    What comes after all needs a new plan. Raises `NotFound` (`inbound_unknown`).
    """
    inbound = _locked(inbound_id)
    if inbound.state in Inbound.COMING:
        inbound.expire()
        _end(inbound, What.EXPIRED, "The inbound never came.")
    return inbound


def _locked(inbound_id: int) -> Inbound:
    try:
        return lock_inbound(inbound_id)
    except Inbound.DoesNotExist:
        raise NotFound("There is no such inbound.", code="inbound_unknown") from None


def _end(inbound: Inbound, what: What, reason: str, **data: str) -> None:
    inbound.save(update_fields=["state"])
    give_place_back(inbound, reason)
    ring(inbound.hub_id, [], news=[News(what, inbound, data)])
