"""The first floor's one bell: rung inside the transaction, with a list, when stock has moved."""

from django.dispatch import Signal

stock_moved = Signal()
"""`moves`: a list of `warehouses.services.moving.Moved`, all of one hub; `displaced`: ids of reservations that lost a
bin or a promise by it; `recalls`: ids of lots whose recall began or ended. Only `fulfillment.listeners` connects."""
