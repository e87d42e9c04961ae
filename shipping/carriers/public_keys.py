"""Webhooks signed with a private key: RSA-SHA256, the public keys as a JWK set (RFC 7517, 7518). Pure.

A set is kept where other carriers have a secret, as `key_set` writes it: a live set and, while keys change, the one
before it. So whoever knocks with a key nobody knows makes us fetch nothing.
"""

import base64
import binascii
import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from shipping.carriers.signing import WINDOW_S

LEAST_BITS: Final = 2_048
MOST_BITS: Final = 8_192
MOST_KEYS: Final = 16
LONGEST_ID: Final = 200


def key_set(document: Any) -> str:
    """The RSA signing keys of a JWK set as one text, always in the same order; empty if there is none to be used.

    Keys for encryption, of other kinds, without an id, and those too short to be trusted are left out.
    """
    rows = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, dict[str, str]] = {}
    for row in rows[:MOST_KEYS] if isinstance(rows, list) else []:
        if isinstance(row, dict) and _public_key(row) is not None and 0 < len(row["kid"]) <= LONGEST_ID:
            found[row["kid"]] = {name: row[name] for name in ("kid", "n", "e")}
    return json.dumps([found[name] for name in sorted(found)]) if found else ""


def is_signed_by(*, key_id: str, signature: str, told: bytes, sets: Sequence[str]) -> bool:
    """True when the key called `key_id` of a live set signed `told` (RSASSA-PKCS1-v1_5, SHA-256); base64."""
    try:
        plain = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_holds(key, plain, told) for known in sets for key in _keys_of(known) if key["kid"] == key_id)


def is_near(moment: str, *, now_s: float) -> bool:
    """Whether an ISO 8601 moment with its offset, or seconds since 1970, is within the window of other signatures."""
    try:
        at_s = float(moment) if moment.isascii() and moment.isdigit() else datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError, OSError):
        return False
    return math.isfinite(at_s) and abs(now_s - at_s) <= WINDOW_S


def _keys_of(known: str) -> list[dict[str, str]]:
    """The keys of a set as `key_set` wrote it; none of anything else."""
    try:
        rows = json.loads(known)
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict) and "kid" in row] if isinstance(rows, list) else []


def _holds(key: dict[str, str], signature: bytes, told: bytes) -> bool:
    public = _public_key(key)
    if public is None:
        return False
    try:
        public.verify(signature, told, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _public_key(row: dict[str, Any]) -> rsa.RSAPublicKey | None:
    """The key a JWK describes, if it is one for RSA signatures of a fair length."""
    if row.get("kty", "RSA") != "RSA" or row.get("use", "sig") != "sig" or row.get("alg", "RS256") != "RS256":
        return None
    try:
        modulus, exponent = _number(row["n"]), _number(row["e"])
        fair = isinstance(row["kid"], str) and LEAST_BITS <= modulus.bit_length() <= MOST_BITS and exponent >= 3
        return rsa.RSAPublicNumbers(exponent, modulus).public_key() if fair else None
    except (KeyError, TypeError, ValueError):
        return None


def _number(text: str) -> int:
    """A Base64urlUInt of RFC 7518. Raises `TypeError`, `ValueError`."""
    padded = text + "=" * (-len(text) % 4)
    return int.from_bytes(base64.b64decode(padded, altchars=b"-_", validate=True), "big")
