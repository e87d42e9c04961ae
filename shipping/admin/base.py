"""What the admin pages of this floor share: read-only records, links, buttons that ask before they act."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.forms import BaseDialogForm

from foundation.admin.links import list_url
from foundation.admin.pages import OfferedButtons
from foundation.errors import DomainError


class Confirm(BaseDialogForm):
    """Asks once more, so that a button never acts on a mere link."""


class Record(OfferedButtons):
    """Rows that services write: to be looked at, never added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RecordInline(TabularInline):
    """The same for rows shown on another row's page."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return list(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def list_link(model: type[Model], text: object, **query: Any) -> str:
    """A link to the list of `model`, filtered; plain text for whoever may not open it."""
    url = list_url(model, **query)
    return format_html('<a class="pk-link" href="{}">{}</a>', url, text) if url else str(text)


def press(request: HttpRequest, model: str, object_id: int, service: Callable[[], object], done: str) -> HttpResponse:
    """Calls a service for a button, says how it went, and leads back to the row (the dialog posts by htmx)."""
    try:
        service()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return HttpResponse(headers={"HX-Redirect": reverse(f"admin:shipping_{model}_change", args=[object_id])})
