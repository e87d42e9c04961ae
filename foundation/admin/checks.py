"""System checks of the admin that ask the models, not the database.

The theme's own check looks each button's permission up in the table of permissions: on a database that is
still empty, or not there, no command would run, `migrate` least of all.
"""

from typing import Any

from django.apps import apps
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.auth import get_permission_codename
from django.core.checks import Error


def declared_permissions(app_label: str) -> set[str]:
    """The code names of all permissions that the models of an app declare."""
    names = set()
    for model in apps.get_app_config(app_label).get_models():
        options = model._meta
        names |= {get_permission_codename(action, options) for action in options.default_permissions}
        names |= {codename for codename, _label in options.permissions}
    return names


class DeclaredPermissionChecks(ModelAdminChecks):
    """For a page's `checks_class`: every button's permission is one that some model declares."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[Any]:
        """All that Django checks, and the buttons."""
        return [*super().check(admin_obj, **kwargs), *self._check_buttons(admin_obj)]

    def _check_buttons(self, page: Any) -> list[Error]:
        places = ("list", "detail", "row", "submit_line")
        errors = []
        for action in (action for place in places for action in getattr(page, f"_get_base_actions_{place}")()):
            for permission in getattr(action.method, "allowed_permissions", ()):
                app_label, dot, codename = permission.rpartition(".")
                known = (
                    codename in declared_permissions(app_label)
                    if dot
                    else hasattr(page, f"has_{permission}_permission")
                )
                if not known:
                    words = f"Button {action.action_name} asks for {permission}, which nobody declares."
                    errors.append(Error(words, obj=type(page)))
        return errors
