"""One carrier at a time, for tests of what is peculiar to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shipping.carriers.base import Carrier, LabelOrder
from tests.shipping.buying_tools import ORDER
from tests.shipping.contract.fake import FakeCarrier, serving

REFERENCE = "0b5c4a9e-51c0-4b6e-9d3c-6f2f0f7c1a11-12"


@contextmanager
def at(fake: FakeCarrier) -> Iterator[tuple[Carrier, LabelOrder]]:
    """An open account at a fake carrier, and an order it takes."""
    with serving(fake), fake.client() as carrier:
        drawn = carrier.capabilities.label_formats[0]
        yield carrier, replace(ORDER, reference=REFERENCE, service=fake.service, label_format=drawn)
