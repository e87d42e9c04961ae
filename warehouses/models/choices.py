"""What a case can be about, and what a seller can choose: the words of cases, and which go together."""

from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import TextChoices


class CaseKind(TextChoices):
    """How a carton differed from its plan."""

    MISSING = "missing", "Missing"  # announced, not in the carton
    DAMAGED = "damaged", "Damaged"  # in the carton, not as good as new
    SURPLUS = "surplus", "Surplus"  # more than announced, and good
    WRONG_ITEM = "wrong_item", "Wrong item"  # the seller's, but not announced in this carton
    UNKNOWN = "unknown", "Unknown"  # a code that nobody knows: kept, but in no books


class CaseChoice(TextChoices):
    """What the seller wants done about it."""

    ACCEPT = "accept", "Accept"  # it stays as it was found
    SEND_BACK = "send_back", "Send back"  # the units leave, to the seller
    DISPOSE = "dispose", "Dispose"  # the units are thrown away
    RELABEL = "relabel", "Relabel"  # they get the label of another item and are booked to it, at a fee
    BOOK_TO = "book_to", "Book to another item"  # they are that item already; only the books change


_LEAVE: Final = (CaseChoice.SEND_BACK, CaseChoice.DISPOSE)
_STAY: Final = (CaseChoice.RELABEL, CaseChoice.BOOK_TO)

OFFERED: Final[Mapping[str, tuple[CaseChoice, ...]]] = {
    CaseKind.MISSING: (CaseChoice.ACCEPT,),
    CaseKind.DAMAGED: (CaseChoice.ACCEPT, *_LEAVE),
    CaseKind.SURPLUS: (CaseChoice.ACCEPT, *_LEAVE, *_STAY),
    CaseKind.WRONG_ITEM: (CaseChoice.ACCEPT, *_LEAVE, *_STAY),
    CaseKind.UNKNOWN: (*_LEAVE, *_STAY),
}
"""By kind, what can be chosen."""

NEEDS_ITEM: Final = frozenset(_STAY)
"""Choices that name the item to which the units are booked."""

USUAL: Final[Mapping[str, CaseChoice]] = {
    CaseKind.MISSING: CaseChoice.ACCEPT,
    CaseKind.DAMAGED: CaseChoice.DISPOSE,
    CaseKind.SURPLUS: CaseChoice.ACCEPT,
    CaseKind.WRONG_ITEM: CaseChoice.ACCEPT,
    CaseKind.UNKNOWN: CaseChoice.DISPOSE,
}
"""What is done when the seller says nothing, unless the hub has it otherwise."""


def check_silence(value: object) -> None:
    """A hub's own choices on silence: kinds to choices that are offered and need no item. Raises `ValidationError`."""
    if not isinstance(value, dict):
        raise ValidationError('Write it like {"damaged": "send_back"}.')
    for kind, choice in value.items():
        if kind not in CaseKind.values:
            raise ValidationError(f"There is no kind of case called {kind}: {', '.join(CaseKind.values)}.")
        able = [str(each) for each in OFFERED[kind] if each not in NEEDS_ITEM]
        if choice not in able:
            raise ValidationError(f"On silence, {kind} can only be: {', '.join(able)}.")
