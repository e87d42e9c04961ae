"""Writing down where parcels go. The only way in to the one table with buyers' data."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from foundation import clock
from foundation.errors import FieldFault, Invalid
from foundation.sql import insertion
from shipping.carriers.base import Place
from shipping.models import Address
from shipping.planning.countries import COUNTRIES

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_REQUIRED = ("name", "line1", "city")
LONGEST = {field.name: field.max_length or 0 for field in Address._meta.fields}
FIELDS = ("name", "company", "line1", "line2", "postcode", "city", "region", "country", "phone", "email")
"""Everything an address has, by the names that places, files and forms use too."""


def add_address(*, place: Place, tenant_id: int | None = None) -> Address:
    """One new address, of a buyer of `tenant_id`.

    Raises `Invalid` with a fault per field: `missing`, `too_long`, `country_invalid`.
    """
    return add_addresses(places=[place], tenant_id=tenant_id)[0]


def add_addresses(*, places: Sequence[Place], tenant_id: int | None = None) -> list[Address]:
    """New addresses, in the order given, in one INSERT. One bad field refuses them all and names it.

    `tenant_id` is opaque here: nobody but this tenant, and the hub, will see them.
    """
    rows, faults = [], []
    for index, place in enumerate(places):
        values = clean_place(place)
        faults += place_faults(values, f"places[{index}]" if len(places) > 1 else "place")
        rows.append(Address(**values, tenant_id=tenant_id, created_at=clock.now()))
    if faults:
        raise Invalid(
            "The address is not complete enough to send a parcel to.",
            code="address_invalid",
            field=faults[0].where,
            faults=tuple(faults),
        )
    return Address.objects.bulk_create(rows, batch_size=1_000)


def add_addresses_from(source: str, params: Sequence[Any] = (), *, tenant_id: int | None = None) -> int:
    """New addresses out of a query, of buyers of `tenant_id`, in one INSERT; returns how many.

    `source` is what follows FROM, of a relation with `address_id` (drawn from `new_address_id()`) and all of
    `FIELDS`, cleaned by `clean_place` and passed by `place_faults`. For imports of many thousands.
    """
    given = {"id": "address_id", "created_at": "%s", "tenant_id": "%s::bigint"} | {field: field for field in FIELDS}
    sql, values = insertion(Address, given, source)
    with connection.cursor() as cursor:
        cursor.execute(sql, [clock.now(), tenant_id, *values, *params])
        return cursor.rowcount


def new_address_id() -> str:
    """SQL for the id of an address that is about to be made."""
    return "nextval(pg_get_serial_sequence('shipping_address', 'id'))"


def clean_place(place: Place) -> dict[str, str]:
    """The fields of a place as an address keeps them."""
    values = {field: clean(getattr(place, field)) for field in FIELDS}
    values["country"] = values["country"].upper()
    return values


def clean(text: str) -> str:
    """`text` composed (NFC), without control characters, its white space single and trimmed."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in composed)
    return " ".join(kept.split())


def place_faults(values: Mapping[str, str], where: str) -> list[FieldFault]:
    """What is wrong with one cleaned address. The faults name fields, never their contents."""
    faults = [
        FieldFault(f"{where}.{field}", "missing", f"An address needs its {field}.")
        for field in _REQUIRED
        if not values[field]
    ]
    if not _COUNTRY.fullmatch(values["country"]):
        faults.append(FieldFault(f"{where}.country", "country_invalid", "A country is two letters, such as NL."))
    elif values["country"] not in COUNTRIES:
        faults.append(FieldFault(f"{where}.country", "country_invalid", "There is no such country in ISO 3166-1."))
    faults += [
        FieldFault(f"{where}.{field}", "too_long", f"At most {LONGEST[field]} characters.")
        for field in FIELDS
        if field != "country" and len(values[field]) > LONGEST[field]
    ]
    return faults


def as_place(address: Address) -> Place:
    """The address as a carrier wants it."""
    return Place(**{field: getattr(address, field) for field in FIELDS})
