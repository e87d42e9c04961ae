"""The top floor in the admin: orders to hand-overs, access, billing, intake, the control room, every trail."""

from fulfillment.admin import access, billing, choosing, hand_overs, intake, orders, packing, trails, waves

__all__ = ["access", "billing", "choosing", "hand_overs", "intake", "orders", "packing", "trails", "waves"]
