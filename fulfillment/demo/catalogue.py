"""Entering sellers and their items: master data, which no service of the day changes."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from fulfillment.demo.goods import ItemPlan, SellerPlan
from fulfillment.services.trading import set_trader_number
from warehouses.models import Seller, Sku
from warehouses.services.hazmat import approve_hazmat
from warehouses.services.skus import SkuInput, save_skus


@transaction.atomic
def install_sellers(*, plans: Sequence[SellerPlan]) -> dict[str, Seller]:
    """The sellers by code, with their items and barcodes, made where missing."""
    found = {}
    for plan in plans:
        seller, _ = Seller.objects.get_or_create(
            code=plan.code, defaults={"name": plan.name, "email": plan.email, "country": plan.country}
        )
        _install_items(seller, plan.items)
        for kind, area, number in plan.numbers:
            set_trader_number(seller=seller, kind=kind, area=area, number=number)
        found[plan.code] = seller
    return found


def _install_items(seller: Seller, items: Sequence[ItemPlan]) -> None:
    known = set(Sku.objects.filter(seller=seller).values_list("code", flat=True))
    fresh = [_item(item) for item in items if item.code not in known]
    for saved in save_skus(seller=seller, items=fresh):
        if saved.sku.hazmat_class:
            approve_hazmat(sku_id=saved.sku.pk)


def _item(item: ItemPlan) -> SkuInput:
    return SkuInput(
        code=item.code,
        name=item.name,
        weight_g=item.weight_g,
        length_mm=item.length_mm,
        width_mm=item.width_mm,
        height_mm=item.height_mm,
        barcodes=(item.code_read,),
        is_fragile=item.is_fragile,
        **_danger(item),
        tracks_lots=item.tracks_lots,
        hs_code=item.hs_code,
        origin_country=item.origin_country,
    )


def _danger(item: ItemPlan) -> dict[str, Any]:
    """What an item says of its dangers: liquids and sprays are packed in limited quantities."""
    if item.danger is None:
        return {}
    return {
        "hazmat_class": item.danger.hazmat_class,
        "un_number": item.danger.un_number,
        "limited_quantity": item.danger.net_ml > 0,
        "net_quantity_ml": item.danger.net_ml,
        "battery_wh": item.danger.battery_wh,
    }
