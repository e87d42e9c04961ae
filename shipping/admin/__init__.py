"""Shipping in the admin: supervisors look, filter and press buttons; states follow scans and are never typed in."""

from shipping.admin import borders, flow, news, terms

__all__ = ["borders", "flow", "news", "terms"]
