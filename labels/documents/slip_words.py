"""The fixed words of a packing slip in the languages of buyers, and how they write a day and a number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class SlipWords:
    """One language. Templates name their fields; `months` are as they stand in a date, `first` a month's first day."""

    title: str
    ship_to: str
    order: str
    ordered: str
    parcel: str
    part: str
    units: str
    item: str
    later: str
    lot: str
    serial: str
    total_one: str
    total: str
    to_follow: str
    send_back: str
    page: str
    day: str
    thousands: str
    months: tuple[str, ...]
    first: str = "1"

    def date(self, day: date) -> str:
        """`3 September 2026` as this language writes it."""
        number = self.first if day.day == 1 else str(day.day)
        return self.day.format(day=number, month=self.months[day.month - 1], year=day.year)

    def number(self, count: int) -> str:
        """`12,500` as this language writes it."""
        return f"{count:,}".replace(",", self.thousands)

    def units_in_parcel(self, units: int, later: int) -> str:
        """How many units are in the parcel, and how many more will come."""
        template = self.total_one if units == 1 else self.total
        follow = self.to_follow.format(units=self.number(later)) if later else ""
        return template.format(units=self.number(units)) + follow


ENGLISH = SlipWords(
    title="Packing slip", ship_to="Ship to", order="Order", ordered="Ordered", parcel="Parcel",
    part="{number} of {count}", units="Units", item="Item", later="Back-ordered", lot="Lot", serial="Serial",
    total_one="{units} unit in this parcel", total="{units} units in this parcel", to_follow=", {units} to follow",
    send_back="Sending something back?", page="Page {number} of {count}", day="{day} {month} {year}", thousands=",",
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
)  # fmt: skip

DUTCH = SlipWords(
    title="Pakbon", ship_to="Verzenden aan", order="Bestelling", ordered="Besteld op", parcel="Pakket",
    part="{number} van {count}", units="Aantal", item="Artikel", later="Volgt later", lot="Partij",
    serial="Serienummer", total_one="{units} artikel in dit pakket", total="{units} artikelen in dit pakket",
    to_follow=", {units} volgt later", send_back="Iets terugsturen?", page="Pagina {number} van {count}",
    day="{day} {month} {year}", thousands=".",
    months=(
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
        "december",
    ),
)  # fmt: skip

GERMAN = SlipWords(
    title="Lieferschein", ship_to="Lieferung an", order="Bestellung", ordered="Bestellt am", parcel="Paket",
    part="{number} von {count}", units="Menge", item="Artikel", later="Folgt später", lot="Charge",
    serial="Seriennummer", total_one="{units} Artikel in diesem Paket", total="{units} Artikel in diesem Paket",
    to_follow=", {units} folgt später", send_back="Etwas zurücksenden?", page="Seite {number} von {count}",
    day="{day}. {month} {year}", thousands=".",
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
)  # fmt: skip

FRENCH = SlipWords(
    title="Bon de livraison", ship_to="Livraison à", order="Commande", ordered="Commandé le", parcel="Colis",
    part="{number} sur {count}", units="Qté", item="Article", later="À suivre", lot="Lot", serial="N° de série",
    total_one="{units} article dans ce colis", total="{units} articles dans ce colis", to_follow=", {units} à suivre",
    send_back="Un article à renvoyer ?", page="Page {number} sur {count}", day="{day} {month} {year}",
    thousands=" ", first="1er",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
)  # fmt: skip

SPANISH = SlipWords(
    title="Albarán", ship_to="Enviar a", order="Pedido", ordered="Fecha del pedido", parcel="Paquete",
    part="{number} de {count}", units="Uds.", item="Artículo", later="Pendiente", lot="Lote", serial="N.º de serie",
    total_one="{units} artículo en este paquete", total="{units} artículos en este paquete",
    to_follow=", {units} por enviar", send_back="¿Desea devolver algo?", page="Página {number} de {count}",
    day="{day} de {month} de {year}", thousands=".",
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
)  # fmt: skip

ITALIAN = SlipWords(
    title="Distinta di spedizione", ship_to="Spedire a", order="Ordine", ordered="Ordinato il", parcel="Pacco",
    part="{number} di {count}", units="Q.tà", item="Articolo", later="In arrivo", lot="Lotto", serial="N. di serie",
    total_one="{units} articolo in questo pacco", total="{units} articoli in questo pacco",
    to_follow=", {units} in arrivo", send_back="Vuoi restituire qualcosa?", page="Pagina {number} di {count}",
    day="{day} {month} {year}", thousands=".",
    months=(
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
        "novembre", "dicembre",
    ),
)  # fmt: skip

POLISH = SlipWords(
    title="Specyfikacja przesyłki", ship_to="Adres dostawy", order="Zamówienie", ordered="Data zamówienia",
    parcel="Paczka", part="{number} z {count}", units="Szt.", item="Artykuł", later="Do wysłania", lot="Partia",
    serial="Nr seryjny",
    total_one="Liczba sztuk w tej paczce: {units}", total="Liczba sztuk w tej paczce: {units}",
    to_follow=", do wysłania później: {units}", send_back="Chcesz coś zwrócić?", page="Strona {number} z {count}",
    day="{day} {month} {year}", thousands=" ",
    months=(
        "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października",
        "listopada", "grudnia",
    ),
)  # fmt: skip

LANGUAGES: Final[Mapping[str, SlipWords]] = {
    "en": ENGLISH, "nl": DUTCH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "it": ITALIAN, "pl": POLISH,
}  # fmt: skip


def words_for(language: str) -> SlipWords:
    """The words of a language such as `nl` or `nl-BE`; English for one that isn't spoken here."""
    return LANGUAGES.get(language[:2].lower(), LANGUAGES[DEFAULT])


_READ: Final[Mapping[str, str]] = {
    "NL": "nl", "DE": "de", "AT": "de", "LI": "de", "FR": "fr", "LU": "fr", "MC": "fr", "ES": "es", "IT": "it",
    "SM": "it", "PL": "pl",
}  # fmt: skip
_FRENCH_IN_BELGIUM: Final = re.compile(r"1[34]\d\d|[4-7]\d\d\d")
"""Walloon Brabant and the provinces of Liège, Namur, Hainaut and Luxembourg; Brussels reads both."""


def language_of(country: str, postcode: str = "") -> str:
    """The language that a buyer there most likely reads, of those we print; English where we can't tell.

    `country` is ISO 3166-1 alpha-2. Switzerland has no one language, so English, too.
    """
    if country == "BE":
        return "fr" if _FRENCH_IN_BELGIUM.fullmatch(postcode.strip()) else "nl"
    return _READ.get(country, DEFAULT)
