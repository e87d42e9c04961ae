"""Reaching a carrier: which account a hub uses, opening it, and the secrets that sign its webhooks."""

import logging
import math
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from foundation.errors import Conflict, Invalid, NotFound
from shipping.carriers.base import Carrier as Adapter
from shipping.carriers.base import CarrierError, Connection
from shipping.carriers.registry import ADAPTERS
from shipping.locks import lock_account
from shipping.models import Carrier, CarrierAccount
from shipping.services.credentials import credentials_of, sealer

log = logging.getLogger("shipping.accounts")

CONNECT_TIMEOUT_S = 3.0
DOOR_KNOWN_S = 1.0
"""How long a process may go by what it knows of a carrier's webhook secrets."""
MIN_SECRET = 24
"""Shorter webhook secrets than this many characters are refused."""


def refuse_in_transaction() -> None:
    """Raises `RuntimeError` inside a transaction: a carrier is never called while rows are locked."""
    if connection.in_atomic_block:
        raise RuntimeError("carriers are called outside a transaction")


def account_of(*, site: str, carrier_code: str) -> CarrierAccount:
    """The hub's active account. Raises `Conflict` (`no_account`)."""
    account = (
        CarrierAccount.objects.select_related("carrier")
        .filter(site=site, carrier__code=carrier_code, active=True)
        .first()
    )
    if account is None:
        raise Conflict(f"Hub {site} has no active account at {carrier_code}.", code="no_account")
    return account


def open_account(account: CarrierAccount) -> Adapter:
    """The adapter that speaks for this account; close it by leaving its `with` block."""
    return ADAPTERS[account.carrier.adapter](
        Connection(
            base_url=account.base_url,
            credentials=credentials_of(account),
            connect_timeout_s=CONNECT_TIMEOUT_S,
            read_timeout_s=account.timeout_ms / 1_000,
        )
    )


@dataclass(frozen=True, slots=True)
class WebhookDoor:
    """A carrier that may push: its key, its adapter, and the secrets of its active accounts with their last moments."""

    carrier_id: int
    adapter: str
    secrets: tuple[tuple[str, datetime | None], ...] = field(repr=False)

    def live_secrets(self, now: datetime) -> list[str]:
        """Every secret that may sign this carrier's webhooks at `now` (real time)."""
        return [secret for secret, until in self.secrets if until is None or until > now]


_doors: dict[str, tuple[float, WebhookDoor]] = {}


def webhook_door(carrier_code: str) -> WebhookDoor | None:
    """The door of an active carrier, or None. The answer may be `DOOR_KNOWN_S` old: webhooks come in thousands."""
    read_at, door = _doors.get(carrier_code, (-math.inf, None))
    if time.monotonic() - read_at > DOOR_KNOWN_S:
        _doors.pop(carrier_code, None)
        door = _read_door(carrier_code)
        if door is not None:
            _doors[carrier_code] = time.monotonic(), door
    return door


def forget_doors() -> None:
    """The next webhook asks the database again; other processes do so within `DOOR_KNOWN_S`."""
    _doors.clear()


def _read_door(carrier_code: str) -> WebhookDoor | None:
    carrier = Carrier.objects.filter(code=carrier_code, active=True).first()
    if carrier is None:
        return None
    accounts = CarrierAccount.objects.filter(carrier=carrier, active=True).order_by("pk")
    secrets = [each for stored in accounts.values_list("webhook_secrets", flat=True) for each in stored]
    moments = [each["until"] and datetime.fromisoformat(each["until"]) for each in secrets]
    opened = [sealer().open(each["secret"]) for each in secrets]
    return WebhookDoor(carrier.pk, carrier.adapter, tuple(zip(opened, moments, strict=True)))


def refresh_webhook_keys() -> int:
    """Fetches the public keys of carriers that sign with keys of their own; what changed is the live set from now.

    The former set stays good for a day. A carrier that does not answer keeps the keys it has. Returns how many changed.
    """
    refuse_in_transaction()
    signing = [name for name, adapter in ADAPTERS.items() if adapter.capabilities.own_keys]
    accounts = CarrierAccount.objects.filter(active=True, carrier__active=True, carrier__adapter__in=signing)
    changed = 0
    for account in accounts.select_related("carrier").order_by("pk"):
        try:
            with open_account(account) as carrier:
                keys = carrier.webhook_keys()
        except CarrierError as trouble:
            log.warning("webhook_keys_not_fetched", extra={"account": account.pk, "reason": trouble.message})
            continue
        known = [sealer().open(each["secret"]) for each in account.webhook_secrets[:1]]
        if keys and known != [keys]:
            rotate_webhook_secret(account_id=account.pk, secret=keys)
            changed += 1
    return changed


def rotate_webhook_secret(
    *, account_id: int, secret: str | None = None, overlap: timedelta = timedelta(hours=24)
) -> str:
    """Makes `secret` (or a new random one) the account's secret; the former stays good for `overlap`.

    Answers the new secret, the only time it is shown. A third one leaves no room for the oldest.
    """
    new = secrets.token_urlsafe(32) if secret is None else secret
    if len(new) < MIN_SECRET:
        message = f"A webhook secret has at least {MIN_SECRET} characters."
        raise Invalid(message, code="secret_too_short", field="secret")
    until = (timezone.now() + overlap).isoformat()
    with transaction.atomic():
        account = lock_account(account_id)
        if account is None:
            raise NotFound("There is no such carrier account.", code="account_unknown")
        former = [{"secret": each["secret"], "until": until} for each in account.webhook_secrets[:1]]
        account.webhook_secrets = [{"secret": sealer().seal(new), "until": None}, *former]
        account.save(update_fields=["webhook_secrets"])
    forget_doors()
    return new
