"""Addresses of the admin's pages. Without the theme: template tags need them before the theme is loaded."""

from urllib.parse import urlencode

from django.db.models import Model
from django.urls import NoReverseMatch, reverse


def page_url(obj: Model) -> str:
    """The address of an object's page; "" when its model has none."""
    try:
        return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=(obj.pk,))
    except NoReverseMatch:
        return ""


def list_url(model: type[Model], **lookup: object) -> str:
    """The address of a model's list, filtered by `lookup`; "" when the model has none."""
    try:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(lookup)}" if lookup else url
