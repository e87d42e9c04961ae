"""The top floor in the admin: orders, waves, packing, access, intake, the control room and every page's trail."""

from fulfillment.admin import access, intake, orders, packing, trails, waves

__all__ = ["access", "intake", "orders", "packing", "trails", "waves"]
