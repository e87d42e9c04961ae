"""Inbounds on their way: followed by their tracking numbers, arrived with the first parcel delivered, on the clock."""

from datetime import datetime, timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.factories import MONDAY, announced, count_in, make_hub, unit_scan
from tests.refusals import refused
from warehouses.models import Carton, Hub, Inbound, InboundParcel, Sku
from warehouses.services.arriving import awaited, note_deliveries, send_inbound
from warehouses.services.putaway import PutawayScan, confirm_putaway, propose_putaway
from warehouses.services.receiving import arrive_carton
from warehouses.services.targets import Pace, breached, first_scan_target, sellable_target

ONE, TWO = ("postnl", "3SABC1"), ("postnl", "3SABC2")


def hours(n: float) -> datetime:
    return MONDAY + timedelta(hours=n)


@pytest.fixture
def planned(hub: Hub, sku: Sku) -> Carton:
    with clock.playing(MONDAY):
        (carton,) = announced(hub, [{sku: 3}])
    return carton


def fresh(carton: Carton) -> Inbound:
    return Inbound.objects.select_related("hub").get(pk=carton.inbound_id)


def test_what_was_sent_is_in_transit_and_followed(planned: Carton) -> None:
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE])
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE, ("PostNL ", "3s abc 2")])

    assert fresh(planned).state == Inbound.State.IN_TRANSIT
    assert awaited() == [ONE, TWO]


def test_a_delivery_is_an_arrival_once(planned: Carton) -> None:
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE, TWO])

    with clock.playing(hours(9)):
        (arrived,) = note_deliveries({ONE: hours(8), ("postnl", "somebody else's"): hours(1)})
        assert note_deliveries({ONE: hours(8)}) == []
        assert note_deliveries({TWO: hours(8.5)}) == []

    inbound = fresh(planned)
    assert arrived == inbound
    assert (inbound.state, inbound.arrived_at) == (Inbound.State.ARRIVED, hours(8))
    assert set(InboundParcel.objects.values_list("tracking_no", "delivered_at")) == {
        ("3SABC1", hours(8)),
        ("3SABC2", hours(8.5)),
    }
    assert awaited() == []
    assert Carton.objects.get().state == Carton.State.PLANNED


def test_the_earlier_of_scan_and_delivery_counts(hub: Hub, planned: Carton) -> None:
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE, TWO])
    with clock.playing(hours(10)):
        arrive_carton(hub=hub, code=planned.sscc)
        note_deliveries({ONE: hours(7)})
        assert fresh(planned).arrived_at == hours(7)
        note_deliveries({TWO: hours(12)})

    assert fresh(planned).arrived_at == hours(7)


def test_a_carton_scanned_after_the_delivery_keeps_the_clock(hub: Hub, planned: Carton) -> None:
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE])
    with clock.playing(hours(10)):
        note_deliveries({ONE: hours(7)})
        arrive_carton(hub=hub, code=planned.sscc)

    assert fresh(planned).arrived_at == hours(7)
    assert Carton.objects.get().arrived_at == hours(10)


@pytest.mark.parametrize("parcel", [("", "1"), ("postnl", ""), ("postnl", "9" * 41), ("postnl", "3S\x00"), ("é", "1")])
def test_a_number_that_is_none_names_its_row_and_nothing_is_kept(planned: Carton, parcel: tuple[str, str]) -> None:
    refusal = refused(
        Invalid, "tracking_invalid", lambda: send_inbound(inbound_id=planned.inbound_id, parcels=[ONE, parcel])
    )

    assert refusal.row == 2
    assert not InboundParcel.objects.exists()
    assert fresh(planned).state == Inbound.State.PLANNED


def test_what_has_arrived_is_sent_no_more(hub: Hub, planned: Carton) -> None:
    send_inbound(inbound_id=planned.inbound_id, parcels=[ONE])
    arrive_carton(hub=hub, code=planned.sscc)

    assert send_inbound(inbound_id=planned.inbound_id, parcels=[ONE]).state == Inbound.State.ARRIVED
    refused(Conflict, "inbound_not_open", lambda: send_inbound(inbound_id=planned.inbound_id, parcels=[TWO]))
    refused(NotFound, "inbound_unknown", lambda: send_inbound(inbound_id=0, parcels=[]))


def test_too_many_parcels_are_refused(planned: Carton) -> None:
    many = [("postnl", f"3S{n}") for n in range(501)]

    refused(Invalid, "too_many_parcels", lambda: send_inbound(inbound_id=planned.inbound_id, parcels=many))


# --- targets ---------------------------------------------------------------------------------------------


def paces(carton: Carton) -> tuple[Pace, Pace]:
    inbound = fresh(carton)
    return first_scan_target(inbound).pace, sellable_target(inbound).pace


def is_breached(carton: Carton) -> bool:
    return Inbound.objects.filter(breached(), pk=carton.inbound_id).exists()


def test_the_clocks_run_from_arrival_to_sellable(hub: Hub, sku: Sku, planned: Carton) -> None:
    assert paces(planned) == (Pace.WAITING, Pace.WAITING)
    with clock.playing(hours(0)):
        arrive_carton(hub=hub, code=planned.sscc)
        assert paces(planned) == (Pace.RUNNING, Pace.RUNNING)
    with clock.playing(hours(24)):
        assert (paces(planned)[0], is_breached(planned)) == (Pace.RUNNING, False)
        count_in(planned, [unit_scan(sku, 3)])
        assert paces(planned) == (Pace.KEPT, Pace.RUNNING)
    with clock.playing(hours(47)):
        tasks = propose_putaway(inbound_id=planned.inbound_id)
        confirm_putaway(scans=[PutawayScan(task_id=task.pk, bin_code=task.to_bin.code) for task in tasks])

    with clock.playing(hours(900)):
        assert (paces(planned), is_breached(planned)) == ((Pace.KEPT, Pace.KEPT), False)
        assert sellable_target(fresh(planned)).due_at == hours(48)


def test_a_clock_beyond_its_target_is_breached_for_good(hub: Hub, sku: Sku, planned: Carton) -> None:
    with clock.playing(hours(0)):
        arrive_carton(hub=hub, code=planned.sscc)
    with clock.playing(hours(25)):
        assert (paces(planned), is_breached(planned)) == ((Pace.BREACHED, Pace.RUNNING), True)
        count_in(planned, [unit_scan(sku, 3)])
        assert (paces(planned), is_breached(planned)) == ((Pace.BREACHED, Pace.RUNNING), True)
    with clock.playing(hours(49)):
        assert paces(planned) == (Pace.BREACHED, Pace.BREACHED)


def test_each_hub_has_its_own_targets(sku: Sku) -> None:
    hub = make_hub()
    hub.first_scan_hours, hub.sellable_hours = 2, 4
    hub.save(update_fields=["first_scan_hours", "sellable_hours"])
    with clock.playing(MONDAY):
        (carton,) = announced(hub, [{sku: 3}])
        arrive_carton(hub=hub, code=carton.sscc)
    with clock.playing(hours(3)):
        assert (paces(carton), is_breached(carton)) == ((Pace.BREACHED, Pace.RUNNING), True)


def test_an_empty_inbound_stops_the_clock_when_it_is_counted(hub: Hub, planned: Carton) -> None:
    with clock.playing(hours(0)):
        arrive_carton(hub=hub, code=planned.sscc)
        count_in(planned, [])

    with clock.playing(hours(900)):
        assert (paces(planned), is_breached(planned)) == ((Pace.KEPT, Pace.KEPT), False)
