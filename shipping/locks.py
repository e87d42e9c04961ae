"""Every row lock of this floor, in one order, by key within a table.

The order: deliveries, accounts, trailers, manifests, shipments, purchases; pick-ups are locked alone.
Nothing else may call `select_for_update` here. Locks live as long as the caller's transaction.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from shipping.models import CarrierAccount, LabelPurchase, Manifest, Pickup, Shipment, Trailer, WebhookDelivery


def lock_shipments(ids: Collection[int]) -> dict[int, Shipment]:
    """These shipments, locked in order of their key, by id. Ids that do not exist are absent."""
    rows = Shipment.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}


def lock_free_purchases(purchases: QuerySet[LabelPurchase], *, limit: int) -> list[LabelPurchase]:
    """Up to `limit` of `purchases` without a lease, locked; rows another transaction is taking are left out."""
    return list(
        purchases.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")[:limit]
    )


def lock_purchases(ids: Collection[int]) -> dict[int, LabelPurchase]:
    """These purchases, locked in order of their key, by id."""
    rows = LabelPurchase.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}


def lock_trailer(trailer_id: int) -> Trailer | None:
    """One trailer, locked: nobody loads it, and it leaves once."""
    return Trailer.objects.select_for_update(of=("self",), no_key=True).filter(pk=trailer_id).first()


def lock_trailer_shared(trailer_id: int) -> Trailer | None:
    """One trailer, locked against leaving and closing; others may load it at the same time."""
    rows = Trailer.objects.raw("SELECT * FROM shipping_trailer WHERE id = %s FOR SHARE", [trailer_id])
    return next(iter(rows), None)


def lock_manifest(manifest_id: int) -> Manifest | None:
    """One manifest, locked."""
    return Manifest.objects.select_for_update(of=("self",)).filter(pk=manifest_id).first()


def lock_account(account_id: int) -> CarrierAccount | None:
    """One carrier account, locked: closing a manifest and rotating a secret go one at a time."""
    return CarrierAccount.objects.select_for_update(of=("self",)).filter(pk=account_id).first()


def lock_pickup(pickup_id: int) -> Pickup | None:
    """One pick-up, locked."""
    return Pickup.objects.select_for_update(of=("self",)).select_related("carrier").filter(pk=pickup_id).first()


def lock_waiting_deliveries(limit: int) -> list[WebhookDelivery]:
    """Up to `limit` waiting webhooks that are due, oldest first; those another worker holds are skipped."""
    return list(
        WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, next_try_at__lte=Now())
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")[:limit]
    )


def lock_delivery(delivery_id: int) -> WebhookDelivery | None:
    """One webhook delivery, locked."""
    return WebhookDelivery.objects.select_for_update(of=("self",)).filter(pk=delivery_id).first()
