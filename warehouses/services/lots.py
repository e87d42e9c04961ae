"""Lots: the one that a seller names for units that become an item kept by lot."""

from datetime import date

from foundation.errors import Conflict, Invalid
from warehouses.models import Lot, Sku
from warehouses.services.inbounds import LONGEST_LOT


def named_lot(*, sku: Sku, code: str, expires_on: date | None, today: date) -> Lot | None:
    """The item's lot of this code, made if it is new; None for an item that is not kept by lot.

    The rules are those of a plan. `today` is the hub's day. Raises `Invalid` (`lot_not_wanted`, `lot_needed`,
    `lot_invalid`; `lot_expired` when its last good day is past), `Conflict` (`lot_date_differs`) when the hub knows the
    lot with another last day.
    """
    if not sku.tracks_lots:
        if code or expires_on:
            raise Invalid(f"{sku.code} is not kept by lot.", code="lot_not_wanted", field="lot")
        return None
    if not code:
        raise Invalid(f"{sku.code} is kept by lot: say which.", code="lot_needed", field="lot")
    if len(code) > LONGEST_LOT or not code.isprintable():
        raise Invalid(f"A lot has at most {LONGEST_LOT} printable characters.", code="lot_invalid", field="lot")
    lot, _ = Lot.objects.get_or_create(sku=sku, code=code, defaults={"expires_on": expires_on})
    if expires_on and lot.expires_on != expires_on:
        known = f"with another last day, {lot.expires_on}" if lot.expires_on else "without a last day"
        text = f"Lot {code} of {sku.code} is known {known}."
        raise Conflict(text, code="lot_date_differs", field="expires_on")
    if lot.expires_on and lot.expires_on < today:
        text = f"The last good day of lot {code} of {sku.code} was {lot.expires_on}."
        raise Invalid(text, code="lot_expired", field="expires_on" if expires_on else "lot")
    return lot
