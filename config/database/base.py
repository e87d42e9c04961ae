"""Django's PostgreSQL engine, with two differences.

It takes `ROLE` beside the other keys of `settings.DATABASES`: every connection acts as that role from its first
statement on, a worker's own connections to the queue included, and comes back to it. A missing role is an
error, never a fall back to the rights of the login.

It keeps a log of statements only for those who ask for one. With DEBUG on Django keeps every statement with its
values written out: whole waves, labels as hexadecimal text. A worker or a played day spends a fifth of its time
on that, and nobody reads it. `CaptureQueriesContext` and `assertNumQueries` still see all: they ask.
"""

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters and the role. As an option of the start, so that RESET ROLE leads back to it."""
        params = super().get_connection_params()
        if role := self.settings_dict.get("ROLE"):
            params["options"] = f"{params.get('options', '')} -c role={role}".strip()
        return params

    @property
    def queries_logged(self) -> bool:
        """Whether statements are kept in `connection.queries`."""
        return bool(self.force_debug_cursor)
