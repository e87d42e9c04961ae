"""The dock: a carton's label brings carton and inbound in."""

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from labels.drawing.gs1 import build_sscc
from tests.factories import (
    MONDAY,
    announced,
    make_hub,
)
from tests.refusals import refused
from warehouses.models import Carton, Hub, Inbound, Sku
from warehouses.services.receiving import arrive_carton


def test_the_first_carton_brings_the_inbound_in(hub: Hub, sku: Sku) -> None:
    first, second = announced(hub, [{sku: 1}, {sku: 2}])

    with clock.playing(MONDAY):
        arrive_carton(hub=hub, code=first.sscc)

    inbound = Inbound.objects.get()
    assert (inbound.state, inbound.arrived_at) == (Inbound.State.ARRIVED, MONDAY)
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, first.arrived_at) == (Carton.State.ARRIVED, MONDAY)
    assert (second.state, second.arrived_at) == (Carton.State.PLANNED, None)


@pytest.mark.parametrize("text", ["{}", "00{}", "]C100{}", "(00){}"])
def test_an_sscc_is_read_however_the_scanner_sends_it(hub: Hub, sku: Sku, text: str) -> None:
    (carton,) = announced(hub, [{sku: 1}])

    assert arrive_carton(hub=hub, code=text.format(carton.sscc)) == carton


def test_scanning_a_carton_again_changes_nothing(hub: Hub, carton: Carton) -> None:
    with clock.playing(MONDAY):
        again = arrive_carton(hub=hub, code=carton.sscc)

    assert again.arrived_at == carton.arrived_at != MONDAY


@pytest.mark.parametrize("code", ["RING", "08710000000000", "123456789012345678", "T100001"])
def test_what_is_no_sscc_is_no_carton(hub: Hub, sku: Sku, code: str) -> None:
    announced(hub, [{sku: 1}])

    refused(Invalid, "sscc_invalid", lambda: arrive_carton(hub=hub, code=code))


@pytest.mark.parametrize("code", ["", "x" * 5_000, b"\xff\x00\x1d", "]C1(01)123"])
def test_rubbish_is_refused_and_not_crashed_on(hub: Hub, sku: Sku, code: str | bytes) -> None:
    announced(hub, [{sku: 1}])

    with pytest.raises(Invalid):
        arrive_carton(hub=hub, code=code)

    assert Carton.objects.get().state == Carton.State.PLANNED


def test_a_carton_that_nobody_announced_here_is_unknown(hub: Hub, sku: Sku) -> None:
    (elsewhere,) = announced(make_hub(), [{sku: 1}])
    nobodys = build_sscc(company_prefix="8719999", serial=1)

    for code in (elsewhere.sscc, nobodys):
        refused(NotFound, "carton_unknown", lambda code=code: arrive_carton(hub=hub, code=code))


def test_a_carton_of_a_cancelled_inbound_is_not_taken_in(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 1}])
    inbound = carton.inbound
    inbound.cancel()
    inbound.save()

    refused(Conflict, "inbound_not_open", lambda: arrive_carton(hub=hub, code=carton.sscc))
    assert Inbound.objects.get().state == Inbound.State.CANCELLED
