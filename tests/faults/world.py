"""A hub with goods and a seller's token, made in the scratch database; says what it made as JSON. Run as a program."""

import json
import sys

import django

django.setup()

from tests.factories import make_hub, make_seller, make_sku, stock  # noqa: E402 - Django must be ready
from tests.fulfillment.api.machines import Machine  # noqa: E402

PLACES = ["01-01", "01-02", "02-01", "02-02"]


def main(scarce: int) -> None:
    """Four items: one of which only `scarce` units are there, and three of which there is plenty."""
    hub, seller = make_hub("FAULTS"), make_seller("faults")
    units = {}
    for n, place in enumerate(PLACES):
        sku = make_sku(seller, f"ITEM-{n}")
        units[sku.code] = scarce if n == 0 else 100_000
        stock(hub, sku, units[sku.code], place=place)
    sys.stdout.write(json.dumps({"token": Machine(seller).plain, "units": units, "hub_id": hub.pk}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
