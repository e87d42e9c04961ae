"""The top floor in the admin: orders, waves, packing, access, billing, intake, control room, every trail."""

from fulfillment.admin import access, billing, choosing, intake, orders, packing, trails, waves

__all__ = ["access", "billing", "choosing", "intake", "orders", "packing", "trails", "waves"]
