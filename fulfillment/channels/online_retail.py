"""The `online-retail` layout: an online gift shop's export, one row per invoice line. Pure.

Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country. Times are
local to the shop (London), prices are pounds. The export mixes sales with bookkeeping; only sales of goods
become order lines, and every other row is refused with its reason:

    credit_note        InvoiceNo begins with C: goods came back, or the order was cancelled
    not_goods          StockCode is carriage, a fee, a discount, a sample, a voucher
    write_off          negative quantity: stock was written off
    stock_correction   price 0 and no customer: stock was found or counted, nobody bought it
    columns_wrong, invoice_invalid, item_invalid, quantity_invalid, price_invalid, date_invalid,
    country_unknown, country_differs, too_many_lines

A row of goods without a description is fine here; whether its item is known, the caller must see.
Source of the layout: D. Chen, S. L. Sain, K. Guo 2012, doi 10.1057/dbm.2012.17.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from foundation.errors import Invalid
from foundation.quantities import whole_quantity
from fulfillment.channels.files import rows_of

LAYOUT: Final = "online-retail"
CURRENCY: Final = "GBP"
HEADER: Final = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip
ZONE: Final = ZoneInfo("Europe/London")
MOST_LINES: Final = 1_000
MOST_CENTS: Final = 10_000_000

NOT_GOODS: Final = frozenset(
    ("POST", "DOT", "C2", "C3", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "ADJUST", "ADJUST2")
)
"""Carriage, manual entries, discounts, samples, bad debts, bank and marketplace fees, commission."""

COUNTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "Australia": ("AU",), "Austria": ("AT",), "Bahrain": ("BH",), "Belgium": ("BE",), "Brazil": ("BR",),
    "Canada": ("CA",), "Channel Islands": ("GG", "JE"), "Cyprus": ("CY",), "Czech Republic": ("CZ",),
    "Denmark": ("DK",), "EIRE": ("IE",), "Finland": ("FI",), "France": ("FR",), "Germany": ("DE",),
    "Greece": ("GR",), "Hong Kong": ("HK",), "Iceland": ("IS",), "Israel": ("IL",), "Italy": ("IT",),
    "Japan": ("JP",), "Lebanon": ("LB",), "Lithuania": ("LT",), "Malta": ("MT",), "Netherlands": ("NL",),
    "Norway": ("NO",), "Poland": ("PL",), "Portugal": ("PT",), "RSA": ("ZA",), "Saudi Arabia": ("SA",),
    "Singapore": ("SG",), "Spain": ("ES",), "Sweden": ("SE",), "Switzerland": ("CH",), "USA": ("US",),
    "United Arab Emirates": ("AE",), "United Kingdom": ("GB",),
}  # fmt: skip
"""The shop's names and their ISO 3166-1 codes. Where a name covers two territories, the seed chooses."""

_INVOICE = re.compile(r"[A-Z]?[0-9]{1,12}", re.ASCII)
_VOUCHER = re.compile(r"GIFT_[0-9]{4}_[0-9]+", re.ASCII)
_ITEM = re.compile(r"[A-Z0-9][A-Z0-9 _.-]{0,39}", re.ASCII)
_PRICE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One row that is a sale of goods. `item` is in capitals: the shop writes both 84030e and 84030E."""

    row: int
    item: str
    description: str
    quantity: int
    unit_price_cents: int


@dataclass(slots=True)
class FileOrder:
    """One invoice. `customer` may be empty; `country` is ISO 3166-1 alpha-2."""

    invoice: str
    placed_at: datetime
    country: str
    country_name: str
    customer: str
    lines: list[FileLine] = field(default_factory=list)

    @property
    def buyer(self) -> str:
        """Who it is, as far as the file tells: the same customer always, an unknown one per invoice."""
        return self.customer or f"invoice {self.invoice}"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no order line. `reference` is its invoice and item; never a buyer's data."""

    row: int
    code: str
    message: str
    reference: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: `read` rows, each in exactly one order or one refusal.

    `chosen` counts orders whose territory the seed had to choose.
    """

    read: int
    orders: tuple[FileOrder, ...]
    refused: tuple[RefusedRow, ...]
    chosen: int


def read_orders(content: bytes, *, seed: int) -> Reading:
    """Reads a whole file, orders in the order of their first rows.

    Raises `Invalid` with a row for a file that can't be read at all (see `files.rows_of`).
    """
    orders: dict[str, FileOrder] = {}
    refused: list[RefusedRow] = []
    read = 0
    for number, fields in rows_of(content, header=HEADER):
        read += 1
        try:
            _take_row(number, fields, orders, seed)
        except Invalid as error:
            reference = " ".join(_shown(text) for text in fields[:2])[:80]
            refused.append(RefusedRow(number, error.code, error.message[:200], reference))
    chosen = sum(len(COUNTRIES[order.country_name]) > 1 for order in orders.values())
    return Reading(read, tuple(orders.values()), tuple(refused), chosen)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:40])


def _take_row(number: int, fields: list[str], orders: dict[str, FileOrder], seed: int) -> None:
    """Adds one row to its order. Raises `Invalid` with the refusal's code and sentence."""
    if len(fields) != len(HEADER):
        raise Invalid(f"{len(fields)} columns instead of {len(HEADER)}.", code="columns_wrong")
    invoice, item, description, quantity, moment, price, customer, country = (text.strip() for text in fields)
    line = _line(number, invoice, item.upper(), description, quantity, price, customer)
    placed_at = _moment(moment)
    order = orders.get(invoice)
    if order is None:
        iso = _territory(country, seed, customer or invoice)
        order = orders[invoice] = FileOrder(invoice, placed_at, iso, country, customer)
    elif order.country_name != country:
        raise Invalid(f"Invoice {invoice} began with {order.country_name}.", code="country_differs")
    elif len(order.lines) >= MOST_LINES:
        raise Invalid(f"An order has at most {MOST_LINES} lines.", code="too_many_lines")
    order.placed_at = min(order.placed_at, placed_at)
    order.lines.append(line)


def _line(number: int, invoice: str, item: str, description: str, quantity: str, price: str, customer: str) -> FileLine:
    if not _INVOICE.fullmatch(invoice):
        raise Invalid("InvoiceNo must be digits, perhaps after one letter.", code="invoice_invalid")
    if invoice.startswith("C"):
        raise Invalid("A credit note: the goods came back or the order was cancelled.", code="credit_note")
    if item in NOT_GOODS or _VOUCHER.fullmatch(item):
        raise Invalid(f"{item} is no goods: carriage, a fee, a discount or a voucher.", code="not_goods")
    if not _ITEM.fullmatch(item):
        raise Invalid("StockCode must be 1 to 40 letters and digits.", code="item_invalid")
    if quantity.startswith("-") and quantity[1:].isdigit():
        raise Invalid("A negative quantity without a credit note: stock was written off.", code="write_off")
    units, cents = whole_quantity(quantity), _cents(price)
    if not cents and not customer:
        raise Invalid("Price 0 and no customer: stock was corrected, nobody bought it.", code="stock_correction")
    return FileLine(number, item, " ".join(description.split())[:200], units, cents)


def _cents(text: str) -> int:
    try:
        cents = Decimal(text) * 100 if _PRICE.fullmatch(text) else Decimal("NaN")
    except InvalidOperation:
        cents = Decimal("NaN")
    if cents.is_nan() or cents != cents.to_integral_value() or not 0 <= cents <= MOST_CENTS:
        raise Invalid("UnitPrice must be pounds and whole pence, not negative.", code="price_invalid")
    return int(cents)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    except ValueError:
        raise Invalid("InvoiceDate must be like 2011-11-14 08:10.", code="date_invalid") from None
    if not 1990 <= moment.year <= 2100:
        raise Invalid("InvoiceDate is of no sensible year.", code="date_invalid")
    return moment


def _territory(name: str, seed: int, key: str) -> str:
    codes = COUNTRIES.get(name)
    if codes is None:
        raise Invalid(f"Country {_shown(name)!r} is none we can send to.", code="country_unknown")
    return codes[0] if len(codes) == 1 else random.Random(f"{seed}/territory/{key}").choice(codes)
