"""Trading: the numbers that customs and tax offices gave a seller, entered once and checked for their shape."""

from django.db import transaction

from foundation.errors import Invalid
from fulfillment.models import TraderNumber
from shipping.planning.numbers import is_eu_eori, is_gb_eori, is_ioss, is_vat_number, tidy
from warehouses.models import Seller


@transaction.atomic
def set_trader_number(*, seller: Seller, kind: str, area: str, number: str) -> TraderNumber:
    """The seller's number of this kind in this area, new or in place of the one there was; the same again is once.

    Raises `Invalid` (`area_invalid`, `number_invalid`). Orders that waited for it go on within a minute.
    """
    checked = checked_number(kind=kind, area=area, number=number)
    row, _made = TraderNumber.objects.update_or_create(
        seller=seller, kind=kind, area=area, defaults={"number": checked}
    )
    return row


def checked_number(*, kind: str, area: str, number: str) -> str:
    """The number as it is kept. Raises `Invalid` (`area_invalid`, `number_invalid`)."""
    plain = tidy(number)
    match kind, area:
        case TraderNumber.Kind.EORI, "EU":
            is_right = is_eu_eori(plain)
        case TraderNumber.Kind.EORI, "GB":
            is_right = is_gb_eori(plain)
        case TraderNumber.Kind.IOSS, "EU":
            is_right = is_ioss(plain)
        case TraderNumber.Kind.VAT, country if len(country) == 2 and country.isalpha() and country.isupper():
            is_right = is_vat_number(country, plain)
        case _:
            message = "An EORI is of EU or GB, an IOSS number of EU, a VAT number of a country."
            raise Invalid(message, code="area_invalid", field="area")
    if not is_right or len(plain) > 20:
        named = TraderNumber.Kind(kind).label
        raise Invalid(f"This can't be an {named} of {area}.", code="number_invalid", field="number")
    return plain
