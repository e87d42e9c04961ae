"""Closing: an inbound is over when every unit is in its bin and every case is settled."""

from django.db import transaction
from django.db.models import F, Sum

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.quantities import counted
from warehouses.locks import lock_inbound
from warehouses.models import CartonLine, Case, Inbound, PutawayTask


def close_if_put_away(inbound: Inbound) -> None:
    """Closes the locked inbound if every carton is counted, every counted unit in its bin, and no case unsettled.

    Only the paper waits for cases: what is put away can be sold.
    """
    if inbound.state != Inbound.State.RECEIVED:
        return
    done = PutawayTask.objects.filter(work_ref=inbound.number, state=PutawayTask.State.DONE)
    put = done.aggregate(n=Sum("quantity"))["n"] or 0
    lines = CartonLine.objects.filter(carton__inbound=inbound)
    if put != (lines.aggregate(n=Sum(F("good") + F("damaged")))["n"] or 0):
        return
    if inbound.sellable_at is None:  # where nothing was found, nothing is left to wait for either
        inbound.sellable_at = clock.now()
    if not inbound.cases.filter(state__in=Case.UNSETTLED).exists():
        inbound.close()
    inbound.save(update_fields=["state", "sellable_at"])


@transaction.atomic
def close_inbound(*, inbound_id: int) -> Inbound:
    """Closes an inbound by hand, as it closes by itself when nothing is left to do. Twice is once.

    Raises `NotFound` (`inbound_unknown`), `Conflict`: `inbound_not_received`, `cases_open`, `units_on_dock`.
    """
    try:
        inbound = lock_inbound(inbound_id)
    except Inbound.DoesNotExist:
        raise NotFound("There is no such inbound.", code="inbound_unknown") from None
    close_if_put_away(inbound)
    if inbound.state == Inbound.State.CLOSED:
        return inbound
    if inbound.state != Inbound.State.RECEIVED:
        raise Conflict(f"{inbound.number} has cartons to count.", code="inbound_not_received")
    if unsettled := inbound.cases.filter(state__in=Case.UNSETTLED).count():
        raise Conflict(f"{inbound.number} has {counted(unsettled, 'unsettled case')}.", code="cases_open")
    raise Conflict(f"Goods of {inbound.number} are not in their bins yet.", code="units_on_dock")
