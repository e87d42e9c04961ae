"""Health, headers, and the one log line of each request."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from config.logs import logging_config
from config.middleware import request_log


def test_livez_needs_no_database(client: Client) -> None:
    answer = client.get("/livez")

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/livez").status_code == 405


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.json() == {"database": "ok", "migrations": "ok", "jobs": "ok"}
    assert answer.status_code == 200


@pytest.mark.django_db
def test_not_ready_when_the_queue_is_not_worked(client: Client, settings: Settings) -> None:
    settings.READY_OLDEST_JOB_S = 300
    job_id = app.configure_task("config.delete_old_jobs", allow_unknown=True).defer(timestamp=0)
    assert client.get("/readyz").status_code == 200

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '301 s' WHERE job_id = %s", [job_id])

    answer = client.get("/readyz")
    assert answer.json()["jobs"].startswith("the oldest has been due for 301")
    assert answer.status_code == 503


@pytest.mark.django_db
def test_job_of_later_does_not_make_it_unready(client: Client) -> None:
    soon = timezone.now() + timedelta(hours=1)
    task = app.configure_task("config.delete_old_jobs", allow_unknown=True, schedule_at=soon)
    job_id = task.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '1 day' WHERE job_id = %s", [job_id])

    assert ProcrastinateJob.objects.get(id=job_id).status == "todo"
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_before_migrations_are_applied(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.health._applied", set())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    answer = client.get("/readyz")

    assert answer.json() == {"database": "ok", "migrations": "1 to apply", "jobs": "not checked"}
    assert answer.status_code == 503


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)

    answer = client.get("/readyz")

    assert answer.json() == {"database": "OperationalError", "migrations": "not checked", "jobs": "not checked"}
    assert answer.status_code == 503


def test_front_door_leads_to_the_control_room(client: Client) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def directives(header: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in header.split(";"))


def test_content_policy_is_strict_but_for_the_admin(client: Client, db: None) -> None:
    outside = directives(client.get("/livez")["Content-Security-Policy"])
    inside = directives(client.get("/admin/login/")["Content-Security-Policy"])

    assert outside["default-src"] == "'none'"
    assert outside["script-src"] == outside["style-src"] == "'self'"
    assert inside["script-src"] == "'self' 'unsafe-inline' 'unsafe-eval'"
    assert inside["style-src"] == "'self' 'unsafe-inline'"
    for name in outside.keys() - {"script-src", "style-src"}:
        assert inside[name] == outside[name]


def test_security_headers(client: Client) -> None:
    answer = client.get("/livez")

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_stranger_host_is_refused(client: Client) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("8e5c2f6a-proxy.1", True),
        ("short", False),
        ("a" * 65, False),
        ("two words", False),
        ("x\r\nSet-Cookie: a", False),
    ],
)
def test_request_id_is_kept_if_it_is_a_sane_one(given: str, kept: bool, rf: RequestFactory) -> None:
    seen: list[object] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    answer = request_log(view)(rf.get("/", headers={"x-request-id": given}))

    assert (answer["X-Request-Id"] == given) is kept
    assert seen == [answer["X-Request-Id"]]


@pytest.fixture
def production_log() -> Iterator[io.StringIO]:
    """What the loggers below `tests` write with production's formatter."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = logging_config(level="INFO", as_json=True)["formatters"]["lines"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("tests")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)


def test_line_breaks_and_escapes_stay_inside_one_json_line(production_log: io.StringIO) -> None:
    structlog.get_logger("tests.ours").info("scan", code="A\r\nB\x1b[31m\x00", quantity=3)
    logging.getLogger("tests.library").warning("from %s", "a\nlibrary")

    ours, theirs = production_log.getvalue().splitlines()
    expected = {"event": "scan", "code": "A\r\nB\x1b[31m\x00", "quantity": 3, "level": "info", "logger": "tests.ours"}
    assert expected.items() <= json.loads(ours).items()
    assert {"event": "from a\nlibrary", "level": "warning"}.items() <= json.loads(theirs).items()


def test_traceback_tells_where_but_not_the_values(production_log: io.StringIO) -> None:
    def fail(buyer: str) -> None:
        raise ValueError("no such street")

    try:
        fail("Anna Canary, Herengracht 1")
    except ValueError:
        logging.getLogger("tests.library").exception("refused")

    (line,) = production_log.getvalue().splitlines()
    (trace,) = json.loads(line)["exception"]
    assert (trace["exc_type"], trace["exc_value"]) == ("ValueError", "no such street")
    assert trace["frames"][-1]["name"] == "fail"
    assert "Canary" not in line
