"""A hub, and two sellers who know nothing of one another."""

import pytest

from tests.factories import make_hub, make_seller, make_sku
from tests.fulfillment.api.machines import Machine
from warehouses.models import Hub


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub("AMS1")


@pytest.fixture
def ada(hub: Hub) -> Machine:
    """Sells lipstick, by lot, and tote bags."""
    seller = make_seller("ada")
    make_sku(seller, "LIP-ROSE-04", tracks_lots=True)
    make_sku(seller, "TOTE-ECRU")
    return Machine(seller)


@pytest.fixture
def bo(hub: Hub) -> Machine:
    """Sells rings; has one item code in common with Ada."""
    seller = make_seller("bo")
    make_sku(seller, "RING-7")
    make_sku(seller, "TOTE-ECRU")
    return Machine(seller)
