"""What a floor says when it refuses: a stable code, one sentence, and the field or row it is about.

Services raise these; each door turns them into its own tongue (problem+json, a form error, a
station's red line). A door never has to guess: `code` is stable, `message` is for a person.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault in one place of the input: where (a field path such as `lines[2].quantity`, or a row) and why."""

    where: str
    code: str
    message: str


class DomainError(Exception):
    """The root of every refusal. `code` is stable and documented; nothing was changed when it is raised.

    Arguments: `message` one sentence a person can act on; `field` the input's path it is about;
    `row` the 1-based row of a file; `faults` when there is more than one; `facts` small plain values
    (a bin's code, a quantity) that a door may show or log. Never put a buyer's data in `facts`.
    """

    status: ClassVar[int] = 422
    code: str = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        row: int | None = None,
        faults: tuple[FieldFault, ...] = (),
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.field = field
        self.row = row
        self.faults = faults
        self.facts = facts


class Invalid(DomainError):
    """The input itself is wrong, whatever the state of the hub: a bad quantity, an unknown barcode."""

    status = 422
    code = "invalid"


class NotFound(DomainError):
    """There is no such thing for this caller. Another tenant's row is not found too, in the same words."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """The input is well-formed but the state forbids it: over-receipt, ship before pack, stock gone."""

    status = 409
    code = "conflict"


class Forbidden(DomainError):
    """The caller is known but may not do this."""

    status = 403
    code = "forbidden"


class Unavailable(DomainError):
    """Something outside did not answer (a carrier, a printer); asking again later is safe."""

    status = 503
    code = "unavailable"
