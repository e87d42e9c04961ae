"""Which numbers a label's barcodes may stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.parcel_codes import numbers_in


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("3SABCD123456789", "3SABCD123456789"),
        ("1Z999AA10123456784", "1Z999AA10123456784"),
        (" jvgl 0612 3456 7890 ", "JVGL061234567890"),
        # DPD: the routing barcode with and without its tag, and the digits with their check character
        ("%0001019" + "05212345678901" + "101" + "528", "05212345678901"),
        ("0001019" + "05212345678901" + "101" + "528", "05212345678901"),
        ("05212345678901K", "05212345678901"),
        ("00387123450000000017", "387123450000000017"),
        ("420101189205590175547700000001", "9205590175547700000001"),
        ("420101180001" + "9205590175547700000001", "9205590175547700000001"),
        ("JJD000390007881002637", "JD000390007881002637"),
    ],
)
def test_a_routing_barcode_is_opened(code: str, number: str) -> None:
    assert number in numbers_in(code)


def test_what_was_read_comes_first_and_nothing_is_found_by_chance() -> None:
    assert numbers_in("sim123") == ("sim123", "SIM123")
    assert numbers_in("8712345678906") == ("8712345678906",)
    assert numbers_in("X" + "05212345678901" + "X") == ("X05212345678901X",)
    assert numbers_in("  ") == ()


@given(st.text(max_size=80))
def test_any_scan_gives_few_numbers_that_all_stand_in_it(code: str) -> None:
    numbers = numbers_in(code)

    assert len(numbers) <= 4
    squeezed = "".join(code.split()).upper()
    assert all(number.upper() in squeezed or not code.isascii() for number in numbers)
