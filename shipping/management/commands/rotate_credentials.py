"""`manage.py rotate_credentials`: after a new first key in `CREDENTIAL_KEYS`, seals what is stored under that key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.quantities import counted
from foundation.sealing import Unreadable
from shipping.services.credentials import renew_seals


class Command(BaseCommand):
    """For whoever changes the key: when it has run, the former key may leave the settings. Running it twice is safe."""

    help = "Seal the carrier accounts' credentials and webhook secrets under the first of CREDENTIAL_KEYS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            renewal = renew_seals()
        except Unreadable as fault:
            message = "An account is sealed under a key that is not in CREDENTIAL_KEYS: put it back, behind the first."
            raise CommandError(message) from fault
        self.stdout.write(f"{renewal.renewed} of {counted(renewal.accounts, 'account')} sealed anew.")
