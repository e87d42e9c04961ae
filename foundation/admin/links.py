"""Addresses of the admin's pages, for whoever reads. Without the theme: template tags need them before it is loaded.

Every link of ours is made of these, so none leads to a refusal: where the reader may not go, the address is ""
and the words stay plain.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

User = AbstractBaseUser | AnonymousUser

_reader: Final[ContextVar[User | None]] = ContextVar("reader", default=None)


@contextmanager
def read_by(user: User) -> Iterator[None]:
    """While it lasts, addresses are for this user. Outside of it, for somebody who may see everything."""
    token = _reader.set(user)
    try:
        yield
    finally:
        _reader.reset(token)


def may_see(user: Any, model: type[Model]) -> bool:
    """Whether a user may open a model's pages: whoever may change a thing may also see it."""
    meta = model._meta
    return any(user.has_perm(f"{meta.app_label}.{verb}_{meta.model_name}") for verb in ("view", "change"))


def page_url(obj: Model) -> str:
    """The address of an object's page; "" when its model has none, or none for the reader."""
    return _address(type(obj), "change", obj.pk)


def list_url(model: type[Model], **lookup: object) -> str:
    """The address of a model's list, filtered by `lookup`; "" when the model has none, or none for the reader."""
    url = _address(model, "changelist")
    return f"{url}?{urlencode(lookup)}" if url and lookup else url


def button_url(obj: Model, button: str, permission: str) -> str:
    """The address of a button's question on an object's page; "" for a reader without its permission."""
    reader: Any = _reader.get()
    if reader is not None and not reader.has_perm(permission):
        return ""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{button}", args=(obj.pk,))


def link_to(obj: Model | None, text: str = "", *, title: str = "") -> SafeString | str:
    """A link to an object's page, or its plain name where the reader may not open it; a dash for nothing."""
    if obj is None:
        return "–"
    url, words = page_url(obj), text or str(obj)
    if not url:
        return words
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<a class="pk-link" href="{}"{}>{}</a>', url, hint, words)


def _address(model: type[Model], view: str, *args: object) -> str:
    reader = _reader.get()
    if reader is not None and not may_see(reader, model):
        return ""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)
    except NoReverseMatch:
        return ""
