"""Pages of a list: newest first, by key and not by offset, so that page 1,000 costs what page 1 does.

A cursor is opaque and only says how far one has read; filters and tenant are applied anew on each call. Rows
that come in while somebody reads make no row appear twice or be skipped.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from fulfillment.api.fields import Query, QueryNumber

MOST: Final = 100
USUAL: Final = 50

M = TypeVar("M", bound=Model)
_MARK: Final = re.compile(rb"1/([0-9]{1,18})")


class Cursor(serializers.CharField):
    """The place in a list where the last page ended."""

    default_error_messages = {"cursor_invalid": "This is no cursor of ours. Follow `next` as it stands."}

    def run_validation(self, data: Any = empty) -> Any:
        """The key of the last row seen."""
        text = super().run_validation(data)
        try:
            mark = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            self.fail("cursor_invalid")
        match = _MARK.fullmatch(mark)
        if match is None:
            self.fail("cursor_invalid")
        return int(match[1])


def cursor_after(key: int) -> str:
    """The cursor for the page after the row with this key."""
    return base64.urlsafe_b64encode(b"1/%d" % key).decode("ascii")


class PageQuery(Query):
    """What every list takes besides its own filters."""

    cursor = Cursor(required=False, max_length=60, help_text="From `next` of the page before; opaque.")
    limit = QueryNumber(
        required=False, min_value=1, max_value=MOST, default=USUAL, help_text=f"Rows per page, at most {MOST}."
    )


class Page(Generic[M]):
    """One page: its rows, and the address of the next page (None on the last)."""

    def __init__(self, queryset: QuerySet[M], query: Mapping[str, Any], request: Request) -> None:
        after, limit = query.get("cursor"), query["limit"]
        rows = queryset.order_by("-pk")
        if after is not None:
            rows = rows.filter(pk__lt=after)
        found = list(rows[: limit + 1])
        self.rows = found[:limit]
        self.next = _address(request, cursor_after(self.rows[-1].pk)) if len(found) > limit else None


def _address(request: Request, cursor: str) -> str:
    params: QueryDict = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
