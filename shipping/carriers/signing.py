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
