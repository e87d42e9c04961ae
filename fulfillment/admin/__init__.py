"""The top floor in the admin: orders, waves, packing, access, billing, customs, intake, control room, every trail."""

from fulfillment.admin import access, billing, customs, intake, orders, packing, trails, waves

__all__ = ["access", "billing", "customs", "intake", "orders", "packing", "trails", "waves"]
