"""Carriers' moments as aware ones. Half of the feeds have no offset: then the zone is ours to assume, and it is said.

Pure. A local time that a change of the clocks makes double is taken as the earlier of the two; one that it skips,
as the clock before the change would have shown it.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shipping.carriers.base import WebhookMalformed

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_YEARS = range(1990, 2200)


def iso(text: object, *, zone: ZoneInfo = AMSTERDAM) -> tuple[datetime, bool]:
    """An ISO 8601 moment in UTC, and whether its zone was assumed to be `zone`. Raises `WebhookMalformed`."""
    if not isinstance(text, str):
        raise WebhookMalformed("An event has no moment.")
    try:
        return _aware(datetime.fromisoformat(text), zone)
    except ValueError as fault:
        raise WebhookMalformed("An event's moment is no ISO date.") from fault


def local(text: object, form: str, *, zone: ZoneInfo = AMSTERDAM) -> tuple[datetime, bool]:
    """A moment written as `form` (see `strptime`), in UTC; its zone is assumed. Raises `WebhookMalformed`."""
    if not isinstance(text, str):
        raise WebhookMalformed("An event has no moment.")
    try:
        return _aware(datetime.strptime(text, form), zone)  # noqa: DTZ007 - the zone is put on in the same breath
    except ValueError as fault:
        raise WebhookMalformed("An event's moment is not written as agreed.") from fault


def unix_ms(value: object) -> datetime:
    """Milliseconds since 1970 as a moment. Raises `WebhookMalformed`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 631_152_000_000 <= value < 7_258_118_400_000:
        raise WebhookMalformed("An event's moment is no time stamp.")
    return datetime.fromtimestamp(value / 1_000, UTC)


def _aware(at: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    if at.year not in _YEARS:
        raise WebhookMalformed("An event's moment is of no sensible year.")
    assumed = at.tzinfo is None
    return (at.replace(tzinfo=zone) if assumed else at).astimezone(UTC), assumed
