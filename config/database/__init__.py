"""The database engine of `settings.DATABASES`: Django's own for PostgreSQL, see `base`."""
