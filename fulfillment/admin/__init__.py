"""The top floor in the admin: orders, waves, packing, access, billing, intake, control room, every trail."""

from fulfillment.admin import access, billing, intake, orders, packing, trails, waves

__all__ = ["access", "billing", "intake", "orders", "packing", "trails", "waves"]
