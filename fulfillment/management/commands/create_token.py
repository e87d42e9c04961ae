"""`manage.py create_token SELLER`: a key to the API for one of a seller's machines."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.errors import DomainError
from fulfillment.models import ApiToken
from fulfillment.services.tokens import issue_token
from warehouses.models import Seller


class Command(BaseCommand):
    """Prints the new token, alone on standard output, this once; what is stored can't be turned back into it."""

    help = "Create an API token for a seller and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("seller", help="The seller's code.")
        parser.add_argument("--name", default="API", help="What machine it is for.")
        parser.add_argument(
            "--scopes",
            default=",".join(ApiToken.Scope.values),
            help="Comma-separated: read, write (default: both).",
        )
        parser.add_argument("--days", type=int, help="Ends after so many days (default: never).")

    def handle(self, *args: Any, **options: Any) -> None:
        seller = Seller.objects.filter(code=options["seller"]).first()
        if seller is None:
            known = ", ".join(Seller.objects.values_list("code", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no seller {options['seller']!r} (there are: {known}).")
        days = options["days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("A token lasts 1 to 3650 days.")
        try:
            issued = issue_token(
                seller=seller,
                name=options["name"],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                expires_at=timezone.now() + timedelta(days=days) if days else None,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        token = issued.token
        self.stderr.write(f"{token.name!r} for {seller.name}: {' and '.join(token.scopes)}. It is shown only now.")
        self.stdout.write(issued.plain)
