"""Refusals: a stable code, a sentence, and where."""

import pytest

from foundation.errors import Conflict, DomainError, FieldFault, Forbidden, Invalid, NotFound, Unavailable


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Invalid, 422, "invalid"),
        (NotFound, 404, "not_found"),
        (Conflict, 409, "conflict"),
        (Forbidden, 403, "forbidden"),
        (Unavailable, 503, "unavailable"),
    ],
)
def test_each_kind_has_its_status_and_code(error: type[DomainError], status: int, code: str) -> None:
    refusal = error("No.")

    assert (refusal.status, refusal.code, refusal.message, str(refusal)) == (status, code, "No.", "No.")
    assert (refusal.field, refusal.row, refusal.faults, refusal.facts) == (None, None, (), {})


def test_a_refusal_says_where_and_with_which_facts() -> None:
    fault = FieldFault("lines[0].sku", "sku_unknown", "There is no item X.")

    refusal = Conflict("No.", code="stock_short", field="quantity", row=3, faults=(fault,), bin="01-01", units=4)

    assert (refusal.code, refusal.field, refusal.row, refusal.faults) == ("stock_short", "quantity", 3, (fault,))
    assert refusal.facts == {"bin": "01-01", "units": 4}
    assert Conflict("No.").code == "conflict"
