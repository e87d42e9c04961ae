"""A carrier account's credentials: entered once, sealed at rest, opened only to call, sealed anew when keys change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import transaction

from foundation.errors import FieldFault, Invalid, NotFound
from foundation.sealing import Sealer
from shipping.carriers.registry import ADAPTERS
from shipping.locks import lock_account
from shipping.models import CarrierAccount

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a change of keys came to: accounts looked at, and those of them that were sealed anew."""

    accounts: int
    renewed: int


def sealer() -> Sealer:
    """The keys of this installation (`CREDENTIAL_KEYS`): the first seals, all open."""
    return _sealer(tuple(settings.CREDENTIAL_KEYS))


@cache
def _sealer(keys: tuple[str, ...]) -> Sealer:
    return Sealer(keys)


def sealed_credentials(credentials: Mapping[str, str]) -> str:
    """Credentials as they are stored."""
    return sealer().seal(json.dumps(dict(credentials), sort_keys=True))


def credentials_of(account: CarrierAccount) -> dict[str, str]:
    """An account's credentials in the clear, for the call that needs them. Raises `foundation.sealing.Unreadable`."""
    if not account.sealed_credentials:
        return {}
    opened: dict[str, str] = json.loads(sealer().open(account.sealed_credentials))
    return opened


def set_credentials(*, account_id: int, credentials: Mapping[str, str]) -> None:
    """Replaces an account's credentials by these, which must be just the names its adapter needs.

    Twice is once. Raises `NotFound` (`account_unknown`) and `Invalid` (`credentials`, with a fault per name); no
    message repeats a value.
    """
    with transaction.atomic():
        account = lock_account(account_id)
        if account is None:
            raise NotFound("There is no such carrier account.", code="account_unknown")
        needs = ADAPTERS[account.carrier.adapter].needs
        faults = [
            FieldFault(f"credentials.{name}", "credential_missing", f"{name} is missing.")
            for name in needs
            if not credentials.get(name)
        ]
        faults += [
            FieldFault(f"credentials.{name}", "credential_unknown", f"{name} is not among {', '.join(needs)}.")
            for name in sorted(set(credentials) - set(needs))
        ]
        faults += [
            FieldFault(f"credentials.{name}", "credential_unusable", f"{name} is too long, or no printable text.")
            for name in needs
            if not _usable(credentials.get(name, ""))
        ]
        if faults:
            raise Invalid(faults[0].message, code="credentials", field=faults[0].where, faults=tuple(faults))
        account.sealed_credentials = sealed_credentials(credentials)
        account.save(update_fields=["sealed_credentials"])


def renew_seals() -> Renewal:
    """Seals every account's credentials and webhook secrets under the first key. Twice is once, account by account.

    Raises `foundation.sealing.Unreadable` when a key is missing; the accounts before that one stay renewed.
    """
    ids = list(CarrierAccount.objects.order_by("pk").values_list("pk", flat=True))
    return Renewal(accounts=len(ids), renewed=sum(_renew(account_id) for account_id in ids))


def _renew(account_id: int) -> bool:
    """One account; whether anything had to be sealed anew."""
    with transaction.atomic():
        account = lock_account(account_id)
        if account is None:
            return False
        before = account.sealed_credentials, account.webhook_secrets
        if account.sealed_credentials:
            account.sealed_credentials = sealer().renew(account.sealed_credentials)
        account.webhook_secrets = [{**each, "secret": sealer().renew(each["secret"])} for each in before[1]]
        if (account.sealed_credentials, account.webhook_secrets) == before:
            return False
        account.save(update_fields=["sealed_credentials", "webhook_secrets"])
        return True


def _usable(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
