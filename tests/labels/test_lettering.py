"""Text: cleaned, measured, cut between letters, and put in the order the eye reads."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.drawing.canvas import Align, Canvas, Text
from labels.drawing.faults import OutsideLabel
from labels.drawing.lettering import UNKNOWN, clean, cut, fit, measure, wrap
from labels.drawing.scripts import GRAPHEME, visual


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  a\t b\r\n c ", "a b c"),
        ("Łukasz Żółć", "Łukasz Żółć"),
        ("Zoe\u0308", "Zoë"),
        ("Ａ１", "A1"),
        ("東京", UNKNOWN * 2),
        ("👩‍👩‍👧‍👦!", f"{UNKNOWN}!"),
        ("🇳🇱", UNKNOWN),
        ("❤️", "❤"),
        ("a\u202eb\u2066c", "abc"),
        ("\ud800", UNKNOWN),
        ("a\x00\x1b[31mb", "a [31mb"),
        ("", ""),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


ALPHABETS = {
    "western": "ÀÂÄÅÆÇÈÉÊËÍÎÏÑÓÔÖØŒÙÚÜŸß ẞ Þórdís Ægisdóttir Ðð Ĳĳ L·L",
    "central": "Łukasz Żółć Škvorecký Dvořák Őrség Űrhajó Đurđa Țăran Ștefan Ţ Ş",
    "baltic": "ĀČĒĢĪĶĻŅŠŪŽ ąčęėįšųūž õäöü",
    "maltese": "Ħaż-Żebbuġ Għajnsielem Ċirkewwa",
    "celtic": "Ŵŵ Ŷŷ Tŷ Ḃ Ċ Ḋ",
    "sami": "Čáhcesuolu Ŋŋ Ŧŧ Đđ",
    "turkish": "İstanbul Iğdır ı Şırnak Ə ə",
    "greek": "Πάρος Ελευθερίου ΐ ΰ Ώ ἀᾷῷ",
    "cyrillic": "Київ Ґ Є Ї Ђуро Љубљана Ѓорѓи Ѕ Ў Ё Щ Ъ Ы Э",
    "georgian": "თბილისი, რუსთაველის გამზირი",
    "armenian": "Երևան, Աբովյան փողոց",
}


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("name", ALPHABETS)
def test_every_script_of_europe_is_drawn_letter_for_letter(name: str, bold: bool) -> None:
    assert clean(ALPHABETS[name], bold=bold) == ALPHABETS[name]


@pytest.mark.parametrize("name", ALPHABETS)
def test_capitals_of_every_script_are_drawn(name: str) -> None:
    """A country is printed in capitals, and Georgian ones are in no typeface of ours: small ones stand for them."""
    shown = clean(ALPHABETS[name].upper(), bold=True)

    assert UNKNOWN not in shown
    capitals = unicodedata.normalize("NFC", ALPHABETS[name].upper())
    assert shown == (ALPHABETS[name] if name == "georgian" else capitals)


@given(text=st.text(max_size=80), bold=st.booleans())
def test_clean_text_is_drawable_and_stays_clean(text: str, bold: bool) -> None:
    shown = clean(text, bold=bold)

    assert measure(shown, 20, bold=bold) >= 0
    assert clean(shown, bold=bold) == shown
    assert "\n" not in shown


@given(text=st.text(max_size=120).map(clean), width=st.integers(0, 600))
def test_cut_fits_and_keeps_whole_letters(text: str, width: int) -> None:
    shown = cut(text, 20, width)

    assert measure(shown, 20) <= width
    if shown != text:
        kept = shown.removesuffix("…")
        assert text.startswith(kept)
        assert "".join(GRAPHEME.findall(text)[: len(GRAPHEME.findall(kept))]) == kept


def test_a_letter_with_its_mark_is_never_torn() -> None:
    letter = "x\u0307"

    for width in range(200):
        shown = cut(letter * 12, 20, width).removesuffix("…")
        assert shown == letter * (len(shown) // 2)


def test_fit_shrinks_before_it_cuts() -> None:
    wide = measure("Keizersgracht 241", 40)

    assert fit("Keizersgracht 241", 40, wide) == ("Keizersgracht 241", 40)
    assert fit("Keizersgracht 241", 40, wide * 0.8, least=20) == ("Keizersgracht 241", 32)
    text, size = fit("Keizersgracht 241", 40, wide * 0.3, least=20)
    assert (text[-1], size) == ("…", 20)


@given(text=st.text("ab \u0141xyz", max_size=200).map(clean), width=st.integers(30, 300), lines=st.integers(1, 6))
def test_wrap_keeps_every_letter_until_the_last_line(text: str, width: int, lines: int) -> None:
    rows = wrap(text, 20, width, lines=lines)

    assert len(rows) <= lines
    assert all(measure(row, 20) <= width for row in rows)
    whole = "".join(rows).replace(" ", "")
    assert whole == text.replace(" ", "") or (rows[-1].endswith("…") and len(rows) == lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Keizersgracht 241", "Keizersgracht 241"),
        ("شارع", "\ufec9\ufead\ufe8e\ufeb7"),
        ("لا", "\ufefb"),
        ("שלום 12", "12 םולש"),
        ("שלום (א) Apt", "Apt (א) םולש"),
        ("Apt שלום 12", "Apt 12 םולש"),
        ("12-34 שלום", "םולש 12-34"),
    ],
)
def test_right_to_left_text_is_put_in_reading_order(text: str, shown: str) -> None:
    assert visual(text) == shown


@given(text=st.text(max_size=60).map(clean))
def test_reading_order_keeps_every_letter(text: str) -> None:
    drawn = visual(text)

    assert measure(text, 20) >= 0
    assert len(GRAPHEME.findall(drawn)) <= len(GRAPHEME.findall(text))
    assert sorted(c for c in drawn if c.isascii() and c.isalnum()) == sorted(
        c for c in text if c.isascii() and c.isalnum()
    )


def test_the_canvas_refuses_what_would_leave_it() -> None:
    canvas = Canvas(200, 100)

    for attempt in (
        lambda: canvas.text(10, 10, "too high", 30),
        lambda: canvas.text(10, 98, "too low", 30),
        lambda: canvas.text(150, 60, "too wide", 20, width=60),
        lambda: canvas.text(-1, 60, "left", 20),
        lambda: canvas.box(0, 0, 201, 10),
        lambda: canvas.box(0, 0, 0, 10),
        lambda: canvas.line(0, 95, 6, upright=True),
        lambda: canvas.polygon([(0, 0), (201, 0), (0, 5)]),
    ):
        with pytest.raises(OutsideLabel):
            attempt()
    assert canvas.items == []


def test_the_canvas_cleans_and_fits_what_it_takes() -> None:
    canvas = Canvas(200, 100)

    size = canvas.text(10, 60, "Oostelijke\nHandelskade", 40, least=20, align=Align.RIGHT)

    (item,) = canvas.items
    assert isinstance(item, Text)
    assert (item.size, item.width, item.text.endswith("…")) == (size, 190, True)
    assert canvas.measure(item.text, item.size) <= 190
