"""Over a border every adapter sends what customs ask, and every carrier refuses a parcel without it."""

from dataclasses import replace

import pytest

from shipping.carriers.base import CarrierRefused, LabelOrder
from shipping.planning.customs import Customs, Line, Papers
from tests.shipping.conftest import BUYER
from tests.shipping.contract.fake import FakeCarrier

CUSTOMS = Customs(
    lines=(Line("SHIRT", "Cotton T-shirt", 2, 180, 2_500, "610910", "PT"),),
    currency="EUR",
    incoterm="DAP",
    reason="sale",
    papers=Papers("cn22", 2),
    seller="Noor",
    exporter_eori="NL123456789",
    importer_eori="GB123456789000",
    importer_vat="GB980780684",
)


def test_over_a_border_it_goes_with_its_customs_data_only(fake: FakeCarrier, order: LabelOrder) -> None:
    london = replace(BUYER, city="London", postcode="SW1A 1AA", country="GB")
    service = "EUROPE" if fake.adapter == "simulator" else order.service
    bare = replace(order, ship_to=london, service=service)
    with fake.client() as carrier:
        with pytest.raises(CarrierRefused) as refused:
            carrier.buy(bare)
        assert fake.live(order) == []
        carrier.buy(replace(bare, customs=CUSTOMS))

    assert refused.value.field == "customs"
    (booked,) = fake.live(order)
    told = str(booked.order)
    # GLS hears the incoterm only
    assert ("20" if fake.adapter == "gls" else "610910") in told
