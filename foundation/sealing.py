"""Secrets at rest: sealed under the first of several keys, opened under any, sealed anew when keys change. Pure.

For whatever must be stored and used again in the clear, such as a carrier's password. Fernet does it (AES-128-CBC with
HMAC-SHA256, https://github.com/fernet/spec), under a key derived from the given text by HKDF (RFC 5869).
"""

import base64
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MARK = "s1."
"""How every sealed text begins."""

_SEAL = re.compile(re.escape(MARK) + r"[A-Za-z0-9_-]+={0,2}")
"""The mark and base64, padded at its end alone: the library would pass over what follows that."""

SHORTEST_KEY = 32
"""Characters. Keys are random texts, such as those of `secrets.token_urlsafe(32)`."""


class Unreadable(Exception):
    """A text that none of our keys has sealed, or that was changed since. Says nothing of what it holds."""


class Sealer:
    """Seals under the first key, opens under all. Raises `ValueError` without a key, or for a short one."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < SHORTEST_KEY for key in keys):
            raise ValueError(f"a sealer needs at least one key, each of at least {SHORTEST_KEY} characters")
        fernets = [Fernet(_derived(key)) for key in keys]
        self._first, self._all = fernets[0], MultiFernet(fernets)

    def seal(self, text: str) -> str:
        """`text`, unreadable without the key; never twice the same."""
        return MARK + self._first.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises `Unreadable`."""
        return _opened(self._all, sealed)

    def renew(self, sealed: str) -> str:
        """The same text under the first key; unchanged when it is already. Raises `Unreadable`."""
        try:
            _opened(self._first, sealed)
        except Unreadable:
            return self.seal(self.open(sealed))
        return sealed


def _opened(keys: Fernet | MultiFernet, sealed: str) -> str:
    if not _SEAL.fullmatch(sealed):
        raise Unreadable("this is no seal of ours")
    try:
        return keys.decrypt(sealed.removeprefix(MARK).encode()).decode()
    except InvalidToken as fault:
        raise Unreadable("none of the keys has sealed this, or it is damaged") from fault


def _derived(key: str) -> bytes:
    """A Fernet key out of a random text of any length."""
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"pakhuis/sealing")
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
