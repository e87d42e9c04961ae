"""Measuring: what was found stands beside what was declared, and the hubs go by it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from fulfillment.models import Event
from tests.crowd import at_once
from tests.factories import MONDAY, announced, count_in, make_hub, make_seller, make_sku, unit_scan
from tests.refusals import refused
from warehouses.models import Hub, Measurement, Sku
from warehouses.planning.measures import Measures
from warehouses.services.inbounds import preflight
from warehouses.services.measuring import Reading, measure_sku, wanting_measures
from warehouses.services.plans import CartonPlan, LinePlan
from warehouses.services.receiving import arrive_carton
from warehouses.services.skus import update_sku


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.playing(MONDAY):
        yield


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub()


def reading(**changes: Any) -> Reading:
    """A unit of `make_sku`, as it is declared, unless changed."""
    read = {"scan_id": uuid.uuid4(), "scale_g": 100, "length_mm": 100, "width_mm": 100, "height_mm": 100}
    return Reading(**read | changes)


def measured(sku: Sku, hub: Hub, **changes: Any) -> Measurement:
    return measure_sku(sku_id=sku.pk, hub=hub, reading=reading(**changes), station="DOCK-1")


def fresh(sku: Sku) -> Sku:
    return Sku.objects.get(pk=sku.pk)


def supervisor() -> User:
    lead = User.objects.create_user("lead")
    lead.user_permissions.add(Permission.objects.get(codename="change_carton"))
    return lead


def test_what_is_found_stands_beside_what_is_declared(hub: Hub) -> None:
    sku = make_sku()

    row = measured(sku, hub, scale_g=1_180, units=10, height_mm=104)

    now = fresh(sku)
    assert (row.found, row.declared, row.differs) == (Measures(118, 100, 100, 104), Measures(100, 100, 100, 100), True)
    assert (now.measured, now.declared) == (row.found, row.declared)
    assert (now.weight_g, now.volume_mm3, now.measured_at) == (118, 1_040_000, MONDAY)
    event = Event.objects.get()
    assert (event.kind, event.seller_id, event.inbound_id) == ("sku.measured", sku.seller_id, None)
    assert event.data == {
        "sku": sku.code,
        "differs": True,
        "measured": {"weight_g": 118, "length_mm": 100, "width_mm": 100, "height_mm": 104},
        "declared": {"weight_g": 100, "length_mm": 100, "width_mm": 100, "height_mm": 100},
    }


def test_what_nobody_measured_goes_by_what_is_declared(hub: Hub) -> None:
    sku = make_sku()

    assert (sku.measured, sku.declared) == (None, Measures(100, 100, 100, 100))


def test_within_the_hubs_tolerance_nothing_differs(hub: Hub) -> None:
    Hub.objects.update(measure_tolerance_pct=20)
    hub.refresh_from_db()

    assert measured(make_sku(), hub, scale_g=120).differs is False
    assert measured(make_sku(), hub, scale_g=121).differs is True


def test_a_newer_measurement_follows_and_the_same_twice_is_one(hub: Hub) -> None:
    sku = make_sku()
    first = reading(scale_g=130)
    rows = [measure_sku(sku_id=sku.pk, hub=hub, reading=first, station="DOCK-1") for _ in range(2)]
    measured(sku, hub, scale_g=90)
    late = measure_sku(sku_id=sku.pk, hub=hub, reading=first, station="DOCK-1")

    assert rows[0] == rows[1] == late
    assert list(Measurement.objects.order_by("pk").values_list("weight_g", "declared_weight_g")) == [
        (130, 100),
        (90, 100),
    ]
    assert fresh(sku).weight_g == 90


def test_what_the_seller_says_later_is_kept_but_not_gone_by(hub: Hub) -> None:
    sku = make_sku()
    measured(sku, hub, scale_g=130)

    update_sku(seller=sku.seller, code=sku.code, changes={"weight_g": 120, "name": "Better"})
    update_sku(seller=sku.seller, code=sku.code, changes={"weight_g": 120})
    other = make_sku(sku.seller)
    update_sku(seller=sku.seller, code=other.code, changes={"weight_g": 120})

    now = fresh(sku)
    assert (now.weight_g, now.declared.weight_g, now.name) == (130, 120, "Better")
    assert (fresh(other).weight_g, fresh(other).measured) == (120, None)
    assert measured(sku, hub, scale_g=121).differs is False


def test_the_same_item_sent_again_is_known_though_it_was_measured(hub: Hub) -> None:
    sku = make_sku()
    measured(sku, hub, scale_g=130)

    update_sku(seller=sku.seller, code=sku.code, changes={})

    assert (fresh(sku).weight_g, fresh(sku).declared_weight_g) == (130, 100)


def test_plans_go_by_what_was_measured(hub: Hub) -> None:
    sku = make_sku()
    Hub.objects.update(carton_max_g=1_000)
    hub.refresh_from_db()
    cartons = [CartonPlan((LinePlan(sku=sku.code, quantity=10),))]

    before = preflight(seller=sku.seller, hub=hub, cartons=cartons)
    measured(sku, hub, scale_g=101)
    after = preflight(seller=sku.seller, hub=hub, cartons=cartons)

    assert [found.code for found in before] == []
    assert [found.code for found in after] == ["carton_heavy"]


@pytest.mark.parametrize(
    "changes, where",
    [
        ({"scale_g": 0}, "scale_g"),
        ({"units": 0}, "units"),
        ({"units": 1_001}, "units"),
        ({"height_mm": -1}, "height_mm"),
        ({"width_mm": 10_000_001}, "width_mm"),
    ],
)
def test_nonsense_is_refused_where_it_stands(hub: Hub, changes: dict[str, int], where: str) -> None:
    sku = make_sku()

    refusal = refused(Invalid, "measure_invalid", lambda: measured(sku, hub, **changes))

    assert [fault.where for fault in refusal.faults] == [where]
    assert not Measurement.objects.exists()


def test_ten_times_as_much_needs_a_supervisor(hub: Hub) -> None:
    sku, lead = make_sku(), supervisor()
    clerk = User.objects.create_user("clerk")
    heavy = reading(scale_g=1_000)

    def measure(by: User | None) -> Measurement:
        return measure_sku(sku_id=sku.pk, hub=hub, reading=heavy, station="DOCK-1", supervisor_id=by.pk if by else None)

    refused(Conflict, "measure_implausible", lambda: measure(None))
    refused(Conflict, "supervisor_needed", lambda: measure(clerk))
    assert fresh(sku).weight_g == 100
    assert measure(lead).confirmed_by == lead
    assert fresh(sku).weight_g == 1_000
    assert measured(sku, hub, scale_g=950).confirmed_by is None  # what is known is what was measured
    refused(Conflict, "measure_implausible", lambda: measured(sku, hub, scale_g=95))


def test_an_item_that_is_not_there_is_not_measured(hub: Hub) -> None:
    refused(NotFound, "sku_unknown", lambda: measure_sku(sku_id=0, hub=hub, reading=reading(), station="DOCK-1"))


def test_what_stands_at_the_dock_and_was_never_measured_is_wanted(hub: Hub, django_assert_num_queries: Any) -> None:
    seller = make_seller()
    known, new, coming, elsewhere = (make_sku(seller, code) for code in ("KNOWN", "NEW", "COMING", "ELSEWHERE"))
    here, counted = announced(hub, [{known: 1, new: 2}, {new: 1}])
    announced(hub, [{coming: 1}])
    (other,) = announced(make_hub(), [{elsewhere: 1}])
    measured(known, hub)
    arrive_carton(hub=hub, code=here.sscc)
    arrive_carton(hub=other.inbound.hub, code=other.sscc)
    count_in(counted, [unit_scan(new)])

    with django_assert_num_queries(1):
        assert [(sku.code, sku.seller.name) for sku in wanting_measures(hub)] == [("NEW", seller.name)]


@pytest.mark.django_db(transaction=True)
def test_one_reading_sent_eight_times_at_once_is_one() -> None:
    with clock.playing(MONDAY):
        hub, sku = make_hub(), make_sku()
    read = reading(scale_g=120)

    rows = at_once([lambda: measure_sku(sku_id=sku.pk, hub=hub, reading=read, station="DOCK-1")] * 8)

    assert len({row.pk for row in rows}) == 1
    assert Measurement.objects.get().weight_g == fresh(sku).weight_g == 120
