"""Every carrier in turn, behind its own fake server."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shipping.carriers.base import LabelOrder
from tests.shipping.buying_tools import ORDER
from tests.shipping.contract.fake import FakeCarrier, serving
from tests.shipping.contract.fake_dhl_nl import FakeDhlNl
from tests.shipping.contract.fake_dpd_nl import FakeDpdNl
from tests.shipping.contract.fake_easypost import FakeEasyPost
from tests.shipping.contract.fake_gls import FakeGls
from tests.shipping.contract.fake_postnl import FakePostNL
from tests.shipping.contract.fake_sendcloud import FakeSendcloud
from tests.shipping.contract.fake_shipstation import FakeShipStation
from tests.shipping.contract.fake_simulator import FakeSimulator
from tests.shipping.contract.fake_ups import FakeUps

FAKES: tuple[type[FakeCarrier], ...] = (
    FakeSimulator,
    FakeSendcloud,
    FakeDhlNl,
    FakePostNL,
    FakeDpdNl,
    FakeGls,
    FakeUps,
    FakeEasyPost,
    FakeShipStation,
)


@pytest.fixture(params=FAKES, ids=lambda fake: fake.adapter)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeCarrier]:
    """One carrier's own side, freshly opened."""
    with serving(request.param()) as running:
        yield running


@pytest.fixture
def order(fake: FakeCarrier) -> LabelOrder:
    """A parcel within the country by a service this carrier has."""
    with fake.client() as carrier:
        drawn = carrier.capabilities.label_formats[0]
    return replace(ORDER, reference="0b5c4a9e-51c0-4b6e-9d3c-6f2f0f7c1a11-1", service=fake.service, label_format=drawn)
