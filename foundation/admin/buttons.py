"""Buttons on an object's page: each calls one service, for whoever has the permission, and says what came of it.

A button that changes something works by POST only. Opened by a link (or without scripts) it asks first; so
does one with a `confirm` text, always. What the service refuses becomes one clear message, and nothing changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.enums import ActionVariant

from foundation.admin.links import list_url, page_url
from foundation.errors import DomainError

Press = Callable[..., str | HttpResponse]
"""A button's method: it gets the page, the request and the object (and what a form asked for, by name).

A string is the good news; a response is shown as it is.
"""

POST_TEMPLATE: Final = "pakhuis/post_button.html"
CONFIRM_TEMPLATE: Final = "pakhuis/confirm.html"


@dataclass(frozen=True, slots=True)
class Face:
    """What one sees before pressing: the words on the button, its icon, what it says first, and what it asks for."""

    label: str
    icon: str
    confirm: str = ""
    is_danger: bool = False
    form: type[forms.Form] | None = None


def always(obj: Model) -> bool:
    """The button makes sense in every state."""
    return True


def nothing(obj: Model) -> dict[str, Any]:
    """The form begins empty."""
    return {}


def button(
    label: str,
    *,
    permission: str,
    icon: str,
    confirm: str = "",
    is_danger: bool = False,
    form: type[forms.Form] | None = None,
    initial: Callable[[Any], dict[str, Any]] = nothing,
    shows: Callable[[Any], bool] = always,
) -> Callable[[Press], Callable[..., HttpResponse]]:
    """Decorates a page's method that calls a service for one object (list its name in `actions_detail`).

    `permission` is a full one (`warehouses.change_inbound`): without it the button is not shown and a POST is
    refused. `form` asks for something first; its cleaned values come to the method by name. `initial` fills it in from
    the object. `shows` says in which states the button makes sense; the service has the last word.
    """
    face = Face(label, icon, confirm, is_danger, form)

    def decorate(press: Press) -> Callable[..., HttpResponse]:
        @wraps(press)
        def view(page: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
            obj = _object_for(page, request, object_id, permission)
            if request.method not in {"GET", "HEAD", "POST"}:
                return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
            is_post = request.method == "POST"
            asked = (form(request.POST, request.FILES) if is_post else form(initial=initial(obj))) if form else None
            if not is_post or (asked is not None and not asked.is_valid()):
                return _ask(page, request, obj, face, asked)
            given = asked.cleaned_data if asked else {}
            return answer(page, request, obj, lambda: press(page, request, obj, **given))

        return _as_action(view, press, face, permission, shows, template="" if confirm or form else POST_TEMPLATE)

    return decorate


def offered(shows: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """Decorates one of the theme's own actions: `shows` says in which states of the object it makes sense."""

    def decorate(action: Any) -> Any:
        action.shows = shows
        return action

    return decorate


def list_button(
    label: str, *, permission: str, icon: str, form: type[forms.Form], confirm: str = ""
) -> Callable[[Press], Callable[..., HttpResponse]]:
    """Like `button`, above a list (`actions_list`): it asks with `form`, which may be filled in from the address."""
    face = Face(label, icon, confirm, form=form)

    def decorate(press: Press) -> Callable[..., HttpResponse]:
        @wraps(press)
        def view(page: ModelAdmin, request: HttpRequest) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            asked = form(request.POST) if request.method == "POST" else form(initial=request.GET.dict())
            if request.method != "POST" or not asked.is_valid():
                return _ask(page, request, None, face, asked)
            return answer(page, request, None, lambda: press(page, request, **asked.cleaned_data))

        return _as_action(view, press, face, permission, always)

    return decorate


def document(
    label: str, *, permission: str, icon: str = "picture_as_pdf", shows: Callable[[Any], bool] = always
) -> Callable[[Press], Callable[..., HttpResponse]]:
    """Like `button`, for a method that changes nothing and answers with a file: a plain link, in a new tab."""
    face = Face(label, icon)

    def decorate(press: Press) -> Callable[..., HttpResponse]:
        @wraps(press)
        def view(page: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET", "HEAD"])
            obj = _object_for(page, request, object_id, permission)
            return answer(page, request, obj, lambda: press(page, request, obj))

        return _as_action(view, press, face, permission, shows, attrs={"target": "_blank"})

    return decorate


def answer(
    page: ModelAdmin, request: HttpRequest, obj: Model | None, call: Callable[[], str | HttpResponse]
) -> HttpResponse:
    """Runs `call`; its file or page is the answer. Its words, or its refusal, become a message where one came from."""
    try:
        result = call()
    except DomainError as error:
        messages.error(request, in_words(error))
    else:
        if isinstance(result, HttpResponse):
            return result
        messages.success(request, result)
    return HttpResponseRedirect(_back(page, obj))


def in_words(error: DomainError) -> str:
    """A refusal as one message: the sentence, then what is wrong where, if there is more than one fault."""
    if len(error.faults) < 2:
        return error.message
    return f"{error.message} " + " ".join(f"{fault.where}: {fault.message}" for fault in error.faults[:10])


def _object_for(page: ModelAdmin, request: HttpRequest, object_id: str, permission: str) -> Model:
    """The object, for somebody with the permission. Raises `PermissionDenied` before it looks."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    obj = page.get_object(request, object_id)
    if obj is None:
        raise Http404(f"There is no {page.opts.verbose_name} {object_id}.")
    return obj


def _back(page: ModelAdmin, obj: Model | None) -> str:
    """Where one came from: the object, else the list; the first page for whoever may press but not look."""
    return (list_url(page.model) if obj is None else page_url(obj)) or reverse("admin:index")


def _ask(
    page: ModelAdmin, request: HttpRequest, obj: Model | None, face: Face, form: forms.Form | None
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": face.label,
        "opts": page.opts,
        "original": obj,
        "face": face,
        "form": form,
        "back": _back(page, obj),
    }
    return TemplateResponse(request, CONFIRM_TEMPLATE, context)


def _as_action(
    view: Callable[..., HttpResponse],
    press: Press,
    face: Face,
    permission: str,
    shows: Callable[[Any], bool],
    *,
    template: str = "",
    attrs: dict[str, str] | None = None,
) -> Callable[..., HttpResponse]:
    """Gives the view what the theme looks for on an action."""
    facts: dict[str, object] = {
        "short_description": face.label,
        "icon": face.icon,
        "variant": ActionVariant.DEFAULT,
        "url_path": press.__name__.replace("_", "-"),
        "allowed_permissions": [permission],
        "attrs": {"template": template} if template else attrs or {},
        "original_function_name": press.__name__,
        "shows": shows,
    }
    for name, value in facts.items():
        setattr(view, name, value)
    return view
