"""What a body must be before anybody looks at its fields."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Invalid
from fulfillment.api.errors import Refused
from fulfillment.api.parsing import DEEPEST, MOST_BYTES, parse_object
from fulfillment.api.problems import pointer_to

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=12)
OBJECTS = st.dictionaries(st.text(), VALUES)


@given(OBJECTS)
def test_every_object_comes_back_as_it_was_written(value):
    assert parse_object(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_refusal(body):
    try:
        value = parse_object(body)
    except (Invalid, Refused):
        return
    assert isinstance(value, dict)


@pytest.mark.parametrize(
    "body, code",
    [
        (b'{"a": 1, "a": 1}', "key_repeated"),
        (b'{"a": {"b": 1, "b": 2}}', "key_repeated"),
        (b'{"a": 1, "\\u0061": 2}', "key_repeated"),
        (b'{"a": NaN}', "number_invalid"),
        (b'{"a": -Infinity}', "number_invalid"),
        (b'{"a": %s}' % (b"9" * 5_000), "number_invalid"),
        (b"[" * 10_000, "too_deep"),
        (b'{"a":' * 10_000, "too_deep"),
        (b'{"a":[' + b"[]," * 20_000 + b"1]}", "too_many_objects"),
        (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "too_deep"),
        (b"[1]", "object_expected"),
        (b"null", "object_expected"),
        (b'"text"', "object_expected"),
    ],
)
def test_well_meant_json_that_is_no_order_is_invalid(body, code):
    with pytest.raises(Invalid) as caught:
        parse_object(body)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_the_deepest_allowed_nesting_passes():
    inside = DEEPEST - 1

    assert parse_object(b'{"a":' + b"[" * inside + b"]" * inside + b"}")


@pytest.mark.parametrize(
    "body",
    [b"{", b"{'a': 1}", b'{"a": 1,}', b'{"a": 01}', b'{"a": 1} x', b'\xef\xbb\xbf{"a": 1}', b'{"a": "\xff"}', b"\x00"],
)
def test_what_is_no_json_is_refused_as_such(body):
    with pytest.raises(Refused) as caught:
        parse_object(body)

    assert (caught.value.status, caught.value.code) == (400, "json_malformed")


@pytest.mark.parametrize(
    "piece", [b'{"a":' + b"[" * 500_000, b'{"a":[' + b"[],", b'{"a":"' + b"\\\\", b'{"a":[' + b"1,", b'{"a":1,']
)
def test_the_largest_body_of_any_kind_is_dealt_with_quickly(piece):
    repeated = piece[-3:] if piece.endswith(b",") else piece[-2:]
    body = (piece + repeated * (MOST_BYTES // len(repeated)))[:MOST_BYTES]
    started = time.process_time()

    with pytest.raises((Invalid, Refused)):
        parse_object(body)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "path, pointer",
    [
        ("", ""),
        ("hub", "/hub"),
        ("lines[2].sku", "/lines/2/sku"),
        ("cartons[0].lines[11].lot", "/cartons/0/lines/11/lot"),
    ],
)
def test_a_services_path_becomes_a_json_pointer(path, pointer):
    assert pointer_to(path) == pointer
