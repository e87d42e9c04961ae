"""GS1 keys and messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from labels.drawing import gs1
from labels.drawing.faults import Gs1Refused
from tests.labels.strategies import elements, gtins, ssccs


@given(digits=st.text("0123456789", min_size=7, max_size=17))
def test_check_digit_agrees_with_another_implementation(digits: str) -> None:
    assert gs1.check_digit(digits) == ean.calc_check_digit(digits)


@given(gtin=gtins, place=st.integers(0, 13), step=st.integers(1, 9))
def test_a_gtin_with_one_wrong_digit_is_no_gtin(gtin: str, place: int, step: int) -> None:
    wrong = gtin[:place] + str((int(gtin[place]) + step) % 10) + gtin[place + 1 :]

    assert gs1.is_gtin(gtin)
    assert not gs1.is_gtin(wrong)


@pytest.mark.parametrize(("short", "long"), [("40170725", "00000040170725"), ("036000291452", "00036000291452")])
def test_every_gtin_fits_in_fourteen_digits(short: str, long: str) -> None:
    assert gs1.gtin14(short) == long
    assert gs1.is_gtin(long)


@pytest.mark.parametrize("text", ["", "4006381333932", "400638133393", "４００６３８１３３３９３１", "400638133393x"])
def test_what_is_no_gtin_is_refused(text: str) -> None:
    with pytest.raises(Gs1Refused) as refused:
        gs1.gtin14(text)

    assert refused.value.code == "gtin_invalid"


def test_a_sscc_is_extension_prefix_serial_and_check_digit() -> None:
    assert gs1.build_sscc(company_prefix="8712345", serial=4711, extension=3) == "387123450000047116"


@given(sscc=ssccs)
def test_a_sscc_checks(sscc: str) -> None:
    assert len(sscc) == 18
    assert gs1.is_sscc(sscc)


@pytest.mark.parametrize(
    ("prefix", "serial", "extension"),
    [
        ("871", 1, 0),
        ("8712345678901", 1, 0),
        ("87x2345", 1, 0),
        ("8712345", -1, 0),
        ("8712345", 10**9, 0),
        ("8712345", 1, 10),
    ],
)
def test_a_sscc_that_does_not_fit_is_refused(prefix: str, serial: int, extension: int) -> None:
    with pytest.raises(Gs1Refused) as refused:
        gs1.build_sscc(company_prefix=prefix, serial=serial, extension=extension)

    assert refused.value.code == "sscc_invalid"


@given(said=elements)
def test_a_message_reads_back(said: list[gs1.Element]) -> None:
    assert gs1.read_message(gs1.message(said)) == tuple(said)


def test_a_separator_stands_only_where_it_must() -> None:
    said = [("01", "09506000134352"), ("17", "261130"), ("10", "A1"), ("21", "Z")]

    assert gs1.message(said) == "01095060001343521726113010A1\x1d21Z"
    assert gs1.hri(said) == "(01)09506000134352(17)261130(10)A1(21)Z"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "gs1_refused"),
        ([("01", "09506000134353")], "gs1_check_digit"),
        ([("00", "387123450000047117")], "gs1_check_digit"),
        ([("10", "")], "gs1_refused"),
        ([("10", "A" * 21)], "gs1_refused"),
        ([("10", "Łódź")], "gs1_refused"),
        ([("10", "A\x1d21B")], "gs1_refused"),
        ([("10", "A[21]B")], "gs1_refused"),
        ([("17", "261399")], "gs1_refused"),
        ([("09", "1")], "gs1_refused"),
        ([("1", "012345")], "gs1_refused"),
    ],
)
def test_what_is_no_element_is_refused(said: list[gs1.Element], code: str) -> None:
    with pytest.raises(Gs1Refused) as refused:
        gs1.checked(said)

    assert refused.value.code == code


def test_a_day_of_zero_is_the_months_last() -> None:
    assert str(gs1.date_of("17", "280200")) == "2028-02-29"
    assert gs1.date_of("10", "280200") is None
