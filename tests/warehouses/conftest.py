"""A hub and what is in it. After every test of this floor that used the database, the books must add up."""

from collections.abc import Iterator

import pytest

from foundation.invariants import check
from tests.factories import announced, make_hub, make_sku
from warehouses.invariants import INVARIANTS
from warehouses.models import Carton, Hub, Sku
from warehouses.services.receiving import arrive_carton


@pytest.fixture(autouse=True)
def books_add_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs the floor's invariants when the test is over and its database still there."""
    names = {"db", "transactional_db"} & set(request.fixturenames)
    if not names and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue(next(iter(names), "db"))
    yield
    assert [(finding.invariant.name, finding.rows) for finding in check(INVARIANTS) if finding.broken] == []


@pytest.fixture
def hub(db) -> Hub:
    return make_hub()


@pytest.fixture
def sku(db) -> Sku:
    return make_sku(code="RING")


@pytest.fixture
def carton(hub: Hub, sku: Sku) -> Carton:
    """A carton of ten rings that stands at the dock."""
    (carton,) = announced(hub, [{sku: 10}])
    return arrive_carton(hub=hub, code=carton.sscc)


@pytest.fixture
def cream(db) -> Sku:
    """An item that comes in lots."""
    return make_sku(code="CREAM", tracks_lots=True)
