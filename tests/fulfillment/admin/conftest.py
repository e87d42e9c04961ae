"""Who looks at the admin, and at what: a shift lead who may do everything, and a hub where nothing is going on."""

import pytest
from django.test import Client

from tests.fulfillment.admin.scenes import Scene, boss, quiet_hub


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(boss())
    return client


@pytest.fixture
def scene() -> Scene:
    return quiet_hub()
