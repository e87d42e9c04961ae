"""Addresses as documents draw them."""

from fulfillment.models import Order
from labels.documents.address import PostalAddress
from shipping.models import Address


def printable(address: Address) -> PostalAddress:
    """An address as the documents draw it."""
    return PostalAddress(
        name=address.name,
        company=address.company,
        lines=tuple(line for line in (address.line1, address.line2) if line),
        postcode=address.postcode,
        city=address.city,
        region=address.region,
        country=address.country,
        phone=address.phone,
    )


def seller_at_hub(order: Order) -> PostalAddress:
    """The seller, at the hub that sends for him."""
    hub = order.hub
    return PostalAddress(
        name=order.seller.name,
        company=f"c/o {hub.company or hub.name}",
        lines=(hub.street,),
        postcode=hub.postcode,
        city=hub.city,
        country=hub.country,
        phone=hub.phone,
    )
