"""Collecting: asking a carrier to come to a hub, and calling it off, so that one visit is booked whatever happens.

A request is written down before the carrier is called. The carriers asked here answer the same reference with the same
visit, so a request in doubt is simply made again. No transaction is open while a carrier is called.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, Unavailable
from shipping.carriers.base import CarrierError, CarrierRefused, PickupOrder, Place
from shipping.carriers.registry import ADAPTERS
from shipping.locks import lock_pickup
from shipping.models import Pickup
from shipping.selectors import waiting_parcels
from shipping.services.accounts import account_of, open_account, refuse_in_transaction


def request_pickup(*, site: str, carrier_code: str, place: Place, ready_at: datetime, close_at: datetime) -> Pickup:
    """Asks the hub's carrier to come within the window. Asked again for its beginning, it is the same visit.

    The answer is confirmed, refused (`refusal` says why), or still requested when the carrier does not answer: a job
    goes on. Raises `Invalid` (`pickup_window`), `Conflict` (`no_account`, `no_pickups`). Outside a transaction.
    """
    refuse_in_transaction()
    if not clock.now() < close_at or not ready_at < close_at:
        raise Invalid("The window ends before it begins, or is over.", code="pickup_window", field="close_at")
    account = account_of(site=site, carrier_code=carrier_code)
    if not ADAPTERS[account.carrier.adapter].capabilities.pickups:
        message = f"{account.carrier} can't be asked to come this way: call them."
        raise Conflict(message, code="no_pickups")
    same = Pickup.objects.filter(site=site, carrier=account.carrier, ready_at=ready_at)
    live = same.filter(state__in=[Pickup.State.REQUESTED, Pickup.State.CONFIRMED]).select_related("carrier")
    waiting = waiting_parcels(site=site, carrier_id=account.carrier_id).aggregate(n=Count("pk"), g=Sum("weight_g"))
    try:
        with transaction.atomic():
            pickup = live.first() or Pickup.objects.create(
                site=site,
                carrier=account.carrier,
                place=asdict(place),
                ready_at=ready_at,
                close_at=close_at,
                parcels=waiting["n"],
                weight_g=waiting["g"] or 0,
                requested_at=clock.now(),
            )
    except IntegrityError:  # somebody asked at the same moment
        pickup = live.get()
    return settle_pickup(pickup_id=pickup.pk)


def settle_pickup(*, pickup_id: int) -> Pickup:
    """Finds out whether the carrier comes, by asking it (again). Settled already, nothing is asked.

    Raises `NotFound`, `Conflict` (`no_account`). Outside a transaction.
    """
    refuse_in_transaction()
    pickup = _find(pickup_id)
    if pickup.state != Pickup.State.REQUESTED:
        return pickup
    order = PickupOrder(
        reference=str(pickup.reference),
        place=Place(**pickup.place),
        ready_at=pickup.ready_at,
        close_at=pickup.close_at,
        parcels=pickup.parcels,
        weight_g=pickup.weight_g,
    )
    try:
        with open_account(account_of(site=pickup.site, carrier_code=pickup.carrier.code)) as carrier:
            booked = carrier.book_pickup(order)
    except CarrierRefused as refusal:
        message = refusal.message[:300]
        return _settle(pickup_id, Pickup.State.REQUESTED, lambda row: _refuse(row, message))
    except CarrierError:
        return pickup
    return _settle(pickup_id, Pickup.State.REQUESTED, lambda row: _confirm(row, booked.carrier_ref))


def settle_pickups() -> None:
    """Goes on with every request that nobody has answered, while its window lasts."""
    open_ones = Pickup.objects.filter(state=Pickup.State.REQUESTED, close_at__gt=clock.now())
    for pickup_id in open_ones.order_by("pk").values_list("pk", flat=True):
        settle_pickup(pickup_id=pickup_id)


def cancel_pickup(*, pickup_id: int) -> Pickup:
    """Calls a visit off. Cancelled or refused already, it stays so.

    Raises `NotFound`, `Conflict` (`pickup_in_doubt`: the carrier has not answered yet; `pickup_refused`: it comes all
    the same), `Unavailable` (`carrier_unavailable`: call again). Outside a transaction.
    """
    refuse_in_transaction()
    pickup = settle_pickup(pickup_id=pickup_id)
    if pickup.state == Pickup.State.REQUESTED:
        raise Conflict("The carrier has not answered yet: try again in a minute.", code="pickup_in_doubt")
    if pickup.state != Pickup.State.CONFIRMED:
        return pickup
    try:
        with open_account(account_of(site=pickup.site, carrier_code=pickup.carrier.code)) as carrier:
            carrier.cancel_pickup(pickup.carrier_ref)
    except CarrierRefused as refusal:
        raise Conflict(refusal.message, code="pickup_refused") from refusal
    except CarrierError as trouble:
        raise Unavailable(trouble.message, code="carrier_unavailable") from trouble
    return _settle(pickup_id, Pickup.State.CONFIRMED, Pickup.cancel)


def _settle(pickup_id: int, before: str, change: Callable[[Pickup], None]) -> Pickup:
    """Writes an answer down, unless somebody else has."""
    with transaction.atomic():
        pickup = lock_pickup(pickup_id)
        assert pickup is not None, "pick-ups are never deleted"
        if pickup.state == before:
            change(pickup)
            pickup.settled_at = clock.now()
            pickup.save(update_fields=["state", "carrier_ref", "refusal", "settled_at"])
        return pickup


def _confirm(pickup: Pickup, carrier_ref: str) -> None:
    pickup.confirm()
    pickup.carrier_ref = carrier_ref


def _refuse(pickup: Pickup, message: str) -> None:
    pickup.refuse()
    pickup.refusal = message


def _find(pickup_id: int) -> Pickup:
    pickup = Pickup.objects.select_related("carrier").filter(pk=pickup_id).first()
    if pickup is None:
        raise NotFound("There is no such pick-up.", code="pickup_unknown")
    return pickup
