"""The certificates that carriers are trusted by, read once: reading them costs more than a request."""

import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    """The TLS context of every carrier's client in this process; threads may share it."""
    return ssl.create_default_context(cafile=certifi.where())
