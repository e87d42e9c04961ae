"""Who is calling: a bearer token names a seller's machine, and its scopes say what it may do."""

import re
from dataclasses import dataclass
from typing import Final

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from fulfillment.api.errors import BEARER, Refused
from fulfillment.models import ApiToken
from fulfillment.services.tokens import TokenRefused, admit
from warehouses.models import Seller

KEY: Final = re.compile(rb"bearer +([A-Za-z0-9_]{1,20})\.([A-Za-z0-9_-]{20,80}) *", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Machine:
    """The caller, in the place of Django's user: a machine of one seller."""

    token: ApiToken

    @property
    def is_authenticated(self) -> bool:
        """True: there is no anonymous machine."""
        return True

    @property
    def seller(self) -> Seller:
        """Whose machine it is: the only tenant it can see."""
        return self.token.seller


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <key id>.<secret>` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[Machine, ApiToken] | None:
        """The machine, or None without the header. Raises `TokenRefused`."""
        header = get_authorization_header(request)
        if not header:
            return None
        match = KEY.fullmatch(header)
        if match is None:
            raise TokenRefused("Authorization must read: Bearer <key id>.<secret>")
        key_id, secret = (part.decode("ascii") for part in match.groups())
        token = admit(key_id=key_id, secret=secret)
        return Machine(token), token

    def authenticate_header(self, request: Request) -> str:
        """What `WWW-Authenticate` asks for."""
        return BEARER


class HasScope(BasePermission):
    """Reading needs the scope `read`, everything else `write`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or raises a 403 that names the scope; without a token False, which is told as a 401."""
        if not isinstance(request.user, Machine):
            return False
        needed = ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.WRITE
        if needed not in request.user.token.scopes:
            raise Refused(
                403,
                code="scope_missing",
                detail=f"This token lacks the scope {needed.value!r}.",
                headers={"WWW-Authenticate": f'{BEARER}, error="insufficient_scope", scope="{needed.value}"'},
            )
        return True
