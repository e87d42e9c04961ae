"""Reaching a carrier: which account a hub uses, opening it, and the secrets that sign its webhooks."""

import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from foundation.errors import Conflict, Invalid, NotFound
from shipping.carriers.base import Carrier as Adapter
from shipping.carriers.base import Connection
from shipping.carriers.registry import ADAPTERS
from shipping.locks import lock_account
from shipping.models import CarrierAccount
from shipping.services.credentials import credentials_of, sealer

CONNECT_TIMEOUT_S = 3.0
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


def live_secrets(*, carrier_id: int, now: datetime) -> list[str]:
    """Every secret that may sign this carrier's webhooks at `now` (real time), over all its active accounts."""
    accounts = CarrierAccount.objects.filter(carrier=carrier_id, active=True).order_by("pk")
    return [
        sealer().open(each["secret"])
        for stored in accounts.values_list("webhook_secrets", flat=True)
        for each in stored
        if each["until"] is None or datetime.fromisoformat(each["until"]) > now
    ]


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
    return new
