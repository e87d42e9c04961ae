"""What settings refuse, and what they make of a database's URL."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.devdb import ROOT, Server
from config.safeguards import DEVELOPMENT_CREDENTIAL_KEY, DEVELOPMENT_KEY, DEVELOPMENT_WEBHOOK_SECRET, refuse_unsafe

SAFE = {
    "debug": False,
    "secret_key": "k" * 50,
    "secret_key_file": "",
    "allowed_hosts": ["hub.example"],
    "local_hosts": ["127.0.0.1", "localhost"],
    "webhook_secrets": ["s" * 32],
    "credential_keys": ["c" * 32],
    "database_named": True,
}

IN_PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "hub.example",
    "CARRIER_WEBHOOK_SECRETS": "new-one,old-one",
    "CREDENTIAL_KEYS": f"{'n' * 32},{'o' * 32}",
    "DATABASE_URL": "postgres://pakhuis:p%40ss@db.example:5433/hub?sslmode=require",
}

SHOW = """
import json; from config import settings
print(json.dumps({name: getattr(settings, name) for name in %r}))
"""


def settings_in(environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
    """Those settings as a fresh process sees them, with nothing of this one's environment."""
    return subprocess.run(
        [sys.executable, "-c", SHOW % (names,)],
        cwd=ROOT,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_safe_production_is_let_through() -> None:
    refuse_unsafe(**SAFE)


def test_development_is_let_through_on_this_machine() -> None:
    refuse_unsafe(
        **SAFE | {"debug": True, "secret_key": DEVELOPMENT_KEY, "allowed_hosts": ["localhost"], "database_named": False}
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"secret_key": DEVELOPMENT_KEY}, "SECRET_KEY is the one for development"),
        ({"secret_key": "short"}, "SECRET_KEY is shorter than 40"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS must name"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS must name"),
        ({"webhook_secrets": []}, "CARRIER_WEBHOOK_SECRETS must be our own"),
        ({"webhook_secrets": ["mine", DEVELOPMENT_WEBHOOK_SECRET]}, "CARRIER_WEBHOOK_SECRETS must be our own"),
        ({"credential_keys": []}, "CREDENTIAL_KEYS must be our own"),
        ({"credential_keys": ["c" * 32, DEVELOPMENT_CREDENTIAL_KEY]}, "CREDENTIAL_KEYS must be our own"),
        ({"credential_keys": ["c" * 32, "short"]}, "CREDENTIAL_KEYS holds a key shorter than 32"),
        ({"database_named": False}, "DATABASE_URL is missing"),
        ({"debug": True}, "DEBUG is on, yet ALLOWED_HOSTS serves hub.example"),
    ],
)
def test_unsafe_start_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=fault):
        refuse_unsafe(**SAFE | change)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe(**SAFE | {"secret_key": DEVELOPMENT_KEY, "allowed_hosts": []})

    assert "SECRET_KEY" in str(refusal.value)
    assert "ALLOWED_HOSTS" in str(refusal.value)


def test_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("k" * 50)
    secret.chmod(0o644)

    with pytest.raises(ImproperlyConfigured, match="can be read by others: chmod 600"):
        refuse_unsafe(**SAFE | {"secret_key_file": str(secret)})

    secret.chmod(0o600)
    refuse_unsafe(**SAFE | {"secret_key_file": str(secret)})


def test_production_does_not_start_with_the_default_key() -> None:
    environment = {name: value for name, value in IN_PRODUCTION.items() if name != "SECRET_KEY"}

    tried = settings_in(environment, "DEBUG")

    assert tried.returncode == 1
    assert "Refusing to start. SECRET_KEY is the one for development." in tried.stderr


def test_production_settings() -> None:
    names = (
        *("DEBUG", "DATABASES", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE"),
        *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "CARRIER_WEBHOOK_SECRETS", "STORAGES", "ALLOWED_HOSTS"),
    )

    shown = settings_in(IN_PRODUCTION, *names)

    found = json.loads(shown.stdout)
    database = found.pop("DATABASES")["default"]
    assert {name: database[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "hub",
        "USER": "pakhuis",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": 5433,
    }
    assert database["OPTIONS"] == {
        "sslmode": "require",
        "application_name": "pakhuis",
        "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=120000"
        " -c pgtrigger.ignore={}",
    }
    assert found.pop("STORAGES")["staticfiles"]["BACKEND"].endswith("CompressedManifestStaticFilesStorage")
    assert found == {
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CARRIER_WEBHOOK_SECRETS": ["new-one", "old-one"],
        "ALLOWED_HOSTS": ["hub.example"],
    }


def test_secret_key_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("from-the-file-" * 4)
    secret.chmod(0o600)
    environment = {name: value for name, value in IN_PRODUCTION.items() if name != "SECRET_KEY"}

    shown = settings_in(environment | {"SECRET_KEY_FILE": str(secret)}, "SECRET_KEY")

    assert json.loads(shown.stdout) == {"SECRET_KEY": "from-the-file-" * 4}


def test_development_needs_no_environment_and_starts_nothing() -> None:
    before = Server("dev").status()

    shown = settings_in({}, "DEBUG", "DATABASES")

    found = json.loads(shown.stdout)
    assert found["DEBUG"] is True
    database = found["DATABASES"]["default"]
    assert database["HOST"] == str(Server("dev").socket_folder)
    assert (database["NAME"], database["USER"], database["PORT"]) == ("pakhuis", "pakhuis", 5432)
    assert Server("dev").status() == before


def test_django_finds_nothing_to_warn_of_in_production() -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            **IN_PRODUCTION,
            "SECRET_KEY": "a-Key_with.50+different/characters=0123456789-abcdXYZ",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
