"""Fields that take what the schema says and nothing that merely looks like it.

REST framework's own are friendly: `"3"`, `3.0`, `"٣"` and `True` pass for a number, `1` for a text, a time
without a zone for a local one. A machine that sends those has a fault its owner wants to hear about.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from foundation import clock
from foundation.moments import can_have_happened, zoned_moment
from foundation.quantities import MAX_QUANTITY

MOST_UNKNOWN: Final = 20
"""So many unknown keys are named; whoever sends more has another problem."""

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class Strict(serializers.Serializer):
    """An input object: keys it does not know, or that only we may write, are faults and not ignored.

    `answered` names the fields of the answer, to tell "you may not write this" from "there is no such thing".
    """

    answered: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The checked values. Raises `ValidationError` with every fault at once."""
        if not isinstance(data, dict):
            raise ValidationError({"non_field_errors": [ErrorDetail("This must be an object.", "object_expected")]})
        faults: dict[str, Any] = {}
        values: dict[str, Any] = {}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            faults.update(error.detail)  # type: ignore[arg-type]  # a serializer's detail is a dict
        unknown = [key for key in data if key not in self.fields][:MOST_UNKNOWN]
        faults.update({key: [self._unknown(key)] for key in unknown})
        if faults:
            raise ValidationError(faults)
        return values

    def _unknown(self, key: str) -> ErrorDetail:
        if key in self.answered:
            return ErrorDetail("This is ours to set.", "field_read_only")
        return ErrorDetail("There is no such field.", "field_unknown")


class Query(Strict):
    """A query string's parameters; unknown ones are faults too."""

    def _unknown(self, key: str) -> ErrorDetail:
        return ErrorDetail("There is no such parameter.", "parameter_unknown")


class Rows(serializers.ListField):
    """A list of objects whose length is checked before its contents: 10,000 lines are refused, not read."""

    def run_validation(self, data: Any = empty) -> Any:
        """The checked rows."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            message = f"At most {self.max_length:,} can stand here."
            raise ValidationError([ErrorDetail(message, "max_length")])
        return super().run_validation(data)


class Whole(serializers.IntegerField):
    """A JSON integer: no text, no fraction (not even `1.0`), no true or false."""

    default_error_messages = {"integer_expected": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        """The number itself."""
        if type(data) is not int:
            self.fail("integer_expected")
        return data


class Quantity(Whole):
    """Units of goods, 1 to a million, with the one code `quantity_invalid` whatever is wrong."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_QUANTITY, **kwargs)

    default_error_messages = {"quantity_invalid": f"Quantity must be a whole number from 1 to {MAX_QUANTITY:,}."}

    def run_validation(self, data: Any = empty) -> Any:
        """The quantity. A missing one is `required`, like any other field."""
        if data is not empty and (type(data) is not int or not 1 <= data <= MAX_QUANTITY):
            self.fail("quantity_invalid")
        return super().run_validation(data)


class Text(serializers.CharField):
    """A JSON string, composed (NFC) and trimmed. `printable` also refuses what can't be seen: it is for codes."""

    default_error_messages = {
        "text_expected": "This must be a text.",
        "characters_invalid": "Only visible characters and single spaces can stand here.",
    }

    def __init__(self, *, printable: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.printable = printable

    def run_validation(self, data: Any = empty) -> Any:
        """The text; an empty one is told as such only after it is known to be a text."""
        if data is not empty and data is not None and not isinstance(data, str):
            self.fail("text_expected")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        """The composed, trimmed text."""
        if self.printable and not data.strip().isprintable():
            self.fail("characters_invalid")
        return unicodedata.normalize("NFC", data.strip())


class Flag(serializers.BooleanField):
    """JSON's true or false."""

    default_error_messages = {"boolean_expected": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """The flag itself."""
        if type(data) is not bool:
            self.fail("boolean_expected")
        return data


class Moment(serializers.DateTimeField):
    """An RFC 3339 time with its zone, kept as UTC."""

    default_error_messages = {"moment_expected": "This must be a time with a zone, such as 2026-11-22T10:30:00+01:00."}

    def to_internal_value(self, value: Any) -> datetime:
        """The moment, in UTC."""
        if not isinstance(value, str):
            self.fail("moment_expected")
        try:
            return zoned_moment(value)
        except ValueError:
            self.fail("moment_expected")


class At(serializers.DateTimeField):
    """A moment as it goes out: in UTC, whatever zone the operator's screens are in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class PastMoment(Moment):
    """A moment at which something happened: not before this century, nor more than a day ahead of our clock."""

    default_error_messages = {"moment_impossible": "This must lie between the year 2000 and tomorrow."}

    def to_internal_value(self, value: Any) -> datetime:
        """The moment, in UTC."""
        moment = super().to_internal_value(value)
        if not can_have_happened(moment, now=clock.now()):
            self.fail("moment_impossible")
        return moment


class Day(serializers.DateField):
    """An RFC 3339 date between 2000 and 2099."""

    default_error_messages = {"day_expected": "This must be a date such as 2026-11-22, between 2000 and 2099."}

    def to_internal_value(self, value: Any) -> date:
        """The date."""
        if not isinstance(value, str) or not _DAY.fullmatch(value) or not value.startswith("20"):
            self.fail("day_expected")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("day_expected")


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> str:
        """The word."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)


class QueryNumber(serializers.IntegerField):
    """A number in a query string: ASCII digits, nothing around them."""

    default_error_messages = {"integer_expected": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("integer_expected")
        return int(data)


def names_of(serializer: type[serializers.Serializer]) -> frozenset[str]:
    """The field names of an answer, for `Strict.answered`."""
    fields: Mapping[str, Any] = serializer._declared_fields  # noqa: SLF001 (the class's own field table)
    return frozenset(fields)
