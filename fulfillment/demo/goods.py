"""The goods of the demo: three sellers and what they sell. Pure plans; `catalogue` enters them.

LUMI sells make-up (lots and last days, some of it dangerous goods), NOORD clothing (sizes and colours),
STERRE jewellery (small, fragile, with item codes of its own instead of GTINs).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fulfillment.demo.seeds import dice
from fulfillment.models import Order
from labels.drawing import gs1


@dataclass(frozen=True, slots=True)
class Danger:
    """What makes an item dangerous goods: class and UN number, and ml in a unit, or Wh of its battery."""

    hazmat_class: str
    un_number: str
    net_ml: int = 0
    battery_wh: int = 0


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """One SKU to enter. `code_read` is what its barcode says; `wanted` how often buyers choose it, as a weight."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    price_cents: int
    code_read: str
    wanted: float
    is_fragile: bool = False
    danger: Danger | None = None
    tracks_lots: bool = False
    hs_code: str = ""
    origin_country: str = ""


@dataclass(frozen=True, slots=True)
class SellerPlan:
    """One seller with a catalogue. `short_policy` is what their shop wants when the shelf holds too little.

    `numbers` are those of customs and tax offices: (kind, area, number).
    """

    code: str
    name: str
    email: str
    country: str
    short_policy: str
    items: tuple[ItemPlan, ...]
    numbers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of goods and its variants; sizes in mm, weight in g, price in cents."""

    code: str
    name: str
    variants: tuple[str, ...]
    size: tuple[int, int, int]
    weight_g: int
    price_cents: int
    hs_code: str
    danger: Danger | None = None


_SHADES = ("Rosé", "Terracotta", "Nude", "Bordeaux", "Coral", "Mauve", "Cherry", "Cocoa", "Plum", "Fuchsia")
_SKINS = ("Porcelain", "Ivory", "Sand", "Honey", "Almond", "Espresso")
_SIZES = ("XS", "S", "M", "L", "XL")
_METALS = ("gold", "silver", "rosé gold")

_PERFUME = Danger("3", "1266", net_ml=30)
_AEROSOL = Danger("2.1", "1950", net_ml=100)
_FITTED_BATTERY = Danger("9", "3481", battery_wh=4)
_POWER_BANK = Danger("9", "3480", battery_wh=19)

_MAKE_UP = (
    _Kind("LIP", "Velvet lipstick", _SHADES, (78, 21, 21), 24, 1_595, "330410"),
    _Kind("LQL", "Liquid lip tint", _SHADES, (110, 20, 20), 32, 1_295, "330410"),
    _Kind("LNR", "Lip liner", _SHADES[:6], (125, 9, 9), 8, 795, "330410"),
    _Kind("FND", "Second-skin foundation", _SKINS, (118, 38, 38), 92, 2_495, "330499"),
    _Kind("CON", "Soft-focus concealer", _SKINS, (104, 19, 19), 27, 1_450, "330499"),
    _Kind("PWD", "Pressed powder", _SKINS, (76, 76, 18), 61, 1_895, "330491"),
    _Kind("BLU", "Cream blush", _SHADES[:6], (58, 58, 17), 39, 1_650, "330499"),
    _Kind("EYE", "Eyeshadow quad", _SHADES[:6], (84, 84, 14), 58, 2_150, "330420"),
    _Kind("MAS", "Lift mascara", ("black", "brown", "waterproof"), (128, 22, 22), 31, 1_750, "330420"),
    _Kind("BRW", "Brow gel", ("blond", "brunette", "clear"), (108, 15, 15), 18, 1_195, "330420"),
    _Kind("NAI", "Nail lacquer", _SHADES, (74, 33, 33), 68, 995, "330430", Danger("3", "1263", net_ml=12)),
    _Kind("EDT", "Eau de toilette 30 ml", ("Figue", "Néroli", "Bois"), (112, 46, 46), 168, 3_900, "330300", _PERFUME),
    _Kind("SET", "Setting spray", ("matte", "dewy"), (152, 41, 41), 134, 1_850, "330499", _AEROSOL),
    _Kind("MIR", "Travel mirror with light", ("round",), (124, 118, 22), 192, 3_250, "700992", _FITTED_BATTERY),
    _Kind("SER", "Night serum", ("retinol", "niacinamide"), (104, 34, 34), 98, 2_950, "330499"),
    _Kind("BRS", "Brush set", ("five", "nine"), (210, 92, 38), 214, 3_450, "960330"),
    _Kind("BAG", "Make-up bag", ("quilted", "clear", "linen"), (230, 150, 60), 142, 1_990, "420292"),
    _Kind("SPG", "Blending sponge", ("duo",), (66, 62, 62), 14, 895, "392490"),
    _Kind("CLN", "Cleansing balm", ("100 ml",), (76, 76, 52), 151, 2_250, "330499"),
)
_WITHOUT_LOTS = frozenset({"BRS", "BAG", "SPG", "MIR"})

_CLOTHES = (
    _Kind("TEE", "Boxy T-shirt", ("white", "black", "clay"), (300, 240, 22), 182, 2_900, "610910"),
    _Kind("LNG", "Ribbed longsleeve", ("ecru", "navy"), (310, 245, 26), 236, 3_900, "610990"),
    _Kind("HOO", "Heavy hoodie", ("grey", "moss", "black"), (380, 300, 92), 684, 6_900, "611020"),
    _Kind("SWT", "Crew sweater", ("oat", "navy"), (370, 290, 84), 596, 6_400, "611020"),
    _Kind("JNS", "Wide jeans", ("indigo", "washed"), (380, 280, 60), 742, 8_400, "620462"),
    _Kind("SKT", "Satin skirt", ("champagne", "black"), (320, 240, 24), 214, 5_400, "620453"),
    _Kind("DRS", "Linen dress", ("sand", "rust"), (340, 270, 34), 348, 7_900, "620449"),
    _Kind("JKT", "Quilted jacket", ("olive",), (440, 340, 120), 912, 12_900, "620240"),
    _Kind("SWM", "Swimsuit", ("black", "poppy"), (220, 160, 28), 148, 4_900, "611241"),
    _Kind("BLZ", "Relaxed blazer", ("ecru", "black"), (420, 320, 70), 648, 11_900, "620433"),
    _Kind("PYJ", "Cotton pyjamas", ("stripe",), (320, 240, 52), 412, 5_900, "620821"),
    _Kind("LEG", "Sculpt leggings", ("black", "plum"), (260, 200, 34), 228, 4_400, "610463"),
)
_ONE_SIZE = (
    _Kind("BEA", "Merino beanie", ("black", "oat", "moss"), (200, 190, 42), 88, 2_600, "650500"),
    _Kind("SCK", "Socks, three pairs", ("white", "mixed"), (190, 110, 48), 142, 1_500, "611595"),
    _Kind("TOT", "Canvas tote", ("natural", "black"), (380, 300, 14), 164, 1_900, "420292"),
    _Kind("CAP", "Washed cap", ("stone", "navy"), (250, 190, 110), 96, 2_400, "650500"),
    _Kind("PWB", "Slim power bank", ("sand",), (112, 72, 14), 128, 2_900, "850760", _POWER_BANK),
)

_JEWELLERY = (
    _Kind("EAR", "Drop earrings", ("Maan", "Ster", "Druppel", "Blad", "Parel"), (62, 62, 28), 34, 3_900, "711319"),
    _Kind("HOP", "Hoops", ("12 mm", "20 mm", "30 mm", "40 mm"), (62, 62, 28), 31, 3_400, "711319"),
    _Kind("NCK", "Necklace", ("Gracht", "Zee", "Maan", "Initial", "Schakel"), (92, 72, 24), 42, 5_900, "711319"),
    _Kind("BRC", "Bracelet", ("Schakel", "Kralen", "Bangle"), (92, 92, 30), 48, 4_600, "711319"),
    _Kind("RNG", "Ring", ("Signet", "Stapel", "Parel", "Golf"), (48, 48, 40), 26, 3_600, "711319"),
    _Kind("CHO", "Choker", ("Kralen", "Satijn", "Schakel"), (92, 72, 24), 38, 4_200, "711319"),
    _Kind("BRO", "Brooch", ("Tulp", "Reiger"), (62, 52, 22), 29, 3_300, "711319"),
    _Kind("ANK", "Anklet", ("Zon", "Zee"), (72, 62, 20), 22, 2_900, "711319"),
)


def sellers(seed: int) -> tuple[SellerPlan, ...]:
    """The three sellers. The seed decides which items buyers want most, and the digits of the GTINs."""
    return (
        SellerPlan(
            "LUMI",
            "Lumi Cosmetics",
            "stock@lumi.example",
            "NL",
            Order.ShortPolicy.SHIP_SHORT,
            tuple(_make_up(seed)),
            (("eori", "EU", "NL004495445"), ("vat", "NL", "NL004495445B01")),
        ),
        SellerPlan(
            "NOORD",
            "Noord Atelier",
            "hub@noord.example",
            "NL",
            Order.ShortPolicy.WAIT,
            tuple(_clothes(seed)),
            (("eori", "EU", "NL123456789"), ("eori", "GB", "GB123456789000"), ("vat", "GB", "GB980780684")),
        ),
        SellerPlan(
            "STERRE",
            "Sterre Sieraden",
            "post@sterre.example",
            "BE",
            Order.ShortPolicy.WAIT,
            tuple(_jewellery(seed)),
            (("eori", "EU", "BE0428759497"),),
        ),
    )


def _make_up(seed: int) -> Iterator[ItemPlan]:
    for kind in _MAKE_UP:
        for variant in kind.variants:
            code = f"LU-{kind.code}-{_short(variant)}"
            yield _item(
                seed, kind, code, f"{kind.name} {variant}", _gtin(seed, code), lots=kind.code not in _WITHOUT_LOTS
            )


def _clothes(seed: int) -> Iterator[ItemPlan]:
    for kind in _CLOTHES:
        for colour in kind.variants:
            for place, size in enumerate(_SIZES):
                code = f"NA-{kind.code}-{_short(colour)}-{size}"
                item = _item(seed, kind, code, f"{kind.name} {colour} {size}", _gtin(seed, code), grown=place - 2)
                yield item
    for kind in _ONE_SIZE:
        for colour in kind.variants:
            code = f"NA-{kind.code}-{_short(colour)}"
            yield _item(seed, kind, code, f"{kind.name} {colour}", _gtin(seed, code))


def _jewellery(seed: int) -> Iterator[ItemPlan]:
    for kind in _JEWELLERY:
        for model in kind.variants:
            for metal in _METALS:
                code = f"ST-{kind.code}-{_short(model)}-{_short(metal)}"
                yield _item(seed, kind, code, f"{kind.name} {model}, {metal}", code.replace("-", ""), fragile=True)


def _item(
    seed: int,
    kind: _Kind,
    code: str,
    name: str,
    code_read: str,
    *,
    lots: bool = False,
    fragile: bool = False,
    grown: int = 0,
) -> ItemPlan:
    length, width, height = kind.size
    return ItemPlan(
        code=code,
        name=name,
        length_mm=length + 8 * grown,
        width_mm=width + 6 * grown,
        height_mm=height,
        weight_g=round(kind.weight_g * (1 + 0.05 * grown)),
        price_cents=kind.price_cents,
        code_read=code_read,
        wanted=dice(seed, "wanted", code).paretovariate(1.3),
        is_fragile=fragile,
        danger=kind.danger,
        tracks_lots=lots,
        hs_code=kind.hs_code,
        origin_country=dice(seed, "origin", kind.code).choice(("NL", "FR", "IT", "PT", "PL")),
    )


def _short(words: str) -> str:
    """A variant in a code: its ASCII letters and digits, at most four."""
    return "".join(letter for letter in words.upper() if letter.isascii() and letter.isalnum())[:4]


def _gtin(seed: int, code: str) -> str:
    """An EAN-13 in the range that GS1 keeps for use inside a company (20 to 29): valid, and nobody's."""
    body = f"20{dice(seed, 'gtin', code).randrange(10**10):010d}"
    return body + gs1.check_digit(body)


CURRENCY: Final = "EUR"
