"""What a parcel that crosses a customs or VAT border needs: its papers, and the data on them. Pure.

For intake, which asks for what is missing before anything is picked, and for whoever buys a label or prints the papers.
Money in cents of the currency named, weights in grams.

Sources: UPU Convention Manual (CN 22 up to 2 kg and 300 SDR, EUR 425 as PostNL prints it; CN 23 up to 20 kg with two
invoices); Delegated Regulation (EU) 2015/2446 art. 137 (an export declaration above EUR 1,000); HMRC, VAT and overseas
goods sold directly to customers in the UK (the seller charges it up to GBP 135); Directive (EU) 2017/2455 (IOSS up to
EUR 150).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from shipping.planning.countries import COUNTRIES
from shipping.planning.territories import Territory

Form = Literal["", "cn22", "cn23"]
Incoterm = Literal["DAP", "DDP"]
Reason = Literal["sale", "gift", "sample", "return", "repair"]

CN22_MOST_G: Final = 2_000
CN22_MOST_EURO_CENTS: Final = 42_500
CN23_MOST_G: Final = 20_000
EXPORT_ABOVE_EURO_CENTS: Final = 100_000
IOSS_MOST_EURO_CENTS: Final = 15_000
GB_SELLER_CHARGES_UP_TO_CENTS: Final = 13_500
INVOICE_COPIES: Final = 2

WANT_INVOICES: Final = frozenset({"GB", "CH", "NO"})
"""Customs areas that want an invoice with every parcel that is sold, however small."""

EURO_PER: Final = {
    "EUR": Decimal(1), "GBP": Decimal("1.15"), "CHF": Decimal("1.07"), "USD": Decimal("0.87"),
    "NOK": Decimal("0.086"), "SEK": Decimal("0.091"), "DKK": Decimal("0.134"), "PLN": Decimal("0.235"),
}  # fmt: skip
"""What one of each is in euros, rounded, in the autumn of 2026: to know on which side of a limit a value is."""

VAGUE: Final = frozenset(
    {
        "accessories", "accessory", "articles", "clothes", "clothing", "cosmetics", "electronics", "equipment",
        "fashion", "gift", "gifts", "goods", "household goods", "item", "items", "jewellery", "jewelry", "make-up",
        "makeup", "merchandise", "miscellaneous", "other", "parts", "personal effects", "present", "product",
        "products", "sample", "samples", "stuff", "textiles", "things", "toys", "various",
    }
)  # fmt: skip
"""Words that customs offices send back when they stand alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of one item: net grams and value of one, HS code of 6 to 10 digits, country of origin."""

    item: str
    description: str
    quantity: int
    net_weight_g: int
    value_cents: int
    hs_code: str
    origin: str


@dataclass(frozen=True, slots=True)
class Trader:
    """The numbers of who sells: empty where there is none. `vat_numbers` by country."""

    name: str = ""
    eori_eu: str = ""
    eori_gb: str = ""
    ioss: str = ""
    vat_numbers: tuple[tuple[str, str], ...] = ()

    def vat_number(self, country: str) -> str:
        """The seller's VAT number in this country, or nothing."""
        return dict(self.vat_numbers).get(country, "")


@dataclass(frozen=True, slots=True)
class Papers:
    """What is printed for one parcel, and whether the carrier must declare the export by its own message."""

    form: Form = ""
    invoice_copies: int = 0
    export_declaration: bool = False


@dataclass(frozen=True, slots=True)
class Customs:
    """What one parcel's papers say. `importer_vat` and `importer_eori` are the seller's in the country it goes to."""

    lines: tuple[Line, ...]
    currency: str
    incoterm: Incoterm
    reason: Reason
    papers: Papers
    seller: str = ""
    exporter_eori: str = ""
    exporter_vat: str = ""
    importer_eori: str = ""
    importer_vat: str = ""
    ioss: str = ""

    @property
    def value_cents(self) -> int:
        """The value of all lines."""
        return value_cents(self.lines)

    @property
    def net_weight_g(self) -> int:
        """The net weight of all lines."""
        return sum(line.quantity * line.net_weight_g for line in self.lines)


@dataclass(frozen=True, slots=True)
class Consignment:
    """All that one buyer gets, before or after it is packed: from where to where, what, by whom, on which terms."""

    sender: Territory
    recipient: Territory
    lines: tuple[Line, ...]
    currency: str = "EUR"
    trader: Trader = field(default_factory=Trader)
    incoterm: Incoterm = "DAP"
    reason: Reason = "sale"

    @property
    def value_cents(self) -> int:
        """The value of all lines, in `currency`."""
        return value_cents(self.lines)


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of data that is missing or cannot be right: `where` is its place, such as `lines[0].hs_code`."""

    where: str
    code: str
    message: str


def value_cents(lines: Sequence[Line]) -> int:
    """The value of `lines`."""
    return sum(line.quantity * line.value_cents for line in lines)


def euro_cents(cents: int, currency: str) -> int:
    """About what `cents` of a currency are in euro cents. Raises `KeyError` for one that is not in `EURO_PER`."""
    return round(cents * EURO_PER[currency])


def papers_for(
    *, sender: Territory, recipient: Territory, weight_g: int, value_euro_cents: int, postal: bool
) -> Papers:
    """The papers of one parcel of this gross weight and value; `postal`: it travels with the post, not an express.

    For a parcel that crosses a border; between two parts of one area nobody asks. An export is declared only where the
    goods leave the customs area: the Canary Islands want papers, but are no export.
    """
    leaves = sender.customs != recipient.customs
    declared = leaves and value_euro_cents > EXPORT_ABOVE_EURO_CENTS
    if not postal or weight_g > CN23_MOST_G:
        return Papers("", INVOICE_COPIES, declared)
    if weight_g <= CN22_MOST_G and value_euro_cents <= CN22_MOST_EURO_CENTS:
        return Papers("cn22", INVOICE_COPIES if recipient.customs in WANT_INVOICES else 0, declared)
    return Papers("cn23", INVOICE_COPIES, declared)


def gb_seller_charges(consignment: Consignment) -> bool:
    """Whether the seller owes the VAT of Great Britain himself: sold into it for at most GBP 135."""
    return (
        consignment.recipient.vat == "GB"
        and consignment.sender.vat != "GB"
        and consignment.reason == "sale"
        and euro_cents(consignment.value_cents, consignment.currency)
        <= euro_cents(GB_SELLER_CHARGES_UP_TO_CENTS, "GBP")
    )


def ioss_of(consignment: Consignment) -> str:
    """The seller's IOSS number where it belongs on the papers: into the Union, for at most EUR 150; else nothing."""
    enters = consignment.recipient.in_eu_vat and not consignment.sender.in_eu_vat
    cheap = euro_cents(consignment.value_cents, consignment.currency) <= IOSS_MOST_EURO_CENTS
    return consignment.trader.ioss if enters and cheap else ""


def faults_of(consignment: Consignment) -> list[Fault]:
    """All that the papers of a consignment lack, in the order of its lines, then the seller's numbers.

    Codes: `description_vague`, `hs_code_missing`, `hs_code_too_short`, `hs_code_invalid`, `origin_missing`,
    `origin_invalid`, `value_missing`; `currency_unknown`; `eori_missing`, `vat_number_missing`.
    """
    found = [fault for n, line in enumerate(consignment.lines) for fault in _line_faults(line, f"lines[{n}]")]
    if consignment.currency not in EURO_PER:
        message = f"Values are in one of {', '.join(EURO_PER)}."
        return [*found, Fault("currency", "currency_unknown", message)]
    return found + _trader_faults(consignment)


def _line_faults(line: Line, where: str) -> list[Fault]:
    """What one line lacks; the sentences name the item, because they are read beside others."""
    found = []
    if is_vague(line.description):
        message = f"{line.item}: say what it is, such as “cotton T-shirt”; “{line.description}” is sent back."
        found.append(Fault(f"{where}.description", "description_vague", message))
    if (code := hs_code_fault(line.hs_code)) is not None:
        message = f"{line.item}: customs want the HS code, 6 to 10 digits."
        found.append(Fault(f"{where}.hs_code", code, message))
    if not line.origin:
        found.append(Fault(f"{where}.origin", "origin_missing", f"{line.item}: in which country was it made?"))
    elif line.origin not in COUNTRIES:
        found.append(Fault(f"{where}.origin", "origin_invalid", f"{line.item}: {line.origin} is no country."))
    if line.value_cents <= 0:
        found.append(Fault(f"{where}.value", "value_missing", f"{line.item}: customs want its value, gifts too."))
    return found


def is_vague(description: str) -> bool:
    """Whether a customs office would ask what this is."""
    plain = " ".join(description.casefold().split())
    return plain in VAGUE or sum(character.isalpha() for character in plain) < 3


def hs_code_fault(hs_code: str) -> str | None:
    """What is wrong with an HS code, as a code; None where it can be right. Dots and spaces don't count."""
    digits = hs_code.replace(".", "").replace(" ", "")
    if not digits:
        return "hs_code_missing"
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10:
        return "hs_code_invalid"
    return "hs_code_too_short" if len(digits) < 6 else None


def _trader_faults(consignment: Consignment) -> list[Fault]:
    """The seller's numbers that this border asks for."""
    trader, found = consignment.trader, []
    if consignment.sender.customs == "EU" and not trader.eori_eu:
        message = "The seller's EORI in the Union is missing: nothing is sold out of it without one."
        found.append(Fault("seller.eori_eu", "eori_missing", message))
    charges = gb_seller_charges(consignment)
    clears = consignment.incoterm == "DDP" and consignment.recipient.customs == "GB"
    if (charges or clears) and consignment.sender.customs != "GB" and not trader.eori_gb:
        message = "The seller's EORI in Great Britain is missing: he is the importer there."
        found.append(Fault("seller.eori_gb", "eori_missing", message))
    if charges and not trader.vat_number("GB"):
        message = "The seller's VAT number in Great Britain is missing: up to GBP 135 he charges the VAT himself."
        found.append(Fault("seller.vat_numbers.GB", "vat_number_missing", message))
    return found


def declare(consignment: Consignment, *, lines: tuple[Line, ...], weight_g: int, postal: bool) -> Customs:
    """What the papers of one parcel of the consignment say: its own `lines`, the seller's numbers, which papers."""
    trader, recipient = consignment.trader, consignment.recipient
    is_importer = consignment.incoterm == "DDP" or gb_seller_charges(consignment)
    value = euro_cents(value_cents(lines), consignment.currency)
    return Customs(
        lines=lines,
        currency=consignment.currency,
        incoterm=consignment.incoterm,
        reason=consignment.reason,
        papers=papers_for(
            sender=consignment.sender, recipient=recipient, weight_g=weight_g, value_euro_cents=value, postal=postal
        ),
        seller=trader.name,
        exporter_eori=trader.eori_gb if consignment.sender.customs == "GB" else trader.eori_eu,
        exporter_vat=trader.vat_number(consignment.sender.code),
        importer_eori=trader.eori_gb if is_importer and recipient.customs == "GB" else "",
        importer_vat=trader.vat_number(recipient.code) if is_importer else "",
        ioss=ioss_of(consignment),
    )


def as_json(customs: Customs) -> dict[str, Any]:
    """The papers of a parcel as they are kept with it."""
    return asdict(customs)


def from_json(kept: Mapping[str, Any]) -> Customs:
    """What `as_json` made."""
    given = dict(kept)
    lines = tuple(Line(**line) for line in given.pop("lines"))
    return Customs(lines=lines, papers=Papers(**given.pop("papers")), **given)
