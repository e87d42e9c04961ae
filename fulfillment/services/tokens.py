"""Tokens: a seller's machine gets a key to the API, a new one, or none any more.

A token reads `<key id>.<secret>`. The key id is public and finds the row; of the secret, 256 random bits, only
an HMAC-SHA256 is kept, under a key derived from `SECRET_KEY`. So a copy of the database opens no door, and no
slow password hash is needed. Whether a token still counts is decided by the database's clock.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from foundation.errors import DomainError, Invalid, NotFound
from fulfillment.models import ApiToken
from warehouses.models import Seller

PURPOSE = "pakhuis.api-token"
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is written at most this often: a busy machine must not turn each read into a write."""


class TokenRefused(DomainError):
    """The key opens nothing: `token_invalid`, `token_revoked` or `token_expired` (the last two to its owner only)."""

    status = 401
    code = "token_invalid"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. `plain` is shown this once and can't be had again."""

    token: ApiToken
    plain: str = field(repr=False)


@transaction.atomic
def issue_token(
    *,
    seller: Seller,
    name: str = "API",
    scopes: Collection[str] = (ApiToken.Scope.READ, ApiToken.Scope.WRITE),
    expires_at: datetime | None = None,
) -> Issued:
    """A new token for one of the seller's machines. Raises `Invalid` (`scope_unknown`, `name_missing`)."""
    unknown = set(scopes) - set(ApiToken.Scope.values)
    if unknown or not scopes:
        raise Invalid(f"Scopes are {' and '.join(ApiToken.Scope.values)}.", code="scope_unknown", field="scopes")
    if not name.strip():
        raise Invalid("Say what machine the token is for.", code="name_missing", field="name")
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        seller=seller,
        name=name.strip()[:60],
        key_id=f"phk_{secrets.token_hex(8)}",
        digest=_digest(secret, settings.SECRET_KEY),
        scopes=sorted(scopes),
        expires_at=expires_at,
    )
    return Issued(token, f"{token.key_id}.{secret}")


@transaction.atomic
def rotate_token(*, token_id: int, overlap: timedelta = timedelta(0)) -> Issued:
    """A new token with the old one's name and scopes; the old one ends after `overlap`, at once by default.

    Raises `NotFound` (`token_unknown`).
    """
    old = _find(token_id)
    new = issue_token(seller=old.seller, name=old.name, scopes=old.scopes)
    if not overlap:
        revoke_token(token_id=token_id)
        return new
    ends = Now() + overlap
    later = Q(expires_at__isnull=True) | Q(expires_at__gt=ends)
    ApiToken.objects.filter(later, pk=token_id).update(expires_at=ends)
    return new


def revoke_token(*, token_id: int) -> ApiToken:
    """Ends a token at once; one that is revoked already keeps its moment. Raises `NotFound` (`token_unknown`)."""
    ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).update(revoked_at=Now())
    return _find(token_id)


def admit(*, key_id: str, secret: str) -> ApiToken:
    """The token, with its seller, that this key opens the door with; notes that it was used.

    Takes the same time whether the key id or the secret is wrong. Raises `TokenRefused`.
    """
    rows = ApiToken.objects.select_related("seller").annotate(
        has_ended=Q(revoked_at__lte=Now()),
        has_expired=Q(expires_at__lte=Now()),
        is_fresh=Q(last_used_at__gt=Now() - USED_EVERY),
    )
    token = rows.filter(key_id=key_id).first()
    key = _matching_key(secret, token.digest if token else "")
    if token is None or key is None or not token.seller.is_active:
        raise TokenRefused("This token opens nothing.")
    if token.has_ended:
        raise TokenRefused("This token was revoked.", code="token_revoked")
    if token.has_expired:
        raise TokenRefused("This token has expired.", code="token_expired")
    if not token.is_fresh:
        _note_use(token, secret, is_old_key=key != settings.SECRET_KEY)
    return token


def _note_use(token: ApiToken, secret: str, *, is_old_key: bool) -> None:
    """Marks the use; a digest made with a former `SECRET_KEY` is renewed, so that the old key can be dropped."""
    ApiToken.objects.filter(pk=token.pk).update(
        last_used_at=Now(), digest=_digest(secret, settings.SECRET_KEY) if is_old_key else F("digest")
    )


def _matching_key(secret: str, digest: str) -> str | None:
    """The present or a former `SECRET_KEY` under which `secret` has this digest. Compares in constant time."""
    matching = None
    for key in (*settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY):
        if hmac.compare_digest(_digest(secret, key), digest):
            matching = key
    return matching


def _digest(secret: str, key: str) -> str:
    return salted_hmac(PURPOSE, secret, secret=key, algorithm="sha256").hexdigest()


def _find(token_id: int) -> ApiToken:
    token = ApiToken.objects.select_related("seller").filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.", code="token_unknown")
    return token
