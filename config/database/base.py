"""Django's PostgreSQL engine, which keeps a log of statements only for those who ask for one.

With DEBUG on Django keeps every statement with its values written out: whole waves, labels as hexadecimal text.
A worker or a played day spends a fifth of its time on that, and nobody reads it. `CaptureQueriesContext` and
`assertNumQueries` still see all: they ask.
"""

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    @property
    def queries_logged(self) -> bool:
        """Whether statements are kept in `connection.queries`."""
        return bool(self.force_debug_cursor)
