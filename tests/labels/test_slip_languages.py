"""A packing slip in the buyer's language: every fixed word, the day, the number, and no English left over."""

import string
from dataclasses import fields
from datetime import date

import pytest

from labels.documents.packing_slip import PackingSlip, SlipLine, layout, render_pdf
from labels.documents.slip_words import ENGLISH, LANGUAGES, SlipWords, language_of, words_for
from labels.drawing.lettering import clean
from tests.labels.reading import texts
from tests.labels.samples import HUB

LINES = (SlipLine("A", "Balm", 1_200, "L1", ("S1",)), SlipLine("B", "Ring", 1, backordered=3))


def slip(language: str) -> PackingSlip:
    return PackingSlip("O-1", "Shop", HUB, LINES, date(2026, 9, 3), 1, 2, "", "https://r.example/1", "", language)


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "en",
            {"Packing slip", "3 September 2026", "1,201 units in this parcel, 3 to follow", "1 of 2"},
        ),
        ("nl", {"Pakbon", "3 september 2026", "1.201 artikelen in dit pakket, 3 volgt later", "1 van 2"}),
        ("de", {"Lieferschein", "3. September 2026", "1.201 Artikel in diesem Paket, 3 folgt später", "1 von 2"}),
        ("fr", {"Bon de livraison", "3 septembre 2026", "1 201 articles dans ce colis, 3 à suivre", "1 sur 2"}),
        ("es", {"Albarán", "3 de septiembre de 2026", "1.201 artículos en este paquete, 3 por enviar", "1 de 2"}),
        ("it", {"Distinta di spedizione", "3 settembre 2026", "1.201 articoli in questo pacco, 3 in arrivo"}),
        ("pl", {"3 września 2026", "Liczba sztuk w tej paczce: 1 201, do wysłania później: 3", "Chcesz coś zwrócić?"}),
    ],
)
def test_a_slip_speaks_the_buyers_language(language: str, wanted: set[str]) -> None:
    (page,) = layout(slip(language))

    assert wanted <= set(texts(page))


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_no_english_is_left_on_the_page(language: str) -> None:
    (page,) = layout(slip(language))

    english = {value.upper() for value in _plain(ENGLISH)} - {value.upper() for value in _plain(LANGUAGES[language])}
    said = {text.upper() for text in texts(page)}
    assert said & english == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_and_the_same_fields_in_it(language: str) -> None:
    words = LANGUAGES[language]

    assert len(set(words.months)) == 12
    for name in (field.name for field in fields(SlipWords) if field.name != "months"):
        value, english = getattr(words, name), getattr(ENGLISH, name)
        assert value
        assert _holes(value) == _holes(english), name
        assert clean(value, bold=True) == value.strip() or name == "thousands", "a letter is not in the typeface"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl-BE", LANGUAGES["nl"]), ("DE", LANGUAGES["de"]), ("fr_CH", LANGUAGES["fr"]), ("", ENGLISH),
        ("xx", ENGLISH), ("zh-Hans", ENGLISH),
    ],
)  # fmt: skip
def test_a_tag_is_read_by_its_language_and_english_is_spoken_otherwise(language: str, words: SlipWords) -> None:
    assert words_for(language) is words


def test_the_first_of_a_month_and_a_single_unit() -> None:
    assert words_for("fr").date(date(2026, 8, 1)) == "1er août 2026"
    assert words_for("de").date(date(2026, 3, 1)) == "1. März 2026"
    assert words_for("nl").units_in_parcel(1, 0) == "1 artikel in dit pakket"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_slip_never_names_a_price_in_any_language(language: str) -> None:
    (page,) = layout(slip(language))

    assert not [text for text in texts(page) if any(sign in text for sign in ("€", "EUR", "£", "zł"))]
    assert render_pdf(slip(language)).startswith(b"%PDF")


def _plain(words: SlipWords) -> set[str]:
    values = (
        getattr(words, field.name) for field in fields(words) if field.name not in {"months", "thousands", "first"}
    )
    return {value for value in values if "{" not in value}


def _holes(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(
    ("country", "postcode", "language"),
    [
        ("NL", "1017 GA", "nl"), ("BE", "2000", "nl"), ("BE", "1000", "nl"), ("BE", "1300", "fr"), ("BE", "4000", "fr"),
        ("BE", " 7999 ", "fr"), ("BE", "8000", "nl"), ("AT", "1010", "de"), ("CH", "8001", "en"), ("GB", "N1", "en"),
        ("XX", "", "en"),
    ],
)  # fmt: skip
def test_a_buyers_language_follows_from_where_he_lives(country: str, postcode: str, language: str) -> None:
    assert language_of(country, postcode) == language
