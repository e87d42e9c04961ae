"""Dispatch: the carrier's van is at the door; what has a label leaves with it."""

from shipping.models import Manifest
from shipping.services.manifesting import close_manifest, hand_over_manifest
from warehouses.models import Hub


def dispatch_hub(*, hub: Hub, carrier_code: str) -> Manifest | None:
    """Closes the carrier's manifest over every labelled parcel and hands it over; None when there is none.

    Talks to the carrier, so it runs outside a transaction. The hand-over comes back up through the listener:
    orders are shipped and their units leave the ledger, in one transaction with the parcels' scans.
    """
    manifest = close_manifest(site=hub.code, carrier_code=carrier_code)
    if manifest is not None:
        hand_over_manifest(manifest_id=manifest.pk)
    return manifest
