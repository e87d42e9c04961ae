"""A carrier is asked to come: once, whatever the network does; and told not to."""

from datetime import datetime, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, Unavailable
from shipping.carriers.simulator_process import SimulatedCarrier
from shipping.models import Carrier, CarrierAccount, Pickup
from shipping.services.collecting import cancel_pickup, request_pickup, settle_pickups
from tests.shipping.buying_tools import hurry
from tests.shipping.conftest import HUB, NOW, MakeShipment
from tests.shipping.loading_tools import labelled_parcel
from tests.shipping.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("played_day")
NOBODY = "http://127.0.0.1:9"


def ask(ready_at: datetime = NOW, hours: float = 2, carrier_code: str = "simulator") -> Pickup:
    return request_pickup(
        site="AMS1",
        carrier_code=carrier_code,
        place=HUB,
        ready_at=ready_at,
        close_at=ready_at + timedelta(hours=hours),
    )


def test_a_pickup_is_confirmed_for_what_waits_and_asked_for_once(account: CarrierAccount) -> None:
    for weight_g in (800, 1_200):
        labelled_parcel(weight_g=weight_g)

    pickup, again = ask(), ask()

    assert again == pickup
    assert (pickup.state, pickup.parcels, pickup.weight_g, pickup.settled_at) == ("confirmed", 2, 2_000, NOW)
    assert pickup.carrier_ref.startswith("COL")


def test_two_who_ask_at_once_get_one_visit(account: CarrierAccount) -> None:
    def job() -> Pickup:
        with clock.playing(NOW):
            return ask()

    first, second = at_once(job, job)

    assert first == second
    assert Pickup.objects.count() == 1


def test_a_window_the_carrier_refuses_is_kept_with_its_reason_and_asked_for_anew(
    account: CarrierAccount,
) -> None:
    refused = ask(hours=0.5)
    better = ask(hours=2)

    assert (refused.state, refused.refusal) == ("refused", "The driver needs a window of an hour.")
    assert (better.state, better != refused) == ("confirmed", True)
    assert cancel_pickup(pickup_id=refused.pk).state == "refused"


def test_a_timeout_after_the_carrier_heard_ends_in_one_visit(
    account: CarrierAccount, simulator: SimulatedCarrier
) -> None:
    hurry(account, timeout_ms=300)
    simulator.set_faults(book_then_stall=1, stall_s=1.0)

    unsure = ask()
    simulator.set_faults()
    with_answer = ask()

    assert unsure.state == "requested"
    assert (with_answer.pk, with_answer.state) == (unsure.pk, "confirmed")


def test_a_silent_carrier_is_asked_again_by_the_job_and_can_not_be_called_off_before(account: CarrierAccount) -> None:
    CarrierAccount.objects.update(base_url=NOBODY)
    pickup = ask()
    with pytest.raises(Conflict) as doubt:
        cancel_pickup(pickup_id=pickup.pk)
    CarrierAccount.objects.update(base_url=account.base_url)

    settle_pickups()

    assert doubt.value.code == "pickup_in_doubt"
    pickup.refresh_from_db()
    assert pickup.state == "confirmed"


def test_a_visit_is_called_off_once(account: CarrierAccount) -> None:
    pickup = ask()
    CarrierAccount.objects.update(base_url=NOBODY)
    with pytest.raises(Unavailable):
        cancel_pickup(pickup_id=pickup.pk)
    pickup.refresh_from_db()
    assert pickup.state == "confirmed"
    CarrierAccount.objects.update(base_url=account.base_url)

    first, again = cancel_pickup(pickup_id=pickup.pk), cancel_pickup(pickup_id=pickup.pk)

    assert (first.state, again.state) == ("cancelled", "cancelled")
    assert ask() != pickup


def test_what_can_not_be_is_refused_before_anything_is_written(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    other = Carrier.objects.create(code="gls", name="GLS", adapter="gls")
    CarrierAccount.objects.create(carrier=other, site="AMS1", base_url=NOBODY)

    with pytest.raises(Invalid) as over:
        ask(NOW - timedelta(hours=3))
    with pytest.raises(Invalid) as backwards:
        ask(hours=-1)
    with pytest.raises(Conflict) as deaf:
        ask(carrier_code="gls")

    assert [e.value.code for e in (over, backwards, deaf)] == ["pickup_window", "pickup_window", "no_pickups"]
    assert not Pickup.objects.exists()
