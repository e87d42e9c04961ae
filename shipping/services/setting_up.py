"""Putting a hub on its feet: its box list, and an account at the simulated carrier. Safe to run again."""

from django.db import transaction

from shipping.carriers import simulator_terms
from shipping.models import Box, Carrier, CarrierAccount, HazardSticker, RateTier, Service
from shipping.services.credentials import sealed_credentials, sealer

_STICKERS = (("UN3481", "STK-UN3481"), ("UN3480", "STK-UN3480"))

_BOXES = (
    # code, name, inner length, width, height, wall, tare, gross limit
    ("LB1", "Letterbox flat", 340, 240, 24, 2, 90, 2_000),
    ("A1", "Jewellery box", 150, 120, 60, 3, 60, 2_000),
    ("A2", "Small box", 220, 160, 100, 3, 110, 5_000),
    ("B1", "Shoe box", 310, 220, 120, 4, 180, 10_000),
    ("B2", "Medium box", 305, 230, 200, 4, 240, 15_000),
    ("C1", "Large flat box", 430, 310, 150, 4, 330, 20_000),
    ("C2", "Large box", 430, 310, 280, 4, 460, 23_000),
    ("D1", "Extra large box", 580, 380, 380, 5, 820, 23_000),
    ("D2", "Outer carton", 780, 560, 460, 7, 1_600, 30_000),
)


def usual_boxes() -> list[Box]:
    """The usual nine boxes, not saved."""
    return [
        Box(
            code=code,
            name=name,
            inner_length_mm=length,
            inner_width_mm=width,
            inner_height_mm=height,
            wall_mm=wall,
            tare_g=tare_g,
            max_weight_g=max_weight_g,
        )
        for code, name, length, width, height, wall, tare_g, max_weight_g in _BOXES
    ]


def install_boxes() -> list[Box]:
    """The usual nine boxes, made where missing; a box already there keeps what was entered for it."""
    boxes = usual_boxes()
    Box.objects.bulk_create(boxes, ignore_conflicts=True)
    return list(Box.objects.filter(code__in=[box.code for box in boxes]))


def install_stickers(*, site: str) -> None:
    """Rolls of the two usual battery marks at `site`, made where missing."""
    for mark, barcode in _STICKERS:
        HazardSticker.objects.get_or_create(site=site, barcode=barcode, defaults={"mark": mark})


def install_simulated_carrier(
    *, site: str, base_url: str, webhook_secret: str, token: str = simulator_terms.DEFAULT_TOKEN
) -> Carrier:
    """The simulated carrier with its services and prices, and `site`'s account at it, brought up to date."""
    with transaction.atomic():
        carrier, _made = Carrier.objects.get_or_create(
            code="simulator", defaults={"name": "Simulated Post", "adapter": "simulator"}
        )
        CarrierAccount.objects.update_or_create(
            carrier=carrier,
            site=site,
            active=True,
            defaults={
                "base_url": base_url,
                "sealed_credentials": sealed_credentials({"token": token}),
                "webhook_secrets": [{"secret": sealer().seal(webhook_secret), "until": None}],
            },
        )
        for terms in simulator_terms.SERVICES:
            service, _made = Service.objects.update_or_create(
                carrier=carrier,
                code=terms.code,
                defaults={
                    "name": terms.name,
                    "destinations": sorted(terms.destinations),
                    "max_weight_g": terms.max_weight_g,
                    "max_length_mm": terms.max_length_mm,
                    "max_thickness_mm": terms.max_thickness_mm,
                    "max_girth_mm": terms.max_girth_mm,
                    "transit_days": terms.transit_days,
                    "takes_lq": not terms.by_air,
                    "takes_batteries": True,
                    "by_air": terms.by_air,
                },
            )
            for up_to_g, price_cents in terms.tiers:
                RateTier.objects.update_or_create(
                    service=service, up_to_g=up_to_g, defaults={"price_cents": price_cents}
                )
        return carrier
