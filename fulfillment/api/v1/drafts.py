"""Drafts: a body that was refused, read as far as it can be, so that what only the hub can tell is told as well.

Whether there is such an item, a hub of that code, or a day that is past, a form cannot know. Where a body is no
good the draft holds something harmless: that place has its own fault already.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from foundation import clock
from fulfillment.services.intake import MOST_LINES, LineInput, OrderInput
from shipping.carriers.base import Place
from shipping.services.addresses import FIELDS
from warehouses.services.plans import CartonPlan, LinePlan


def order_draft(body: Mapping[str, Any]) -> OrderInput:
    """The order in a body, as far as it can be read."""
    place = _object(body.get("ship_to"))
    return OrderInput(
        external_ref=_code(body, "external_ref"),
        ship_to=Place(**{field: _text(place, field) for field in FIELDS}),
        lines=tuple(LineInput(sku=_code(line, "sku"), quantity=1) for line in _objects(body.get("lines"), MOST_LINES)),
        placed_at=clock.now(),
    )


def cartons_draft(body: Mapping[str, Any], *, most_cartons: int, most_lines: int) -> list[CartonPlan]:
    """The cartons of an inbound's body, as far as they can be read."""
    return [
        CartonPlan(
            tuple(
                LinePlan(
                    sku=_code(line, "sku"), quantity=1, lot=_code(line, "lot"), expires_on=day_in(line, "expires_on")
                )
                for line in _objects(carton.get("lines"), most_lines)
            ),
            pallet=1 if body.get("freight") == "pallet" else None,
        )
        for carton in _objects(body.get("cartons"), most_cartons)
    ]


def day_in(body: Mapping[str, Any], name: str) -> date | None:
    """The date under this name, if it is one."""
    try:
        return date.fromisoformat(_text(body, name))
    except ValueError:
        return None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else ""


def _code(body: Mapping[str, Any], name: str) -> str:
    """What can be looked up: PostgreSQL takes no NUL, and nothing has a name that can't be seen."""
    text = _text(body, name)
    return text if text.isprintable() else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any, most: int) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, each in its place; of a list that is too long, none."""
    rows = value if isinstance(value, list) and len(value) <= most else []
    return (_object(row) for row in rows)
