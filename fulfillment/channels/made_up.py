"""Made-up buyers and measures: what a source lacks, a seed makes, and the report says so.

Nobody lives there: streets, names and postcodes are drawn apart from each other. The letters are those of
the country, because labels must print them.
"""

import random
import unicodedata
from dataclasses import dataclass

from fulfillment.channels.made_up_data import LOCALES
from shipping.carriers.base import Place

_LETTERS = {"@": "ABDEFGHJLNPQRSTUWXYZ", "&": "BCDEGHJKLMNPRTVWXZ", "#": "0123456789"}


def made_up_place(*, seed: int, key: str, country: str) -> Place:
    """An address in `country` (ISO alpha-2, one of `LOCALES`) that is always the same for the same seed and key.

    Raises `KeyError` for a country nobody has made words for.
    """
    locale = LOCALES[country]
    rng = random.Random(f"{seed}/place/{country}/{key}")
    name = f"{rng.choice(locale.first)} {rng.choice(locale.last)}"
    city, shape, region = rng.choice(locale.cities)
    street, number = rng.choice(locale.streets), str(rng.randint(1, 240))
    if rng.random() < 0.2:
        number += rng.choice("abc")
    return Place(
        name=name,
        line1=f"{number} {street}" if locale.number_first else f"{street} {number}",
        line2=f"Apt {rng.randint(1, 40)}" if rng.random() < 0.08 else "",
        postcode="".join(rng.choice(_LETTERS.get(mark, mark)) for mark in shape),
        city=city,
        region=region,
        country=country,
        email=f"{_plain(name)}.{rng.randint(10, 99)}@mail.example",
    )


def _plain(name: str) -> str:
    """The ASCII letters of a name, for a mailbox; `buyer` when its script has none."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha()) or "buyer"


@dataclass(frozen=True, slots=True)
class Measures:
    """Length, width, height in mm (longest first) and weight in g of one unit."""

    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int


def made_up_measures(*, seed: int, key: str, price_cents: int) -> Measures:
    """Plausible measures of a gift-shop item: dearer things tend to be bigger. Same seed and key, same measures."""
    rng = random.Random(f"{seed}/measures/{key}")
    pounds = max(price_cents, 20) / 100
    volume_mm3 = min(max(110_000 * pounds**0.85 * rng.lognormvariate(0.0, 0.5), 12_000), 9_000_000)
    flat, slim = rng.uniform(0.25, 1.0), rng.uniform(0.5, 1.0)
    length = (volume_mm3 / (flat * slim)) ** (1 / 3)
    sides = sorted((round(length), round(length * slim), round(length * flat)), reverse=True)
    weight_g = max(5, round(volume_mm3 / 1_000 * rng.uniform(0.2, 0.6)))
    return Measures(sides[0], sides[1], sides[2], weight_g)
