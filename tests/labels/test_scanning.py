"""What a scanner sent, told apart; and nothing but a refusal for what can't be."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundation.errors import DomainError, Invalid
from labels.drawing import gs1
from labels.scanning import LONGEST, Scan, ScanKind, parse_scan
from tests.labels.strategies import elements

GTIN = "09506000134352"
SSCC = "387123450000047116"


@pytest.mark.parametrize(
    "raw",
    [f"]C100{SSCC}", f"00{SSCC}", SSCC, f"(00){SSCC}", f"]d200{SSCC}\r\n", f"]C1\x1d00{SSCC}".encode()],
)
def test_a_carton(raw: str | bytes) -> None:
    scan = parse_scan(raw)

    assert (scan.kind, scan.sscc, scan.elements) == (ScanKind.SSCC, SSCC, (("00", SSCC),))


@pytest.mark.parametrize(
    "raw", ["]E09506000134352", "9506000134352", GTIN, f"]C101{GTIN}", f"01{GTIN}", f"(01){GTIN}\t"]
)
def test_a_trade_item(raw: str) -> None:
    scan = parse_scan(raw)

    assert (scan.kind, scan.gtin) == (ScanKind.GTIN, GTIN)


@pytest.mark.parametrize(
    "raw",
    [
        f"]d201{GTIN}1726113010A1\x1d21Z9",
        f"]d201{GTIN}1726113010A1\xf821Z9",
        f"]Q301{GTIN}1726113010A1␝21Z9",
        f"01{GTIN}1726113010A1\x1d21Z9",
        f"(01){GTIN}(17)261130(10)A1(21)Z9",
        f"https://id.gs1.org/01/{GTIN}/10/A1/21/Z9?17=261130",
        f"]Q1https://id.gs1.org/01/{GTIN}/10/A1/21/Z9?17=261130",
    ],
)
def test_an_item_with_lot_serial_and_expiry(raw: str) -> None:
    scan = parse_scan(raw)

    assert (scan.kind, scan.gtin, scan.lot, scan.serial) == (ScanKind.GS1, GTIN, "A1", "Z9")
    assert scan.expires_on == date(2026, 11, 30)


def test_bytes_with_the_wedges_f8() -> None:
    scan = parse_scan(f"]d201{GTIN}10A1".encode() + b"\xf8" + b"21Z9")

    assert (scan.lot, scan.serial, scan.symbology) == ("A1", "Z9", "]d2")


def test_a_content_with_a_count() -> None:
    scan = parse_scan(f"]C102{GTIN}37024")

    assert (scan.kind, scan.gtin, scan.quantity) == (ScanKind.GS1, GTIN, 24)


@pytest.mark.parametrize(
    "raw",
    [
        "A-01-02-3-04",
        "T1234568",
        "3SPAKH0012345678",
        "X00ABC1234",
        "12345670",
        "4006381333932",
        "https://shop.example/p/1",
        "ø",
        "(1",
    ],
)
def test_a_code_of_our_own_stays_what_it_is(raw: str) -> None:
    assert parse_scan(f" {raw}\r\n") == Scan(ScanKind.TEXT, raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "scan_empty"),
        (" \r\n", "scan_empty"),
        ("]C1", "scan_empty"),
        (b"", "scan_empty"),
        ("x" * (LONGEST + 1), "scan_too_long"),
        (b"x" * 5000, "scan_too_long"),
        ("a\x00b", "scan_broken"),
        ("a\tb", "scan_broken"),
        ("\ud800", "scan_broken"),
        ("]C101", "scan_broken"),
        ("]C10109506000134353", "scan_broken"),
        ("]C100387123450000047117", "scan_broken"),
        (f"]C101{GTIN}17269999", "scan_broken"),
        (f"]C101{GTIN}10" + "A" * 21, "scan_broken"),
        (f"]d201{GTIN}10Ł", "scan_broken"),
        ("]E04006381333932", "scan_broken"),
        ("A\x1dB", "scan_broken"),
        (f"01{GTIN}17999999", "scan_broken"),
    ],
)
def test_what_can_not_be_read_is_refused(raw: str | bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_scan(raw)

    assert refused.value.code == code
    assert refused.value.field == "scan"


@given(said=elements, identifier=st.sampled_from(["]C1", "]d2", "]Q3"]))
def test_every_gs1_message_reads_back(said: list[gs1.Element], identifier: str) -> None:
    assert parse_scan(identifier + gs1.message(said)).elements == tuple(said)


@given(raw=st.one_of(st.text(max_size=600), st.binary(max_size=600)))
@example(raw="https://[")
@example(raw="http://x/01/")
@example(raw="(01)")
@example(raw="()")
@example(raw="]C1" + "9" * 400)
def test_any_bytes_are_a_scan_or_a_refusal(raw: str | bytes) -> None:
    try:
        scan = parse_scan(raw)
    except DomainError:
        return

    assert scan.text
    assert scan.kind in ScanKind


@given(
    head=st.sampled_from(["]C1", "]d2", "]Q3", "]E0", "]E4", "", "(", "https://id.gs1.org/"]),
    body=st.text("0123456789()/\x1d\xf8␝]ACd?=&ab", max_size=60),
)
def test_almost_right_scans_are_scans_or_refusals(head: str, body: str) -> None:
    try:
        scan = parse_scan(head + body)
    except DomainError:
        return

    assert scan.text.isprintable() or scan.elements
