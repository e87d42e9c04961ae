"""People with a login, in the look of the rest of the admin; and links that lead nobody to a refusal."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.fields import UnfoldAdminReadonlyField
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from foundation.admin.links import link_to

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserPage(DjangoUserAdmin, ModelAdmin):
    """Logins. What a person is on the floor hangs on Worker, for a seller on Member."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "is_staff", "is_active", "last_login"]


@admin.register(Group)
class GroupPage(DjangoGroupAdmin, ModelAdmin):
    """Sets of permissions, one for each kind of work."""


def _related(field: UnfoldAdminReadonlyField, remote_field: object, remote_obj: Model) -> SafeString | str:
    return link_to(remote_obj)


# The theme, like Django, links every related object of a read-only page, whoever reads it, and leaves no other way in.
UnfoldAdminReadonlyField.get_admin_url = _related
