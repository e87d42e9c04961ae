"""Settings of the test run: those of development, on a throw-away database of the "test" server."""

import os

from tests.database import SERVER, TEMPLATE, TEST_DATABASE

os.environ.setdefault("DATABASE_URL", SERVER.url())
os.environ.setdefault("WARM_UP", "0")

from config.settings import *  # noqa: F403 (reads the environment that was just set)
from config.settings import DATABASES

DATABASES["default"]["TEST"] = {"NAME": TEST_DATABASE}
if os.environ["DATABASE_URL"] == SERVER.url():
    DATABASES["default"]["TEST"]["TEMPLATE"] = TEMPLATE
DATABASES["default"]["ROLE"] = ""
"""The owner's rights while the database is made; tests then act as the house does (tests/conftest.py)."""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
