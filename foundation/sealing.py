"""Secrets at rest: sealed under the first of several keys, opened under any, sealed anew when keys change. Pure.

For whatever must be stored and used again in the clear, such as a carrier's password. A seal hides a text and shows
every change to it: encrypt-then-MAC, with HMAC-SHA256 as the pseudo-random function both of a counter-mode keystream
and of the tag (Bellare and Namprempre, "Authenticated Encryption", ASIACRYPT 2000), under two keys derived from the
given one, and a random nonce of 128 bits for each text. Only the standard library, for no pinned package has a cipher;
`Sealer` has the three verbs of `cryptography`'s MultiFernet, so that one can take its place behind the version mark.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

MARK = "s1."
"""How every sealed text begins."""

SHORTEST_KEY = 32
"""Characters. Keys are random texts, such as those of `secrets.token_urlsafe(32)`."""

_NONCE = 16
_TAG = 32


class Unreadable(Exception):
    """A text that none of our keys has sealed, or that was changed since. Says nothing of what it holds."""


class Sealer:
    """Seals under the first key, opens under all. Raises `ValueError` without a key, or for a short one."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < SHORTEST_KEY for key in keys):
            raise ValueError(f"a sealer needs at least one key, each of at least {SHORTEST_KEY} characters")
        self._keys = [_Key(key) for key in keys]

    def seal(self, text: str) -> str:
        """`text`, unreadable without the key; never twice the same."""
        return self._keys[0].seal(text)

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises `Unreadable`."""
        return self._keeper(sealed).open(sealed)

    def renew(self, sealed: str) -> str:
        """The same text under the first key; unchanged when it is already. Raises `Unreadable`."""
        keeper = self._keeper(sealed)
        text = keeper.open(sealed)
        return sealed if keeper is self._keys[0] else self.seal(text)

    def _keeper(self, sealed: str) -> "_Key":
        """The key whose name stands on the seal."""
        for key in self._keys:
            if sealed.startswith(f"{MARK}{key.name}."):
                return key
        raise Unreadable("none of the keys has sealed this")


class _Key:
    """One key: its name for the seal (which tells nothing of it), and the two keys made of it."""

    def __init__(self, key: str) -> None:
        self.name = _derived(key, "name").hex()[:12]
        self._hide, self._tag = _derived(key, "hide"), _derived(key, "tag")

    def seal(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        hidden = nonce + self._crossed(nonce, text.encode())
        return f"{MARK}{self.name}.{base64.urlsafe_b64encode(hidden + self._tag_of(hidden)).decode()}"

    def open(self, sealed: str) -> str:
        try:
            content = base64.b64decode(sealed.rpartition(".")[2], altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as fault:
            raise Unreadable("the seal is damaged") from fault
        hidden, tag = content[:-_TAG], content[-_TAG:]
        if len(hidden) < _NONCE or not hmac.compare_digest(tag, self._tag_of(hidden)):
            raise Unreadable("the seal is damaged")
        return self._crossed(hidden[:_NONCE], hidden[_NONCE:]).decode()

    def _crossed(self, nonce: bytes, text: bytes) -> bytes:
        """`text` crossed with the key's stream for this nonce; doing it twice undoes it."""
        blocks = -(-len(text) // 32)
        stream = b"".join(
            hmac.digest(self._hide, nonce + number.to_bytes(8, "big"), hashlib.sha256) for number in range(blocks)
        )
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))

    def _tag_of(self, hidden: bytes) -> bytes:
        return hmac.digest(self._tag, f"{MARK}{self.name}.".encode() + hidden, hashlib.sha256)


def _derived(key: str, purpose: str) -> bytes:
    """A key for one purpose, from which neither the given key nor the others can be told."""
    return hmac.digest(key.encode(), f"pakhuis/sealing/{purpose}".encode(), hashlib.sha256)
