"""Webhook signatures, computed and compared in constant time. Pure; for adapters and the simulated carrier."""

import hashlib
import hmac
import re
from collections.abc import Sequence

WINDOW_S = 300
"""A signed moment further from the real time than this is refused, before or after."""

_TIMESTAMPED = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,4})", re.ASCII)


def sign_timestamped(*, secret: str, body: bytes, at_s: int) -> str:
    """The header `t=<unix>,v1=<hex>`: HMAC-SHA256 of `t.body` under `secret`."""
    return f"t={at_s},v1={_hex(secret, at_s, body)}"


def is_timestamped(*, header: str, body: bytes, secrets: Sequence[str], now_s: float) -> bool:
    """True when any of the header's signatures is ours under any live secret, and its moment is near `now_s`."""
    match = _TIMESTAMPED.fullmatch(header)
    if match is None:
        return False
    at_s = int(match[1])
    offered = [part.removeprefix("v1=") for part in match[2].split(",")[1:]]
    # every pair is compared, whichever matches, so the time taken tells nothing
    matches = [hmac.compare_digest(_hex(secret, at_s, body), signature) for secret in secrets for signature in offered]
    return any(matches) and abs(now_s - at_s) <= WINDOW_S


def _hex(secret: str, at_s: int, body: bytes) -> str:
    """HMAC-SHA256 of `t.body`, as hex."""
    return hmac.new(secret.encode(), str(at_s).encode() + b"." + body, hashlib.sha256).hexdigest()


def sign_plain(*, secret: str, body: bytes) -> str:
    """The hex HMAC-SHA256 of a body, without a moment: whoever recorded it may send it again."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_plain(*, header: str, body: bytes, secrets: Sequence[str]) -> bool:
    """True when `header` is the body's plain HMAC under any live secret."""
    matches = [_same(header, sign_plain(secret=secret, body=body)) for secret in secrets]
    return any(matches)


def is_shared(*, header: str, secrets: Sequence[str]) -> bool:
    """True when `header` is one of the live secrets itself: all that a static token proves. An empty one never is."""
    matches = [_same(header, secret) for secret in secrets if secret]
    return any(matches)


def _same(given: str, wanted: str) -> bool:
    """Compared in constant time; a header that is no ASCII equals nothing of ours."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
