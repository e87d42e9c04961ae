"""What every test may use: above all a database, on a server that is up only while tests need it."""

import os
from collections.abc import Iterator

import pytest
import pytest_django
from django.db import connection

from foundation.tenancy import STAFF
from tests.database import SERVER, make_template, serving
from tests.roles import act_as, allow_truncate


@pytest.fixture(scope="session")
def test_server() -> Iterator[None]:
    """The "test" server with its template, up from the first test that needs a database."""
    if os.environ["DATABASE_URL"] != SERVER.url():
        yield
        return
    with serving():
        make_template()
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    test_server: None, django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """pytest-django's own set-up, once the server is there. From then on tests act as web and workers do: as staff.

    So a right that the house lacks is found by the test that needs it. `tests.roles.as_owner` is for the rest.
    """
    with django_db_blocker.unblock():
        allow_truncate()
        act_as(STAFF)
    yield
    with django_db_blocker.unblock():
        act_as("")


@pytest.fixture(autouse=True)
def _empty_queue(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests with real commits leave no jobs behind: Django empties only tables that it manages, after this.

    Emptying is the owner's alone; the connection stays his until Django has emptied its tables and closed it.
    """
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(request.fixturenames)
    )
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
