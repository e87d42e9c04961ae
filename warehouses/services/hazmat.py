"""Hazardous goods: an item of a UN class is let in once somebody has looked at its papers."""

from django.db import transaction

from foundation import clock
from foundation.errors import Conflict
from warehouses.models import Sku


@transaction.atomic
def approve_hazmat(*, sku_id: int) -> Sku:
    """From now on the dock takes the item in as the UN class it has; approved before, it stays as it is.

    Raises `Conflict` (`hazmat_none`) for an item without a UN class.
    """
    sku = Sku.objects.get(pk=sku_id)
    if not sku.hazmat_class:
        raise Conflict(f"{sku.code} has no UN class: there is nothing to approve.", code="hazmat_none")
    Sku.objects.filter(pk=sku_id, hazmat_class=sku.hazmat_class, hazmat_approved_at=None).update(
        hazmat_approved_at=clock.now()
    )
    sku.refresh_from_db()
    return sku
