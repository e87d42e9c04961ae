"""Instructing: what somebody wants done to stock, written down first, so that twice the same is done once."""

from collections.abc import Mapping

from foundation import clock
from foundation.errors import Conflict, Invalid
from warehouses.models import Instruction
from warehouses.services.displacing import Outcome

LONGEST = 60
"""Characters of a key, and of a reason."""


def instruct(
    *, key: str, kind: Instruction.Kind, about: Mapping[str, object], reason: str, actor_id: int | None
) -> tuple[Instruction, bool]:
    """The instruction of this key, and whether it is new: then the caller carries it out in this transaction.

    The same key at the same moment waits here for the other to end. Raises `Invalid` (`key_invalid`,
    `reason_invalid`), `Conflict` (`key_reused`) when the key stands for something else.
    """
    key, reason = key.strip(), reason.strip()
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise Invalid(f"A key has 1 to {LONGEST} printable characters.", code="key_invalid", field="key")
    if not 1 <= len(reason) <= LONGEST or not reason.isprintable():
        raise Invalid(f"Give a reason of 1 to {LONGEST} characters.", code="reason_invalid", field="reason")
    row, is_new = Instruction.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "about": dict(about),
            "reason": reason,
            "actor_id": actor_id,
            "given_at": clock.now(),
        },
    )
    if not is_new and (row.kind, row.about) != (kind, dict(about)):
        raise Conflict("This key was used for another instruction.", code="key_reused", field="key")
    return row, is_new


def note_outcome(row: Instruction, outcome: Outcome) -> Instruction:
    """Writes down what came of an instruction, for whoever asks again."""
    row.units, row.reassigned, row.waiting = outcome.units, outcome.reassigned, outcome.waiting
    row.save(update_fields=["units", "reassigned", "waiting"])
    return row
