"""Who may log in after a played day: an administrator, a shift lead, a picker, and somebody at each seller.

With `DEBUG` the passwords are known and printed; without it the accounts are made without a password, and an
administrator sets them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q, QuerySet

from fulfillment.models import ApiToken, Member
from fulfillment.services.tokens import issue_token
from warehouses.models import Hub, Seller, Worker

TOKEN_NAME: Final = "demo shop"  # noqa: S105 - a name, not a secret
_PASSWORD: Final = "pakhuis"  # noqa: S105 - printed on the screen, and only where DEBUG is on
_FLOORS: Final = ("warehouses", "shipping", "fulfillment", "labels")
_PICKER_MAY: Final = ("view_picklist", "view_picktask", "view_bin", "view_sku", "view_wave")


@dataclass(frozen=True, slots=True)
class Login:
    """One account as the report shows it."""

    who: str
    path: str
    user: str
    password: str


@transaction.atomic
def install_logins(*, hub: Hub, sellers: Sequence[Seller]) -> list[dict[str, str]]:
    """The accounts, made where missing; a password that was set stays. Those with known passwords come back."""
    admin = _user("admin", "Ada", is_staff=True, is_superuser=True)
    lead = _user("lead", "Lieke", is_staff=True)
    lead.groups.add(_group("Shift leads", Permission.objects.filter(_of_the_floors())))
    picker = _user("picker", "Piet", is_staff=True)
    picker.groups.add(_group("Pickers", Permission.objects.filter(codename__in=_PICKER_MAY)))
    for user in (lead, picker):
        Worker.objects.get_or_create(user=user, defaults={"hub": hub, "badge": user.username.upper()})
    found = [
        Login("administrator", "/admin/", admin.username, _PASSWORD),
        Login("shift lead", "/admin/", lead.username, _PASSWORD),
        Login("picker", "/admin/", picker.username, _PASSWORD),
    ]
    for seller in sellers:
        user = _user(seller.code.lower(), seller.name)
        Member.objects.get_or_create(user=user, seller=seller, defaults={"role": Member.Role.OWNER})
    return [asdict(login) for login in found] if settings.DEBUG else []


def install_token(seller: Seller) -> dict[str, str] | None:
    """An API token for one seller's shop; None when it has one already, for a token is shown only once."""
    if ApiToken.objects.filter(seller=seller, name=TOKEN_NAME, revoked_at=None).exists():
        return None
    issued = issue_token(seller=seller, name=TOKEN_NAME)
    return asdict(Login(f"API of {seller.code}", "/api/v1/docs/", "Bearer", issued.plain))


def _user(username: str, first_name: str, **flags: bool) -> User:
    password = _hashed(_PASSWORD if settings.DEBUG else None)
    user, _ = User.objects.get_or_create(
        username=username, defaults={"first_name": first_name, "password": password, **flags}
    )
    return user


@cache
def _hashed(password: str | None) -> str:
    """As Django keeps it; None is a password that opens nothing. Hashing is slow on purpose, so it is done once."""
    return make_password(password)


def _group(name: str, permissions: QuerySet[Permission]) -> Group:
    group, is_new = Group.objects.get_or_create(name=name)
    if is_new:
        group.permissions.set(permissions)
    return group


def _of_the_floors() -> Q:
    """Everything on the four floors but deleting, and but what only an administrator decides."""
    mine = Q(content_type__app_label__in=_FLOORS) & ~Q(codename__startswith="delete_")
    tokens = Q(codename__in=("add_printagent", "change_printagent"))
    return mine & ~tokens & ~Q(content_type__model__in=("apitoken", "member", "carrieraccount"))
