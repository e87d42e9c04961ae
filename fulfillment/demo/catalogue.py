"""Entering sellers and their items: master data, which no service of the day changes."""

from collections.abc import Sequence

from django.db import transaction

from fulfillment.demo.goods import ItemPlan, SellerPlan
from labels.drawing import gs1
from warehouses.models import Barcode, Seller, Sku
from warehouses.services.identifying import barcode_value


@transaction.atomic
def install_sellers(*, plans: Sequence[SellerPlan]) -> dict[str, Seller]:
    """The sellers by code, with their items and barcodes, made where missing."""
    found = {}
    for plan in plans:
        seller, _ = Seller.objects.get_or_create(
            code=plan.code, defaults={"name": plan.name, "email": plan.email, "country": plan.country}
        )
        _install_items(seller, plan.items)
        found[plan.code] = seller
    return found


def _install_items(seller: Seller, items: Sequence[ItemPlan]) -> None:
    known = set(Sku.objects.filter(seller=seller).values_list("code", flat=True))
    fresh = [item for item in items if item.code not in known]
    skus = Sku.objects.bulk_create([_sku(seller, item) for item in fresh], batch_size=500)
    Barcode.objects.bulk_create(
        [_barcode(seller, sku, item) for sku, item in zip(skus, fresh, strict=True)], batch_size=500
    )


def _sku(seller: Seller, item: ItemPlan) -> Sku:
    return Sku(
        seller=seller,
        code=item.code,
        name=item.name,
        weight_g=item.weight_g,
        length_mm=item.length_mm,
        width_mm=item.width_mm,
        height_mm=item.height_mm,
        is_fragile=item.is_fragile,
        hazmat_class=item.hazmat_class,
        tracks_lots=item.tracks_lots,
        hs_code=item.hs_code,
        origin_country=item.origin_country,
    )


def _barcode(seller: Seller, sku: Sku, item: ItemPlan) -> Barcode:
    kind = Barcode.Kind.GTIN if gs1.is_gtin(item.code_read) else Barcode.Kind.OWN
    return Barcode(seller=seller, sku=sku, kind=kind, value=barcode_value(item.code_read))
