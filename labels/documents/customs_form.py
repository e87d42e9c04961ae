"""What a sender declares to customs on a postal form, which of the two forms it takes, and the words both share.

Forms by the Universal Postal Union's Convention Manual (CN 22 and CN 23, in English and French).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Final

from labels.documents.address import PostalAddress
from labels.drawing.canvas import Canvas
from labels.drawing.faults import DrawingError

CN22_MOST_G: Final = 2_000
CN22_MOST_CENTS: Final = 425_00
"""A CN 22 goes with items of at most 2 kg and 300 special drawing rights, which PostNL prints as 425 euros."""

DECLARATION: Final = (
    "I, the undersigned, whose name and address are given on the item, certify that the particulars given in this"
    " declaration are correct and that this item does not contain any dangerous article or articles prohibited by"
    " legislation or by postal or customs regulations."
)

_HS_CODE = re.compile(r"[0-9]{6,10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Form(StrEnum):
    """The two postal forms."""

    CN22 = "CN 22"
    CN23 = "CN 23"


class Category(Enum):
    """Why the goods cross the border: what the form says, and its box in English and French."""

    GIFT = ("Gift", "Cadeau")
    DOCUMENTS = ("Documents", "Documents")
    SALE = ("Sale of goods", "Vente de marchandises")
    SAMPLE = ("Commercial sample", "Échantillon commercial")
    RETURN = ("Returned goods", "Retour de marchandises")
    OTHER = ("Other", "Autre")

    @property
    def words(self) -> str:
        """Both languages, once if they are the same."""
        return " / ".join(dict.fromkeys(self.value))


@dataclass(frozen=True, slots=True)
class CustomsLine:
    """One kind of goods: net weight in grams and value in cents of all its units; `origin` an ISO 3166 code."""

    description: str
    quantity: int
    net_weight_g: int
    value_cents: int
    hs_code: str
    origin: str


@dataclass(frozen=True, slots=True)
class CustomsForm:
    """One parcel's declaration, for CN 22 and CN 23.

    `number` is the parcel's and becomes a barcode on CN 23; `sender_reference` the sender's EORI, `ioss` the number
    of the import one-stop shop, `importer_reference` the importer's VAT or EORI number. Charges are in the goods'
    currency.
    """

    number: str
    category: Category
    sender: PostalAddress
    recipient: PostalAddress
    lines: tuple[CustomsLine, ...]
    currency: str
    gross_weight_g: int
    signed_by: str
    signed_on: date
    sender_reference: str = ""
    ioss: str = ""
    importer_reference: str = ""
    invoice_no: str = ""
    comments: str = ""
    postal_charges_cents: int = 0

    @property
    def net_weight_g(self) -> int:
        """Grams of all goods, without the packing."""
        return sum(line.net_weight_g for line in self.lines)

    @property
    def value_cents(self) -> int:
        """Value of all goods."""
        return sum(line.value_cents for line in self.lines)

    @property
    def references(self) -> str:
        """Every number that customs may ask for, on one line."""
        pairs = (("EORI", self.sender_reference), ("IOSS", self.ioss), ("Importer", self.importer_reference))
        return "  ·  ".join(f"{name} {value.strip()}" for name, value in pairs if value.strip())


def form_needed(*, gross_weight_g: int, value_cents: int) -> Form:
    """The form for a parcel of so many grams and euro cents."""
    is_small = gross_weight_g <= CN22_MOST_G and value_cents <= CN22_MOST_CENTS
    return Form.CN22 if is_small else Form.CN23


def check_lines(lines: Sequence[CustomsLine], currency: str, *, without_codes: bool = False) -> None:
    """Refuses what customs would send back, with `DrawingError`.

    Codes: `customs_empty` (no goods), `customs_quantity` (none of them, or weight or value under zero),
    `hs_code_invalid` (not 6 to 10 digits; `without_codes` lets documents do without), `origin_invalid` and
    `currency_invalid`.
    """
    if not lines:
        raise DrawingError("A customs declaration names the goods.", code="customs_empty")
    if not _CURRENCY.fullmatch(currency):
        raise DrawingError("A currency is three capitals, such as EUR.", code="currency_invalid")
    for line in lines:
        if line.quantity < 1 or line.net_weight_g < 0 or line.value_cents < 0:
            raise DrawingError("Goods have a quantity, a weight and a value.", code="customs_quantity")
        if not _HS_CODE.fullmatch(line.hs_code) and (line.hs_code or not without_codes):
            raise DrawingError("An HS code has 6 to 10 digits.", code="hs_code_invalid")
        if not _COUNTRY.fullmatch(line.origin):
            raise DrawingError("Where goods come from is a country of two capitals.", code="origin_invalid")


def check(doc: CustomsForm) -> None:
    """Refuses a form that customs would send back; codes as `check_lines`, and `customs_weight`."""
    if doc.gross_weight_g < doc.net_weight_g:
        raise DrawingError("A parcel weighs no less than the goods in it.", code="customs_weight")
    check_lines(doc.lines, doc.currency, without_codes=doc.category is Category.DOCUMENTS)


def draw_categories(canvas: Canvas, x: int, y: int, chosen: Category, *, width: int, columns: int) -> None:
    """A box for each category, three below each other or more, a cross in the one that is `chosen`."""
    step = width // columns
    for place, category in enumerate(Category):
        row, column = divmod(place, columns)
        left, top = x + column * step, y + row * 38
        canvas.box(left, top, 26, 26, thickness=2)
        if category is chosen:
            canvas.text(left + 3, top + 22, "X", 25, width=22, bold=True)
        canvas.text(left + 36, top + 21, category.words, 19, width=step - 48, least=12)
