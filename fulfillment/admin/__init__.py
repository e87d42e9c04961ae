"""The top floor in the admin: orders to hand-overs, access, billing, customs, intake, the control room, every trail."""

from fulfillment.admin import (
    access,
    billing,
    choosing,
    customs,
    hand_overs,
    intake,
    orders,
    packing,
    pickups,
    trails,
    waves,
)

__all__ = [
    "access",
    "billing",
    "choosing",
    "customs",
    "hand_overs",
    "intake",
    "orders",
    "packing",
    "pickups",
    "trails",
    "waves",
]
