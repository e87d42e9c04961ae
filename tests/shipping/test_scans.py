"""Scans stored once and for ever; states that follow the set; what does not fit is kept and shown."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from foundation import clock
from foundation.errors import NotFound
from shipping.carriers.base import ScanEvent
from shipping.carriers.statuses import SIMULATOR
from shipping.models import Parcel, Shipment, ShipmentChange, TrackingAnomaly, TrackingScan
from shipping.planning.tracking import State
from shipping.services.projecting import project_shipments
from shipping.services.tracking import record_scans, release_parked, reproject
from tests.roles import as_owner
from tests.shipping.conftest import NOW, MakeShipment, draft_shipment, open_desk

CODES = tuple(SIMULATOR.codes)


@pytest.fixture
def desk(db: None) -> None:
    """A hub with a price list; no carrier is up, none is needed."""
    open_desk("http://127.0.0.1:9")


@pytest.fixture
def labelled(desk: None, make_shipment: MakeShipment, played_day: datetime):
    """Makes shipments whose labels are bought, without asking a carrier: numbers `T<shipment>-<parcel>`."""

    def make(parcels: int = 1) -> Shipment:
        return label(make_shipment(parcels=parcels))

    return make


def label(shipment: Shipment) -> Shipment:
    """Gives each parcel a number, as a purchase does."""
    for parcel in shipment.parcels.all():
        parcel.tracking_no, parcel.labelled_at = f"T{shipment.pk}-{parcel.sequence}", clock.now()
        parcel.save()
    with transaction.atomic():
        project_shipments({shipment.pk: shipment})
    return shipment


def event(shipment: Shipment, code: str, hours: float, parcel: int = 1, **more: object) -> ScanEvent:
    """A scan that many hours after ten o'clock."""
    return ScanEvent(
        tracking_no=f"T{shipment.pk}-{parcel}",
        code=code,
        occurred_at=NOW + timedelta(hours=hours),
        event_id=str(more.pop("event_id", f"{code}@{hours}")),
        location="Utrecht",
        **more,  # type: ignore[arg-type]
    )


def tell(*scans: ScanEvent, days: int = 10):
    """The carrier tells these, ten days later, when all of them have happened."""
    with clock.playing(NOW + timedelta(days=days)):
        return record_scans(carrier_code="simulator", scans=scans)


def state_of(shipment: Shipment) -> str:
    shipment.refresh_from_db()
    return shipment.state


def test_a_delivery_moves_the_shipment_and_is_announced_once(labelled) -> None:
    shipment = labelled()
    journey = [event(shipment, code, h) for code, h in [("PU", 1), ("DP", 3), ("OD", 20), ("DV", 23)]]

    first = tell(*journey)
    second = tell(*journey)

    assert (first.new, first.duplicates) == (4, 0)
    assert (second.new, second.duplicates, second.changes) == (0, 4, [])
    assert [(c.from_state, c.to_state, c.occurred_at) for c in first.changes] == [
        ("label_created", "delivered", NOW + timedelta(hours=23))
    ]
    assert state_of(shipment) == "delivered"
    assert shipment.handed_over_at == NOW + timedelta(hours=1)
    assert shipment.delivered_at == NOW + timedelta(hours=23)


def test_an_older_scan_after_a_newer_is_recorded_and_changes_nothing(labelled) -> None:
    shipment = labelled()
    tell(event(shipment, "OD", 20))

    late = tell(event(shipment, "DP", 3))

    assert (late.new, late.changes) == (1, [])
    assert state_of(shipment) == "out_for_delivery"
    assert TrackingScan.objects.count() == 2
    assert TrackingAnomaly.objects.count() == 0


def test_every_permutation_of_a_journey_ends_the_same(labelled) -> None:
    rng = random.Random(5)
    for _case in range(8):
        shipment = labelled()
        journey = [
            event(shipment, c, h) for c, h in [("PU", 1), ("DP", 3), ("AT", 20), ("OD", 40), ("PP", 44), ("DC", 60)]
        ]
        told = journey + rng.choices(journey, k=4)
        rng.shuffle(told)

        for scan in told:
            tell(scan)

        assert state_of(shipment) == "delivered"
        assert shipment.delivered_at == NOW + timedelta(hours=60)


def test_the_same_event_with_another_story_is_kept_apart(labelled) -> None:
    shipment = labelled()
    tell(event(shipment, "PU", 1, event_id="e1"))

    report = tell(event(shipment, "DV", 2, event_id="e1"))

    assert (report.new, report.conflicting, report.changes) == (0, 1, [])
    assert state_of(shipment) == "handed_over"
    anomaly = TrackingAnomaly.objects.get()
    assert anomaly.kind == TrackingAnomaly.Kind.CONFLICTING_EVENT
    assert anomaly.shipment == shipment
    assert anomaly.facts["code"] == "DV"


def test_scans_without_an_id_are_told_apart_by_their_story(labelled) -> None:
    shipment = labelled()
    scan = event(shipment, "DP", 3, event_id="")

    assert tell(scan, scan).new == 1
    assert tell(replace(scan, location="Zwolle")).new == 1


def test_an_unknown_number_waits_until_it_is_ours(labelled, desk: None, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    early = tell(event(shipment, "PU", 1))
    before = list(TrackingAnomaly.objects.values_list("kind", "resolved_at"))
    nothing = release_parked()

    label(shipment)
    with clock.playing(NOW + timedelta(days=1)):
        release_parked()

    assert (early.unknown, early.changes) == (1, [])
    assert before == [("unknown_number", None)]
    assert nothing == []
    assert state_of(shipment) == "handed_over"
    assert TrackingAnomaly.objects.filter(resolved_at=None).count() == 0


def test_a_label_bought_after_its_scan_goes_straight_on(labelled, desk: None, make_shipment: MakeShipment) -> None:
    shipment = make_shipment()
    tell(event(shipment, "PU", 0.1))

    with clock.playing(NOW), transaction.atomic():
        Parcel.objects.filter(shipment=shipment).update(tracking_no=f"T{shipment.pk}-1", labelled_at=NOW)
        changes = project_shipments({shipment.pk: Shipment.objects.select_for_update().get(pk=shipment.pk)})

    assert [(c.from_state, c.to_state) for c in changes] == [
        ("draft", "label_created"),
        ("label_created", "handed_over"),
    ]
    assert state_of(shipment) == "handed_over"


def test_a_scan_from_the_future_counts_when_its_time_has_come(labelled) -> None:
    shipment = labelled()
    tell(event(shipment, "PU", 1), days=0)
    before, anomaly = state_of(shipment), TrackingAnomaly.objects.get()

    with clock.playing(NOW + timedelta(hours=1)):
        changes = release_parked()

    assert before == "label_created"
    assert anomaly.kind == "from_the_future"
    assert [c.to_state for c in changes] == ["handed_over"]
    anomaly.refresh_from_db()
    assert anomaly.resolved_at is not None


def test_an_unknown_code_is_kept_until_somebody_maps_it(labelled, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = labelled()
    tell(event(shipment, "ZZ", 2))
    before = (state_of(shipment), TrackingAnomaly.objects.get().kind)
    mapped = replace(SIMULATOR, version="next", codes={**SIMULATOR.codes, "ZZ": State.DELIVERED})
    monkeypatch.setattr("shipping.services.projecting.TABLES", {"simulator": mapped})

    with clock.playing(NOW + timedelta(days=1)):
        changes = reproject(shipment_ids=[shipment.pk])

    assert before == ("label_created", "unknown_code")
    assert [c.to_state for c in changes] == ["delivered"]
    assert TrackingAnomaly.objects.get().resolved_at is not None


def test_a_shipment_is_delivered_when_all_its_parcels_are(labelled) -> None:
    shipment = labelled(parcels=2)

    tell(event(shipment, "DV", 20, parcel=1))
    half = state_of(shipment)
    tell(event(shipment, "DV", 30, parcel=2))

    assert half == "label_created"
    assert state_of(shipment) == "delivered"
    assert shipment.delivered_at == NOW + timedelta(hours=30)


def test_a_buyer_is_told_of_a_state_only_the_first_time(labelled) -> None:
    shipment = labelled()

    changes = [
        change
        for scan in [event(shipment, "OD", 20), event(shipment, "AT", 22), event(shipment, "OD", 44)]
        for change in tell(scan).changes
    ]

    assert [(c.to_state, c.first_entry) for c in changes] == [
        ("out_for_delivery", True),
        ("attempted", True),
        ("out_for_delivery", False),
    ]


def test_scans_and_changes_can_only_be_added(labelled) -> None:
    shipment = labelled()
    tell(event(shipment, "PU", 1))

    for refused in (
        lambda: TrackingScan.objects.update(code="DV"),
        lambda: TrackingScan.objects.all()._raw_delete("default"),
        lambda: ShipmentChange.objects.update(to_state="delivered"),
        lambda: ShipmentChange.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"), as_owner():
            refused()

    assert TrackingScan.objects.get().code == "PU"
    assert ShipmentChange.objects.count() == 2


@pytest.mark.parametrize("target", ["handed_over", "delivered", "returned"])
def test_plain_sql_cannot_jump_a_draft(desk: None, make_shipment: MakeShipment, target: str) -> None:
    shipment = make_shipment()

    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE shipping_shipment SET state = %s WHERE id = %s", [target, shipment.pk])

    assert state_of(shipment) == "draft"


def test_plain_sql_cannot_make_a_draft_again_nor_start_elsewhere(labelled) -> None:
    shipment = labelled()

    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        Shipment.objects.update(state="draft")
    with pytest.raises(DatabaseError, match="Cannot insert"), transaction.atomic():
        Shipment.objects.bulk_create(
            [
                Shipment(
                    reference="forged",
                    site="AMS1",
                    ship_to=shipment.ship_to,
                    ship_from={},
                    service=shipment.service,
                    created_at=NOW,
                    state="delivered",
                    delivered_at=NOW,
                )
            ]
        )

    assert state_of(shipment) == "label_created"
    assert Shipment.objects.count() == 1


def test_an_unknown_carrier_is_named(db: None) -> None:
    with pytest.raises(NotFound):
        record_scans(carrier_code="nobody", scans=[])


def test_five_hundred_scans_take_few_statements(labelled, django_assert_max_num_queries) -> None:
    shipments = [labelled() for _each in range(100)]
    scans = [
        event(s, code, h) for s in shipments for code, h in [("PU", 1), ("DP", 2), ("SR", 5), ("OD", 20), ("DV", 22)]
    ]

    with django_assert_max_num_queries(20):
        report = tell(*scans)

    assert (report.new, len(report.changes)) == (500, 100)


class ProjectionInTheDatabase(TestCase):
    """Any scans, in any order, in any batches: the stored state is the one of telling all at once."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        told=st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from([1, 2, 3, 5, 8, 20])), max_size=8, unique=True),
        seed=st.integers(0, 1_000),
    )
    def test_batches_and_order_do_not_matter(self, told: Sequence[tuple[str, int]], seed: int) -> None:
        rng = random.Random(seed)
        open_desk("http://127.0.0.1:9")
        with clock.playing(NOW):
            one, many = (label(draft_shipment()) for _twin in range(2))
        tell(*[event(one, code, hours) for code, hours in told])
        mixed = [*told, *told[:3]]
        rng.shuffle(mixed)

        while mixed:
            size = rng.randint(1, 3)
            tell(*[event(many, code, hours) for code, hours in mixed[:size]])
            mixed = mixed[size:]

        one.refresh_from_db()
        many.refresh_from_db()
        moments = [(each.state, each.delivered_at, each.handed_over_at) for each in (one, many)]
        assert moments[0] == moments[1]
        kinds = [
            sorted(TrackingAnomaly.objects.filter(shipment=s, resolved_at=None).values_list("kind", "key"))
            for s in (one, many)
        ]
        assert kinds[0] == kinds[1]
