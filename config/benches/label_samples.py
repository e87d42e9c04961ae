"""Labels for the bench, made from a seed: every kind of barcode, with data as it comes on the floor."""

import random
import string
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import ModuleType
from typing import Any, Final

from labels.documents import bin_label, carton_label, item_label, return_label, shipping_label, tote_label
from labels.documents.address import PostalAddress
from labels.drawing.gs1 import check_digit

NAMES: Final = (
    "Łukasz Żółć", "Ada de Vries", "Πάρος Ελευθερίου", "Ștefan Țăran", "Оксана Щербак", "Zoë Škvorecký",
    "Søren Ødegård", "Giuseppe Ħaż-Żebbuġ", "Þórdís Ægisdóttir", "Jiří Dvořák", "Ngô Bảo Châu", "أحمد محمد",
)  # fmt: skip
CITIES: Final = (("NL", "Amsterdam"), ("PL", "Łódź"), ("GR", "Αθήνα"), ("RO", "Târgu Mureș"), ("DE", "Düsseldorf"))
CODE_LETTERS: Final = string.ascii_uppercase + string.digits
PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))


def shipping(rng: random.Random) -> shipping_label.ShippingLabel:
    """A parcel's, with a tracking number of any carrier's length."""
    return shipping_label.ShippingLabel(
        carrier="PostNL",
        service="Standard",
        tracking_no=_word(rng, CODE_LETTERS, 8, 22),
        sender=PostalAddress("Pakhuis AMS1", ("Oostelijke Handelskade 12",), "1019 BN", "Amsterdam", "Netherlands"),
        recipient=_address(rng),
        routing=f"{rng.randint(10, 99)}-{rng.randint(100, 999)}",
        reference=f"O-{rng.randint(1, 10**7)}",
        weight_g=rng.randint(50, 30_000),
        shipped_on=date(2026, 1, 1) + timedelta(days=rng.randrange(365)),
    )


def _carton(rng: random.Random) -> carton_label.CartonLabel:
    body = "8" + "".join(rng.choices(string.digits, k=16))
    return carton_label.CartonLabel(
        body + check_digit(body), _address(rng), _address(rng), f"IN-{rng.randint(1, 10**6)}", seller=rng.choice(NAMES)
    )


def _item(rng: random.Random) -> item_label.ItemLabel:
    """An EAN, an FNSKU, or a code that takes a DataMatrix."""
    digits = "".join(rng.choices(string.digits, k=12))
    code = rng.choice(
        (digits + check_digit(digits), "X00" + _word(rng, CODE_LETTERS, 7, 7), _word(rng, PRINTABLE, 18, 40))
    )
    return item_label.ItemLabel(code, rng.choice(NAMES))


def _bin(rng: random.Random) -> bin_label.BinLabel:
    aisle, bay, level, position = (f"{rng.randint(1, 99):02d}" for _ in range(4))
    zone = rng.choice(string.ascii_uppercase)
    code = f"{zone}-{aisle}-{bay}-{level}-{position}"
    return bin_label.BinLabel("AMS1", code, zone, aisle, bay, level, position, f"{rng.randint(0, 99):02d}")


def _tote(rng: random.Random) -> tote_label.ToteLabel:
    return tote_label.ToteLabel(tote_label.tote_code(rng.randrange(10**6)), "AMS1")


def _return(rng: random.Random) -> return_label.ReturnLabel:
    return return_label.ReturnLabel(_word(rng, CODE_LETTERS, 6, 18), _address(rng), _address(rng))


def _address(rng: random.Random) -> PostalAddress:
    country, city = rng.choice(CITIES)
    return PostalAddress(
        rng.choice(NAMES), (f"Prinsengracht {rng.randint(1, 999)}",), str(rng.randint(1000, 9999)), city, country
    )


def _word(rng: random.Random, letters: str, least: int, most: int) -> str:
    return "".join(rng.choices(letters, k=rng.randint(least, most)))


KINDS: Final[Mapping[ModuleType, Callable[[random.Random], Any]]] = {
    shipping_label: shipping,
    carton_label: _carton,
    item_label: _item,
    bin_label: _bin,
    tote_label: _tote,
    return_label: _return,
}
