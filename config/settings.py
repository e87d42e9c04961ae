"""Pakhuis settings: one file; whatever differs between places comes from the environment.

Development needs none of it. Production sets `DEBUG=off`, `SECRET_KEY` (or `SECRET_KEY_FILE`, mode 0600),
`ALLOWED_HOSTS`, `DATABASE_URL`, `CREDENTIAL_KEYS` and `CARRIER_WEBHOOK_SECRETS`, and is refused with any missing:
see docs/operations.md for the rest.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.templatetags.static import static

from config.devdb import Server
from config.logs import feed_logging, logging_config
from config.safeguards import (
    DEVELOPMENT_CREDENTIAL_KEY,
    DEVELOPMENT_KEY,
    DEVELOPMENT_WEBHOOK_SECRET,
    refuse_unsafe,
)
from foundation.tenancy import STAFF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
"""Everything that is made while running: static files, printed labels, reports, the simulator's journal."""

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
local_hosts = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=local_hosts if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- what the house is made of ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "procrastinate.contrib.django",
    "config",
    "labels",
    "warehouses",
    "shipping",
    "fulfillment",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.request_log",
    "config.middleware.machine_doors",
    "csp.middleware.CSPMiddleware",
    "config.middleware.admin_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.reader",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database and jobs -----------------------------------------------------------------------------------

# With no DATABASE_URL the checkout's own server; its URL is only computed here, `manage.py` starts it.
database = env.db_url_config(os.environ.get("DATABASE_URL") or Server().url())
options = database.setdefault("OPTIONS", {})
database["HOST"] = options.pop("host", database["HOST"])
options.setdefault("application_name", "pakhuis")
# A query that hangs, a lock that does not come, a transaction that somebody forgot: an error, not a pile-up.
timeouts_ms = {
    "statement_timeout": env.int("DB_STATEMENT_TIMEOUT_MS", default=30_000),
    "lock_timeout": env.int("DB_LOCK_TIMEOUT_MS", default=10_000),
    "idle_in_transaction_session_timeout": env.int("DB_IDLE_TIMEOUT_MS", default=120_000),
}
# pgtrigger's triggers ask for this at every row. Where it is not set they catch an error, a subtransaction each, and
# the end of such a one looks through all deferred checks of the transaction: a wave then takes quadratic time.
guards = {"pgtrigger.ignore": "{}"}
options.setdefault("options", " ".join(f"-c {name}={value}" for name, value in (timeouts_ms | guards).items()))
database["ENGINE"] = "config.database"
# As whom every connection acts, whatever the login may do; empty = as the login itself, for commands that own tables.
database["ROLE"] = env.str("DATABASE_ROLE", default=STAFF)
database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROCRASTINATE_IMPORT_PATHS = ["config.jobs"]
JOBS_STALLED_AFTER_S = env.int("JOBS_STALLED_AFTER_S", default=30)
"""A worker that has given no sign of life for so long is dead; its jobs are run again."""
JOBS_KEPT_HOURS = env.int("JOBS_KEPT_HOURS", default=72)
"""Finished jobs are deleted after this; failed ones stay ten times as long, for whoever looks into them."""
READY_OLDEST_JOB_S = env.int("READY_OLDEST_JOB_S", default=300)
"""`/readyz` says no when a job has been due for longer: nobody is working the queue."""

WARM_UP = env.bool("WARM_UP", default=True)
"""Web servers and workers load the compiled planner when they start, not in their first wave."""

# --- carriers --------------------------------------------------------------------------------------------

SIMULATED_CARRIER_URL = env.str("SIMULATED_CARRIER_URL", default="http://127.0.0.1:8010")
SIMULATED_CARRIER_TOKEN = env.str("SIMULATED_CARRIER_TOKEN", default="simulator")
CARRIER_WEBHOOK_SECRETS = env.list("CARRIER_WEBHOOK_SECRETS", default=[DEVELOPMENT_WEBHOOK_SECRET])
"""Live secrets of the simulated carrier's webhooks, the newest first; two during a rotation."""

CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[DEVELOPMENT_CREDENTIAL_KEY])
"""Seal the carrier accounts' credentials: the first seals, all open; `manage.py rotate_credentials` after a new one."""

# --- doors -----------------------------------------------------------------------------------------------

# A route that names no doorkeeper of its own lets nobody in; `fulfillment.api.views.Resource` names them.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "COMPONENT_SPLIT_PATCH": False,
    "TITLE": "Pakhuis API",
    "DESCRIPTION": "Send goods in, sell them, and know where every unit is. To try a call, *Authorize* with a token.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "fulfillment.models.orders.Order.State",
        "ShortPolicy": "fulfillment.models.orders.Order.ShortPolicy",
        "InboundState": "warehouses.models.inbound.Inbound.State",
        "CartonState": "warehouses.models.inbound.Carton.State",
        "CaseState": "warehouses.models.cases.Case.State",
        "CaseKind": "warehouses.models.choices.CaseKind",
        "CaseChoice": "warehouses.models.choices.CaseChoice",
        "ReasonOwner": "fulfillment.api.v1.orders.OWNERS",
        "ShipmentState": "shipping.models.shipments.ShipmentState",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "fulfillment.api.schema.finish",
    ],
}

UNFOLD = {
    "SITE_TITLE": "Pakhuis",
    "SITE_HEADER": "Pakhuis",
    "SITE_SYMBOL": "warehouse",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("pakhuis/favicon.svg")},
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,
    "DASHBOARD_CALLBACK": "fulfillment.admin.control_room.show_control_room",
    "STYLES": [lambda request: static("pakhuis/tokens.css"), lambda request: static("pakhuis/admin.css")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": True,
        "navigation": "config.navigation.sidebar",
    },
    # Petrol, as the water of a canal: it leaves green, amber and red to what they mean.
    "COLORS": {
        "base": {
            "50": "oklch(98.4% .003 230)",
            "100": "oklch(96.4% .005 230)",
            "200": "oklch(92.3% .007 230)",
            "300": "oklch(86.6% .011 230)",
            "400": "oklch(71% .018 230)",
            "500": "oklch(55.5% .021 230)",
            "600": "oklch(45% .022 230)",
            "700": "oklch(37.5% .022 230)",
            "800": "oklch(28% .02 230)",
            "900": "oklch(21.5% .018 230)",
            "950": "oklch(14% .014 230)",
        },
        "primary": {
            "50": "oklch(97.6% .012 215)",
            "100": "oklch(94.4% .026 215)",
            "200": "oklch(88.6% .048 215)",
            "300": "oklch(81% .074 215)",
            "400": "oklch(72% .092 217)",
            "500": "oklch(62% .094 220)",
            "600": "oklch(49% .085 223)",
            "700": "oklch(42% .074 225)",
            "800": "oklch(35.5% .061 227)",
            "900": "oklch(29.5% .048 229)",
            "950": "oklch(21.5% .036 231)",
        },
    },
}

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Amsterdam")
"""Where the operator's screens are. The database keeps UTC, and each hub has a zone of its own."""
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
plain, hashed = (
    "django.contrib.staticfiles.storage.StaticFilesStorage",
    "whitenoise.storage.CompressedManifestStaticFilesStorage",
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": plain if DEBUG else hashed},
}

# --- safety ----------------------------------------------------------------------------------------------

secure = not DEBUG
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=secure)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if secure else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = secure
SECURE_HSTS_PRELOAD = secure
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = secure
SESSION_COOKIE_NAME = "__Host-session" if secure else "pakhuis_session"
CSRF_COOKIE_NAME = "__Host-csrf" if secure else "pakhuis_csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
"""One shift."""
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=5 * 1024 * 1024)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

feed_logging()
LOGGING = logging_config(level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=secure))

refuse_unsafe(
    debug=DEBUG,
    secret_key=SECRET_KEY,
    secret_key_file=env.str("SECRET_KEY_FILE", default=""),
    allowed_hosts=ALLOWED_HOSTS,
    local_hosts=local_hosts,
    webhook_secrets=CARRIER_WEBHOOK_SECRETS,
    credential_keys=CREDENTIAL_KEYS,
    database_named=bool(os.environ.get("DATABASE_URL")),
)
