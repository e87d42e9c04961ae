"""The two kinds of admin page: master data that somebody keeps up, and records that only services write."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import UnfoldAction

from foundation.admin.checks import DeclaredPermissionChecks
from foundation.admin.links import link_to, may_see
from foundation.admin.presentation import badge_of
from foundation.snapshots import one_moment


class OfferedButtons(ModelAdmin):
    """Offers the buttons that do something now: those this user may press, in the state the object is in."""

    checks_class = DeclaredPermissionChecks

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Leaves out what would be refused or change nothing."""
        allowed = super().get_actions_detail(request, object_id)
        if not allowed:
            return []
        obj = self.get_object(request, str(object_id))
        return [action for action in allowed if obj is None or _shows(action)(obj)]


def _shows(action: UnfoldAction) -> Callable[[Model], bool]:
    return getattr(action.method, "shows", lambda obj: True)


class Page(OfferedButtons):
    """What all our pages share. Quantities and states are shown, never typed in."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_sheet = False
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    trail_lookups: ClassVar[tuple[str, ...]] = ()
    """Look-ups over more than one table that other pages link here with, besides those of the filters."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Also those that the trail of other pages uses."""
        return lookup in self.trail_lookups or super().lookup_allowed(lookup, value, request)


class MasterPage(Page):
    """Master data: may be added and changed by whoever has the permission, and is switched off, not deleted.

    `fixed_fields` can be filled in only once: labels, stock and history already speak of them.
    """

    fixed_fields: ClassVar[tuple[str, ...]] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """What is fixed from the start joins what was never editable."""
        return [*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ())]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the ledger and the labels on the shelves would lose what they point at."""
        return False


class RecordPage(Page):
    """What services write: to be looked at, searched and filtered; its buttons call services."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A row and all around it as they were at one moment: no story that has got further than its state."""
        if request.method not in {"GET", "HEAD"}:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with one_moment():
            answer = super().changeform_view(request, object_id, form_url, extra_context)
            if isinstance(answer, SimpleTemplateResponse):
                answer.render()
        return answer

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All of them; so columns may stand among the fields too."""
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never by hand: the form is for reading."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may press this record's buttons may also see it."""
        return may_see(request.user, self.model)


class Rows(TabularInline):
    """Rows of another table on an object's page, to be looked at. Names the relations it shows in `related`."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True
    per_page = 50
    related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With everything a row's columns speak of, in one query."""
        return super().get_queryset(request).select_related(*self.related)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All of them."""
        return [str(name) for name in self.fields or ()]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


Column = Callable[[Any, Any], Any]
"""A column of a list or a read-only field: gets the page and the object."""


def badge_column(field: str, description: str = "") -> Column:
    """The state (or another choice) as a badge; sorts by the field."""

    @admin.display(description=description or field.replace("_", " ").capitalize(), ordering=field)
    def column(page: object, obj: Model) -> SafeString | str:
        return badge_of(obj, field)

    return column


def link_column(path: str, description: str = "", *, ordering: str = "", text: str = "") -> Column:
    """What `path` (`sku`, `line__carton`) leads to, with a link to its page; select it in the query.

    It is shown by its field `text`, or by its name.
    """
    names = path.split("__")

    @admin.display(description=description or names[-1].replace("_", " ").capitalize(), ordering=ordering or path)
    def column(page: object, obj: Model) -> SafeString | str:
        target: Any = obj
        for name in names:
            target = getattr(target, name, None)
        return link_to(target, getattr(target, text, "") if text else "")

    return column
