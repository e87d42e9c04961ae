"""The first floor's one bell: rung inside the transaction, with a list, when stock has moved."""

from django.dispatch import Signal

stock_moved = Signal()
"""`moves`: a list of `warehouses.services.moving.Moved`, all of one hub; with them `displaced`, `recalls` and
`is_open_again`, as `ring` there says. Only `fulfillment.listeners` connects."""
