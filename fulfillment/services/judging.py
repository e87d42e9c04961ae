"""Judging rows: what the texts of an order file mean, row by row, by the same rules as every other door."""

import re
import unicodedata
from datetime import datetime
from typing import Any, Final

from foundation.errors import Invalid
from foundation.moments import can_have_happened, zoned_moment
from foundation.quantities import whole_quantity
from fulfillment.channels.order_file.columns import PLACE, Fault, FileRow
from fulfillment.models import Order
from fulfillment.planning.promising import Timetable, promised_from, ship_by
from fulfillment.planning.screening import Outlook
from fulfillment.services.intake import MOST_LINES
from shipping.carriers.base import Place
from shipping.services.addresses import FIELDS, clean_place, place_faults
from warehouses.models import Sku

COLUMNS: Final = (
    "row", "reference", "number", "sku", "quantity", "unit_price_cents",
    "placed_at", "ship_by", "is_gift", "priority", "short_policy", "is_plain", *FIELDS,
    "field", "code", "message",
)  # fmt: skip
"""What `Judge.judge` returns, in this order: a row as it is staged. The last three say why it is refused."""

MOST_CENTS: Final = 100_000_000
MOST_PRIORITY: Final = 999
USUAL_PRIORITY: Final = 100

_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_FLAGS: Final = {"": False, "false": False, "true": True}
_COLUMN_OF: Final = dict(zip(FIELDS, PLACE, strict=True))
_NO_PLACE: Final = ("",) * len(FIELDS)
_NO_ORDER: Final = (None, None, False, USUAL_PRIORITY, "", False, *_NO_PLACE)
_LONGEST_REFERENCE: Final = Order._meta.get_field("external_ref").max_length or 0
_LONGEST_SKU: Final = Sku._meta.get_field("code").max_length or 0

Staged = tuple[Any, ...]


class Judge:
    """Judges the rows of one file against a hub's timetable and outlook, at one moment.

    Lines of an order mostly follow each other, so what belongs to the order is judged once for such a run.
    """

    def __init__(self, timetable: Timetable, outlook: Outlook, *, now: datetime) -> None:
        self._timetable = timetable
        self._outlook = outlook
        self._now = now
        self._seen: tuple[str, ...] = ()
        self._judged: Staged = _NO_ORDER

    def judge(self, row: FileRow) -> Staged:
        """The row's values as `COLUMNS`. A row at fault carries its fault, its reference and no buyer's data.

        Codes: `missing`, `too_long`, `characters_invalid`, `line_invalid`, `quantity_invalid`, `price_invalid`,
        `date_invalid`, `flag_invalid`, `priority_invalid`, `choice_invalid`, `country_invalid`, and the reader's.
        """
        reference = sku = ""
        try:
            reference = _code(row.texts[0], "order_reference", _LONGEST_REFERENCE)
            if row.fault:
                return _refused(row.number, reference, sku, row.fault)
            _, line, item, quantity, price, *order = row.texts
            number = _whole(line, "line", "line_invalid", 1, MOST_LINES)
            sku = _code(item, "sku", _LONGEST_SKU)
            units = whole_quantity(quantity.strip())
            cents = _whole(price, "unit_price_cents", "price_invalid", 0, MOST_CENTS) if price.strip() else 0
            shared = self._order(tuple(order))
        except Invalid as error:
            fault = row.fault or Fault(error.field or "", error.code, error.message)
            return _refused(row.number, reference, sku, fault)
        return (row.number, reference, number, sku, units, cents, *shared, "", "", "")

    def _order(self, texts: tuple[str, ...]) -> Staged:
        if texts != self._seen:
            self._judged = self._judge_order(texts)
            self._seen = texts
        return self._judged

    def _judge_order(self, texts: tuple[str, ...]) -> Staged:
        placed, gift, priority, policy, *place = texts
        placed_at = self._placed_at(placed.strip())
        is_gift = _FLAGS.get(gift.strip().lower())
        if is_gift is None:
            raise Invalid("A flag is true or false.", code="flag_invalid", field="is_gift")
        urgency = (
            _whole(priority, "priority", "priority_invalid", 0, MOST_PRIORITY) if priority.strip() else USUAL_PRIORITY
        )
        short_policy = policy.strip() or Order.ShortPolicy.WAIT.value
        if short_policy not in Order.ShortPolicy.values:
            message = f"A policy is one of {', '.join(Order.ShortPolicy.values)}."
            raise Invalid(message, code="choice_invalid", field="short_policy")
        values = _place(place)
        plain = self._outlook.is_plain(**{field: values[field] for field in ("line1", "line2", "postcode", "country")})
        address = (values[field] for field in FIELDS)
        promise = ship_by(promised_from(placed_at, self._now), self._timetable)
        return (placed_at, promise, is_gift, urgency, short_policy, plain, *address)

    def _placed_at(self, text: str) -> datetime:
        if not text:
            raise Invalid("An order was placed at some moment.", code="missing", field="placed_at")
        try:
            moment = zoned_moment(text)
        except ValueError:
            message = "This must be a time with its zone, such as 2026-11-22T10:30:00+01:00."
            raise Invalid(message, code="date_invalid", field="placed_at") from None
        if not can_have_happened(moment, now=self._now):
            message = "This must lie between the year 2000 and tomorrow."
            raise Invalid(message, code="date_invalid", field="placed_at")
        return moment


def _refused(row: int, reference: str, sku: str, fault: Fault) -> Staged:
    return (row, reference, None, sku, None, None, *_NO_ORDER, fault.column, fault.code, fault.message[:200])


def _code(text: str, column: str, longest: int) -> str:
    """A reference or an item's code: composed, trimmed, visible, as the API takes them."""
    value = unicodedata.normalize("NFC", text.strip())
    if not value:
        raise Invalid(f"A row needs its {column}.", code="missing", field=column)
    if not value.isprintable():
        raise Invalid("Only visible characters and single spaces.", code="characters_invalid", field=column)
    if len(value) > longest:
        raise Invalid(f"At most {longest} characters.", code="too_long", field=column)
    return value


def _whole(text: str, column: str, code: str, least: int, most: int) -> int:
    value = int(text) if _DIGITS.fullmatch(text := text.strip()) else -1
    if not least <= value <= most:
        raise Invalid(f"This must be a whole number from {least:,} to {most:,}.", code=code, field=column)
    return value


def _place(texts: list[str]) -> dict[str, str]:
    values = clean_place(Place(**dict(zip(FIELDS, texts, strict=True))))
    for fault in place_faults(values, ""):
        raise Invalid(fault.message, code=fault.code, field=_COLUMN_OF[fault.where.removeprefix(".")])
    return values
