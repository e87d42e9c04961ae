"""How the house speaks: lines for a person in development, one JSON object a line in production.

Ours (structlog) and the libraries' (logging) go through the same processors, so a line break or an escape
sequence in a buyer's text never makes a second line. No buyer's data is logged: pass ids.
"""

import logging
import sys
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied

SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

TRACEBACK = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Where it broke, without the values of variables: a buyer's address may be among them."""


def without_refusals_traceback(record: logging.LogRecord) -> bool:
    """A filter: that somebody may not do something is one line. Where in the code it was said helps nobody."""
    if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
        record.exc_info = None
    return True


def feed_logging() -> None:
    """Let structlog's loggers write through `logging`. Once in a process: loggers keep what they first saw."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's `LOGGING`, fed by what `feed_logging` sets up. `level` is the root's, such as "INFO"."""
    last: list[structlog.types.Processor] = (
        [structlog.processors.ExceptionRenderer(TRACEBACK), structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            },
        },
        "filters": {"brief": {"()": lambda: without_refusals_traceback}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own console handlers would say everything twice.
            "django": {"handlers": [], "propagate": True},
            "django.request": {"filters": ["brief"]},
            "django.server": {"handlers": [], "propagate": True},
            "httpx": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
        },
    }
