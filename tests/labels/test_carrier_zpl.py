"""Labels that a carrier drew as ZPL: commands that draw go through, all others are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.documents.carrier_zpl import check_zpl
from labels.drawing.faults import DrawingError
from tests.labels.samples import MAKERS, THERMAL


@pytest.mark.parametrize("document", THERMAL)
def test_our_own_zpl_would_pass(document: str) -> None:
    module, make = MAKERS[document]
    doc = make("^XZ^XA~JA Łukasz")
    few = len(module.layout(doc)) <= 20

    assert not few or check_zpl(module.render_zpl(doc)) == len(module.layout(doc))


UPS = (
    b"^XA^LRN^MNY^MFN,N^LH10,12^MCY^POI^PW812^CI27^FO60,20^A0,30,30^FVLukasz^FS"
    b"^FO9,9^BD2^FH^FD002_1E01^FS^PQ1,0,1,Y^XZ\r\n"
)


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        (UPS, 1),
        (UPS * 20, 20),
        (b" \r\n^xa^fo1,1^a0n,9,9^fdName \xe9^fs^xz", 1),
        (b"^XA^FXnote^FS^A@N,9,9,E:A.FNT^XZ", 1),
    ],
)
def test_a_carriers_zpl_is_let_through(content: bytes, labels: int) -> None:
    assert check_zpl(content) == labels


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "label_not_zpl"),
        (b"<html>", "label_not_zpl"),
        (b"^XA", "label_not_zpl"),
        (b"^XZ", "label_not_zpl"),
        (b"^XA^XA^XZ", "label_not_zpl"),
        (b"^XA^XZ^XZ", "label_not_zpl"),
        (b"^XA^XZ^FO1,1", "label_not_zpl"),
        (b"^FO1,1^XA^XZ", "label_not_zpl"),
        (b"x^XA^XZ", "label_not_zpl"),
        (b"^XA^XZx", "label_not_zpl"),
        (b"^XA^XZ" * 21, "label_too_many_pages"),
        (b"^XA^PQ11^XZ", "label_too_many_copies"),
        (b"^XA^PQ1,0,9999^XZ", "label_too_many_copies"),
        (b"^XA^GFC,1,1,1,\xff^XZ", "label_command_refused"),
        (b"^XA" + b" " * 5_000_000, "label_too_large"),
        *(
            (b"^XA^FO1,1%s^XZ" % command, "label_command_refused")
            for command in (
                b"^IDR:*.*", b"^id*.*", b"^DFR:A.ZPL", b"^XFR:A.ZPL", b"^JUS", b"^JUF", b"^JMA", b"^CC/", b"^CD;",
                b"^CT+", b"^HH", b"^HV1", b"^KN", b"^NC", b"^SX", b"^WD", b"^XG", b"^MW", b"^KP1234", b"^ZZ1,N",
                b"^FN1", b"^SL", b"~JR", b"~JA", b"~DGR:A", b"~CC/", b"~CT", b"^ XA", b"^\nXZ", b"^", b"\x1eJR",
                b"\x1fID", b"^FDa~b",
            )
        ),
    ],
)  # fmt: skip
def test_zpl_that_does_more_than_draw_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DrawingError) as refused:
        check_zpl(content)

    assert refused.value.code == code


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(content: bytes) -> None:
    with pytest.raises(DrawingError):
        check_zpl(b"^XA" + content + b"~JA^XZ")
