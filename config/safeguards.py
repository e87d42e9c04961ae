"""What settings refuse to start with: a start that fails is cheaper than a hub that runs unsafely."""

import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from foundation.sealing import SHORTEST_KEY as SHORTEST_CREDENTIAL_KEY

DEVELOPMENT_KEY: Final = "development-only-key-not-for-production"
DEVELOPMENT_CREDENTIAL_KEY: Final = "development-only-credential-key-of-some-length"
DEVELOPMENT_WEBHOOK_SECRET: Final = "development-webhook-secret"  # noqa: S105 (refused in production)
SHORTEST_KEY: Final = 40


def refuse_unsafe(
    *,
    debug: bool,
    secret_key: str,
    secret_key_file: str,
    allowed_hosts: Collection[str],
    local_hosts: Collection[str],
    webhook_secrets: Collection[str],
    credential_keys: Collection[str],
    database_named: bool,
) -> None:
    """Raise `ImproperlyConfigured`, naming every fault at once, unless this configuration is safe.

    With DEBUG on, only this machine may be served: error pages then show code and settings. With DEBUG off,
    every secret must be our own.
    """
    faults = []
    if debug:
        if strangers := sorted(set(allowed_hosts) - set(local_hosts)):
            faults.append(f"DEBUG is on, yet ALLOWED_HOSTS serves {', '.join(strangers)}: set DEBUG=off")
    else:
        if secret_key == DEVELOPMENT_KEY:
            faults.append("SECRET_KEY is the one for development")
        elif len(secret_key) < SHORTEST_KEY:
            faults.append(f"SECRET_KEY is shorter than {SHORTEST_KEY} characters")
        if not allowed_hosts or "*" in allowed_hosts:
            faults.append("ALLOWED_HOSTS must name the hosts that are served")
        if not webhook_secrets or DEVELOPMENT_WEBHOOK_SECRET in webhook_secrets:
            faults.append("CARRIER_WEBHOOK_SECRETS must be our own")
        if not credential_keys or DEVELOPMENT_CREDENTIAL_KEY in credential_keys:
            faults.append("CREDENTIAL_KEYS must be our own")
        elif any(len(key) < SHORTEST_CREDENTIAL_KEY for key in credential_keys):
            faults.append(f"CREDENTIAL_KEYS holds a key shorter than {SHORTEST_CREDENTIAL_KEY} characters")
        if not database_named:
            faults.append("DATABASE_URL is missing: the checkout's own database is for development")
    if secret_key_file and stat.S_IMODE(Path(secret_key_file).stat().st_mode) & 0o077:
        faults.append(f"{secret_key_file} can be read by others: chmod 600")
    if faults:
        raise ImproperlyConfigured(f"Refusing to start. {'. '.join(faults)}.")
