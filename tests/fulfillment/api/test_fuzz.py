"""Whatever is sent, the API answers as it said it would: no 5xx, no undescribed status, no answer out of shape.

Schemathesis makes calls out of our own OpenAPI description, good and bad ones, and holds each answer against
it. Few examples and a fixed seed here, so that the suite stays quick and says the same each time.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

described = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())
described.config.generation.update(deterministic=True, max_examples=8)


@pytest.fixture
def one_transaction() -> Iterator[None]:
    """A real server lets go of its connection after a call; here all calls share the test's own."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@described.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_as_described(case, ada, one_transaction):
    if case.meta.generation.mode.is_positive:
        _name_what_exists(case)

    # A well-formed call may still name a cursor, a hub or an item that is not there.
    case.call_and_validate(
        headers={"Authorization": f"Bearer {ada.plain}"},
        excluded_checks=[schemathesis.checks.positive_data_acceptance],
    )


def _name_what_exists(case: schemathesis.Case) -> None:
    """No generator can draw a code that exists: put some in, so that calls get behind the first check."""
    case.path_parameters = {name: _drawn_or(value, "OR-0000001") for name, value in case.path_parameters.items()}
    body = case.body if isinstance(case.body, dict) else {}
    body.pop("hub", None)
    for holder in [body, *body.get("cartons", [])]:
        for line in holder.get("lines", []):
            line["sku"] = _drawn_or(line["sku"], "TOTE-ECRU")


def _drawn_or(drawn: str, known: str) -> str:
    return drawn if len(drawn) % 3 == 0 else known
