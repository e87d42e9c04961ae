"""A trailer leaves: its manifest is announced, what is on it is handed over, once; and what must not go stops it."""

import uuid

import pytest

from foundation.errors import Conflict, DomainError, Invalid, Unavailable
from shipping.models import CarrierAccount, LoadScan, Manifest, Parcel, Shipment, TrackingScan, Trailer
from shipping.services.buying import buy_labels
from shipping.services.departing import Departed, leave, seal_trailer
from shipping.services.holds import Hold, Holds
from shipping.services.manifesting import hand_over_manifest
from shipping.services.voiding import void_shipment
from tests.shipping.conftest import NOW, MakeShipment, close, nothing_held
from tests.shipping.loading_tools import a_trailer, dock, load, net, unload
from tests.shipping.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("played_day")


def bought(make_shipment: MakeShipment, count: int, **more: object) -> list[Parcel]:
    shipments = [make_shipment(**more) for _ in range(count)]
    assert {each.status for each in buy_labels(shipment_ids=[row.pk for row in shipments])} == {"bought"}
    return list(Parcel.objects.filter(shipment__in=shipments).order_by("pk"))


def depart(trailer: Trailer, holds: Holds = nothing_held, seal: str = "NL-7") -> Departed:
    seal_trailer(trailer_id=trailer.pk, seal=seal, holds=holds)
    return leave(trailer_id=trailer.pk, holds=holds)


def test_what_was_loaded_leaves_with_the_trailer_and_the_rest_stays(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (first, second, rest) = a_trailer(), bought(make_shipment, 3)
    for parcel in (first, second):
        load(trailer, parcel.tracking_no)

    left = depart(trailer, seal=" nl-7 ")
    again = depart(trailer)

    assert (left.trailer.state, left.trailer.seal, left.trailer.departed_at) == ("departed", "NL-7", NOW)
    assert (left.manifest.state, left.manifest.handed_over_at) == ("handed_over", NOW)
    assert left.manifest.carrier_number
    assert [(c.shipment_id, c.to_state) for c in left.changes] == [
        (first.shipment_id, "handed_over"), (second.shipment_id, "handed_over"),
    ]  # fmt: skip
    assert (again.manifest, again.changes) == (left.manifest, [])
    assert set(left.manifest.parcels.all()) == {first, second}
    assert Shipment.objects.get(pk=rest.shipment_id).state == "label_created"
    assert TrackingScan.objects.filter(source="hub").count() == 2
    with pytest.raises(Conflict) as gone:
        unload(trailer, first.tracking_no)
    assert gone.value.code == "trailer_gone"


def test_of_two_parcels_one_may_leave_first_and_the_shipment_follows_the_last(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    first, second = bought(make_shipment, 1, parcels=2)
    trailer = a_trailer()
    load(trailer, first.tracking_no)

    assert depart(trailer).changes == []
    with pytest.raises(DomainError) as refusal:
        load(a_trailer("OUT-2"), first.tracking_no)
    assert refusal.value.code == "already_left"
    later = a_trailer("OUT-2")
    load(later, second.tracking_no)

    assert [change.to_state for change in depart(later).changes] == ["handed_over"]


def test_an_empty_trailer_or_one_without_a_seal_stays(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    trailer, (parcel,) = a_trailer(), bought(make_shipment, 1)
    before = dock()

    with pytest.raises(Conflict) as empty:
        depart(trailer)
    with pytest.raises(Conflict) as unsealed:
        leave(trailer_id=trailer.pk, holds=nothing_held)
    assert dock() == before
    load(trailer, parcel.tracking_no)
    with pytest.raises(Invalid) as no_seal:
        depart(trailer, seal=" ")

    assert [e.value.code for e in (empty, unsealed, no_seal)] == ["trailer_empty", "trailer_not_sealed", "seal_needed"]
    trailer.refresh_from_db()
    assert trailer.state == Trailer.State.OPEN


def test_what_is_held_since_it_was_loaded_must_come_off_first(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (good, bad) = a_trailer(), bought(make_shipment, 2)
    for parcel in (good, bad):
        load(trailer, parcel.tracking_no)
    before = dock()

    def recalled(ids: object) -> dict[int, Hold]:
        return {bad.shipment_id: Hold("lot_recalled", "No.")}

    with pytest.raises(Conflict) as refusal:
        depart(trailer, recalled)
    assert dock() == before
    unload(trailer, bad.tracking_no)
    left = depart(trailer, recalled)

    assert refusal.value.code == "must_come_off"
    assert refusal.value.facts == {"tracking_numbers": [bad.tracking_no]}
    assert refusal.value.message == f"1 parcel must come off PL-OUT-1 at OUT-1: {bad.tracking_no}."
    assert set(left.manifest.parcels.all()) == {good}


def test_what_is_held_once_the_trailer_is_sealed_comes_off_its_manifest_too(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (good, bad) = a_trailer(), bought(make_shipment, 2)
    for parcel in (good, bad):
        load(trailer, parcel.tracking_no)
    seal_trailer(trailer_id=trailer.pk, seal="1", holds=nothing_held)

    with pytest.raises(Conflict) as refusal:
        leave(trailer_id=trailer.pk, holds=lambda ids: {bad.shipment_id: Hold("lot_recalled", "No.")})
    unload(trailer, bad.tracking_no)
    left = leave(trailer_id=trailer.pk, holds=nothing_held)

    assert refusal.value.code == "must_come_off"
    assert set(left.manifest.parcels.all()) == {good}
    bad.refresh_from_db()
    assert (bad.trailer, bad.manifest) == (None, None)


def test_a_sealed_trailer_whose_carrier_is_silent_goes_on_later(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (parcel, late) = a_trailer(), bought(make_shipment, 2)
    load(trailer, parcel.tracking_no)
    url = account.base_url
    CarrierAccount.objects.update(base_url="http://127.0.0.1:9")

    with pytest.raises(Unavailable):
        depart(trailer)
    with pytest.raises(DomainError) as refusal:
        load(trailer, late.tracking_no)
    with pytest.raises(Conflict) as too_early:
        leave(trailer_id=trailer.pk, holds=nothing_held)
    with pytest.raises(Conflict) as not_alone:
        hand_over_manifest(manifest_id=Manifest.objects.get().pk, holds=nothing_held)
    CarrierAccount.objects.update(base_url=url)
    left = depart(trailer, seal="another")

    assert [e.value.code for e in (refusal, too_early, not_alone)] == [
        "trailer_not_open", "manifest_not_closed", "leaves_with_trailer",
    ]  # fmt: skip
    assert (left.trailer.seal, left.manifest.parcels.get()) == ("NL-7", parcel)
    assert Manifest.objects.count() == 1


def test_a_manifest_the_carrier_refuses_opens_its_trailer_again(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (parcel,) = a_trailer(), bought(make_shipment, 1)
    parcel.purchases.update(carrier_ref="UNKNOWN")
    load(trailer, parcel.tracking_no)

    with pytest.raises(Conflict) as refusal:
        depart(trailer)

    assert refusal.value.code == "manifest_refused"
    trailer.refresh_from_db()
    parcel.refresh_from_db()
    assert (trailer.state, parcel.trailer, parcel.manifest) == ("open", trailer, None)


def test_a_lane_that_asks_for_scans_is_not_handed_over_without(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer, (parcel,) = a_trailer(), bought(make_shipment, 1)
    CarrierAccount.objects.update(load_scans_required=True)

    with pytest.raises(Conflict) as refusal:
        close()
    load(trailer, parcel.tracking_no)
    left = depart(trailer)

    assert refusal.value.code == "load_scans_required"
    assert left.manifest.load_scans_required


def test_two_scanners_load_a_parcel_onto_one_of_two_trailers(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailers = [a_trailer("OUT-1"), a_trailer("OUT-2")]

    for parcel in bought(make_shipment, 6):
        ends = at_once(*(lambda t=t, p=parcel: _end(lambda: load(t, p.tracking_no)) for t in trailers))

        assert sorted(map(str, ends)) == ["done", "on_other_trailer"]
        assert len(net(parcel)) == 1
        parcel.refresh_from_db()
        assert [parcel.trailer_id] == net(parcel)


def test_one_scan_sent_by_two_threads_is_kept_once(account: CarrierAccount, make_shipment: MakeShipment) -> None:
    trailer, (parcel,), scan_id = a_trailer(), bought(make_shipment, 1), uuid.uuid4()

    first, second = at_once(*[lambda: load(trailer, parcel.tracking_no, scan_id)] * 2)

    assert first == second
    assert LoadScan.objects.count() == 1


def test_voiding_against_loading_never_lets_a_void_parcel_leave(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    trailer = a_trailer()

    for parcel in bought(make_shipment, 6):
        at_once(
            lambda p=parcel: _end(lambda: void_shipment(shipment_id=p.shipment_id)),
            lambda p=parcel: _end(lambda: load(trailer, p.tracking_no)),
        )
        parcel.refresh_from_db()
        if parcel.voided_at and parcel.trailer_id:  # it was voided at the carrier while it was carried in
            with pytest.raises(Conflict) as refusal:
                depart(trailer)
            assert refusal.value.code == "must_come_off"
            unload(trailer, parcel.tracking_no)
    (last,) = bought(make_shipment, 1)
    load(trailer, last.tracking_no)
    left = depart(trailer)

    assert not left.manifest.parcels.filter(voided_at__isnull=False).exists()


def test_loading_against_departing_leaves_a_parcel_wholly_on_or_off(
    account: CarrierAccount, make_shipment: MakeShipment
) -> None:
    for round_, (first, second) in enumerate(zip(*[iter(bought(make_shipment, 8))] * 2, strict=True)):
        trailer = a_trailer(f"OUT-{round_}")
        load(trailer, first.tracking_no)

        at_once(
            lambda t=trailer: _end(lambda: depart(t)),
            lambda t=trailer, p=second: _end(lambda: load(t, p.tracking_no)),
        )

        second.refresh_from_db()
        left = Manifest.objects.get(trailer=trailer)
        assert (second.manifest == left) is (net(second) == [trailer.pk])
        assert left.state == Manifest.State.HANDED_OVER


def _end(call: object) -> str:
    try:
        call()  # type: ignore[operator]
    except DomainError as refusal:
        return refusal.code
    return "done"
