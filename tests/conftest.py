"""What every test may use: above all a database, on a server that is up only while tests need it."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from foundation.tenancy import STAFF
from shipping.services.accounts import forget_doors
from tests import nightly
from tests.database import SERVER, make_template, serving
from tests.roles import act_as, allow_truncate
from tests.watching import balances, order

nightly.register()


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
def _watched_from_the_start() -> None:
    """Every connection, transaction and lock of this run is watched."""
    balances.listen()
    order.install()


@pytest.fixture(scope="session")
def django_db_setup(
    test_server: None, _watched_from_the_start: None, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """pytest-django's own set-up, once the server is there; and the watch over the balances in it.

    From then on tests act as web and workers do: as staff. So a right that the house lacks is found by the test that
    needs it. `tests.roles.as_owner` is for the rest.
    """
    with django_db_blocker.unblock():
        connection.close()  # the next one is listened to
        balances.install()
        allow_truncate()
        act_as(STAFF)
    yield
    with django_db_blocker.unblock():
        act_as("")


@pytest.fixture(autouse=True)
def _stock_is_locked_in_order() -> Iterator[None]:
    """Fails the test in which a balance was written without its lock, or rows were locked out of order."""
    balances.take_findings()
    order.take_findings()
    yield
    assert balances.take_findings() == []
    assert order.take_findings() == []


@pytest.fixture(autouse=True)
def _doors_are_asked_for_anew() -> None:
    """What the process knows of carriers' secrets is of another test's database."""
    forget_doors()


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
