"""The first floor's one bell: rung inside the transaction, with a list, when stock has moved."""

from django.dispatch import Signal

stock_moved = Signal()
"""`moves`: a list of `warehouses.services.moving.Moved`, all of one hub. Only `fulfillment.listeners` connects."""
