"""Two questions a load balancer asks: is this process alive, and should it get requests?"""

from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

OLDEST_DUE_JOB: Final = """
    SELECT coalesce(extract(epoch FROM now() - min(coalesce(job.scheduled_at, deferred.at))), 0)::float
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_events AS deferred ON deferred.job_id = job.id AND deferred.type = 'deferred'
    WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""

NOT_CHECKED: Final = "not checked"


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else: a database that is away is no reason to kill it."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served: database there, migrations applied, the queue being worked. Else 503.

    The answer names each check: `{"database": "ok", "migrations": "2 to apply", "jobs": "not checked"}`.
    """
    checks = {"database": NOT_CHECKED, "migrations": NOT_CHECKED, "jobs": NOT_CHECKED}
    try:
        connection.ensure_connection()
        checks["database"] = "ok"
        waiting = _migrations_to_apply()
        checks["migrations"] = f"{waiting} to apply" if waiting else "ok"
        if not waiting:
            checks["jobs"] = _state_of_jobs()
    except DatabaseError as error:
        checks["database"] = type(error).__name__
    ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse(checks, status=200 if ready else 503)


_applied: set[str] = set()
"""Databases found up to date by this process. Its code never changes, so one good look is enough."""


def _migrations_to_apply() -> int:
    name = str(connection.settings_dict["NAME"])
    if name in _applied:
        return 0
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        _applied.add(name)
    return len(plan)


def _state_of_jobs() -> str:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_DUE_JOB)
        (oldest_s,) = cursor.fetchone()
    if oldest_s > settings.READY_OLDEST_JOB_S:
        return f"the oldest has been due for {oldest_s:.0f} s"
    return "ok"
