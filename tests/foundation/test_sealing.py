"""Sealed texts: hidden, whole or not at all, and carried over from key to key."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.sealing import MARK, Sealer, Unreadable

FIRST, SECOND, THIRD = "first-key-" * 4, "second-key-" * 3, "third-key-" * 4
KNOWN = "s1.gAAAAABrA8NECWg0mLTsQ3jGqiUE277cpLtbWeaiCNn7zMAe3PRE-Udiznifd6Pku4coMcHEGA7SwZNmuDBegBdEBKKW0YNFjg=="
texts = st.text(max_size=200).filter(lambda text: text.isprintable())


@given(texts)
def test_what_is_sealed_is_opened_and_never_the_same_twice(text: str) -> None:
    sealer = Sealer([FIRST])
    one, two = sealer.seal(text), sealer.seal(text)

    assert sealer.open(one) == sealer.open(two) == text
    assert one != two
    assert one.startswith(MARK)
    assert len(text) < 8 or text not in one
    assert len(text) < 8 or text.encode() not in base64.urlsafe_b64decode(one.rpartition(".")[2])


@given(texts, st.data())
def test_any_change_shows(text: str, data: st.DataObject) -> None:
    sealer = Sealer([FIRST])
    sealed = sealer.seal(text)
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:at] + data.draw(st.characters(codec="utf-8")) + sealed[at + 1 :]

    try:
        opened = sealer.open(changed)
    except Unreadable:
        return
    # the last letter of base64 holds bits that stand for nothing
    assert opened == text


@pytest.mark.parametrize("nonsense", ["", "s1.", "s1..", "plain text", "s1.000000000000.AAAA", "é" * 40])
def test_nonsense_is_unreadable(nonsense: str) -> None:
    with pytest.raises(Unreadable):
        Sealer([FIRST]).open(nonsense)


def test_a_cut_seal_under_our_key_is_unreadable() -> None:
    sealed = Sealer([FIRST]).seal("a password")

    for cut in (sealed[:20], sealed[:-8], sealed + "AAAA", sealed[:17] + "." + "AAAA"):
        with pytest.raises(Unreadable):
            Sealer([FIRST]).open(cut)


def test_a_new_key_seals_and_the_former_still_opens_until_it_goes() -> None:
    old = Sealer([FIRST]).seal("a password")
    both = Sealer([SECOND, FIRST])

    new = both.renew(old)

    assert both.open(old) == both.open(new) == Sealer([SECOND]).open(new) == "a password"
    assert both.renew(new) == new
    for sealer, sealed in ((Sealer([SECOND]), old), (Sealer([FIRST]), new), (Sealer([THIRD]), new)):
        with pytest.raises(Unreadable):
            sealer.open(sealed)
        with pytest.raises(Unreadable):
            sealer.renew(sealed)


def test_a_known_seal_is_opened_for_ever() -> None:
    """What one version of this code sealed, the next must open."""
    assert Sealer([FIRST]).open(KNOWN) == "a password"


@pytest.mark.parametrize("keys", [[], ["short"], [FIRST, "short"]])
def test_a_sealer_needs_real_keys(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        Sealer(keys)
