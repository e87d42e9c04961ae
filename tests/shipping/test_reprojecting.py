"""`manage.py reproject`: after a status table changed, states follow, once."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from foundation import clock
from shipping.carriers.statuses import SIMULATOR
from shipping.planning.tracking import State
from tests.shipping.conftest import NOW, MakeShipment, open_desk
from tests.shipping.test_scans import event, label, state_of, tell


@pytest.mark.usefixtures("db", "played_day")
def test_after_a_table_changed_all_shipments_are_projected_again(
    make_shipment: MakeShipment, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_desk("http://127.0.0.1:9")
    shipment = label(make_shipment())
    tell(event(shipment, "PU", 1), event(shipment, "ZZ", 2))
    before = state_of(shipment)
    mapped = replace(SIMULATOR, version="next", codes={**SIMULATOR.codes, "ZZ": State.DELIVERED})
    monkeypatch.setattr("shipping.services.projecting.TABLES", {"simulator": mapped})

    with clock.playing(NOW + timedelta(days=1)):
        said = [_reprojected("--carrier", "other"), _reprojected("--carrier", "simulator"), _reprojected()]
        behind = _reprojected("--after", str(shipment.pk))

    assert (before, state_of(shipment)) == ("handed_over", "delivered")
    assert said == [
        "0 shipments, 0 with another state than before.\n",
        "1 shipments, 1 with another state than before.\n",
        "1 shipments, 0 with another state than before.\n",
    ]
    assert behind == "0 shipments, 0 with another state than before.\n"


def _reprojected(*arguments: str) -> str:
    out = StringIO()
    call_command("reproject", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()
