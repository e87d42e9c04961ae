"""Reading a body: JSON as RFC 8259 means it, small and shallow enough to be an order, each key once."""

import json
from collections import Counter
from typing import IO, Any, Final, NoReturn

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from foundation.errors import FieldFault, Invalid
from fulfillment.api.errors import Refused

MOST_BYTES: Final = 1_048_576
DEEPEST: Final = 16
"""Levels of nesting. An inbound has five; more is somebody trying."""
MOST_OBJECTS: Final = 20_000
"""Objects and lists together. The largest inbound has some 3,000; a body of nothing but `[],` costs a second."""


def read_body(request: Request) -> bytes:
    """The raw body, read once and within `MOST_BYTES`. Raises `Refused` (411, 413, 415, 400 when it is empty)."""
    meta = request.META
    if meta.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refused(415, code="encoding_unsupported", detail="Send the body without Content-Encoding.")
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise Refused(411, code="length_required", detail="Send the body with a Content-Length.")
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length[:12]) > MOST_BYTES:
        raise Refused(413, code="body_too_large", detail=f"A body may have {MOST_BYTES:,} bytes.")
    body: bytes = request._request.body  # noqa: SLF001 (REST framework hides the bytes behind its parsers)
    if not body.strip():
        raise Refused(400, code="body_missing", detail="This call needs a JSON body.")
    return body


class StrictJSONParser(BaseParser):
    """`application/json` and nothing else; UTF-8 whatever the charset parameter claims."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The body's object. Raises as `parse_object`."""
        return parse_object(stream.read())


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises `Refused` (400 `json_malformed`) and `Invalid` (`key_repeated`, `number_invalid`, `too_deep`,
    `too_many_objects`, `object_expected`). Python's own reader would take the last of two equal keys, and NaN
    for a number.
    """
    if body.count(b"[") + body.count(b"{") > MOST_OBJECTS:
        raise _invalid("too_many_objects", f"A body may have {MOST_OBJECTS:,} objects and lists.")
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Refused(400, code="json_malformed", detail=f"Byte {error.start} of the body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(400, code="json_malformed", detail=f"The body is no JSON: {error.msg} ({where}).") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _invalid("number_invalid", "A number has too many digits.") from error
    if not isinstance(value, dict):
        raise _invalid("object_expected", "The body must be a JSON object.")
    _check_depth(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _value in pairs)
        repeated = next(key for key in found if times[key] > 1)
        raise _invalid("key_repeated", f"The key {repeated[:80]!r} stands twice in one object.")
    return found


def _no_number(text: str) -> NoReturn:
    raise _invalid("number_invalid", f"{text} is not a number in JSON.")


def _check_depth(value: dict[str, Any]) -> None:
    level: list[Any] = [value]
    for _depth in range(DEEPEST):
        inner = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level = [child for child in inner if isinstance(child, (dict, list))]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Invalid:
    return _invalid("too_deep", f"A body may be nested {DEEPEST} levels deep.")


def _invalid(code: str, message: str) -> Invalid:
    return Invalid(message, code=code, faults=(FieldFault("", code, message),))
