"""Stopping: a hub whose books do not add up promises nothing more until a person has looked and resumes it."""

from collections.abc import Sequence

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid
from warehouses.locks import lock_allocator
from warehouses.models import HubStop
from warehouses.services.moving import ring

LONGEST_REASON = 200


def is_stopped(hub_id: int) -> bool:
    """Whether the hub's allocation stands still. Sure only under the allocator's lock."""
    return HubStop.objects.filter(hub=hub_id, resumed_at=None).exists()


@transaction.atomic
def stop_hub(*, hub_id: int, invariants: Sequence[str], differences: int) -> HubStop:
    """Stops the hub's allocation; a page of it under way is waited for. Stopped already, what is broken is noted."""
    lock_allocator(hub_id)
    now = clock.now()
    found = {"invariants": sorted(invariants), "differences": differences, "seen_at": now}
    stop, _ = HubStop.objects.update_or_create(
        hub_id=hub_id, resumed_at=None, defaults=found, create_defaults={**found, "stopped_at": now}
    )
    return stop


@transaction.atomic
def resume_hub(*, hub_id: int, reason: str, actor_id: int | None = None) -> HubStop:
    """Lets the hub's allocation go on. Raises `Invalid` (`reason_invalid`), `Conflict` (`hub_not_stopped`)."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise Invalid(
            f"Say why it may go on, in 1 to {LONGEST_REASON} characters.", code="reason_invalid", field="reason"
        )
    lock_allocator(hub_id)
    stop = HubStop.objects.filter(hub=hub_id, resumed_at=None).first()
    if stop is None:
        raise Conflict("This hub is not stopped.", code="hub_not_stopped")
    stop.resumed_at, stop.resumed_by_id, stop.reason = clock.now(), actor_id, reason
    stop.save(update_fields=["resumed_at", "resumed_by", "reason"])
    ring(hub_id, (), is_open_again=True)
    return stop
