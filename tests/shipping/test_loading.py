"""Scans at a trailer: what goes on, what stays off and why, and that a scan sent twice is one."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation import clock
from foundation.errors import Conflict, DomainError, Invalid, NotFound
from shipping.models import Carrier, CarrierAccount, LoadScan, Parcel, Shipment, Trailer
from shipping.selectors import progress_of
from shipping.services.holds import Hold
from shipping.services.loading import cancel_trailer
from shipping.services.projecting import project_shipments
from shipping.services.voiding import why_not_void
from tests.shipping.conftest import NOW, close, draft_shipment, open_desk
from tests.shipping.loading_tools import a_trailer, dock, labelled_parcel, labelled_parcels, load, net, unload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("played_day", "desk")]


@pytest.fixture
def desk(db: None) -> CarrierAccount:
    return open_desk("http://127.0.0.1:9")


def refused(trailer: Trailer, code: str, **more: object) -> str:
    """The refusal's code; nothing but the log of scans has changed."""
    before = dock()
    with pytest.raises(DomainError) as refusal:
        load(trailer, code, **more)  # type: ignore[arg-type]
    assert dock() == before
    return refusal.value.code


def test_a_parcel_is_loaded_by_any_of_its_codes_and_twice_is_once() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    scan_id = uuid.uuid4()

    first = load(trailer, f" {parcel.tracking_no.lower()} ", scan_id)
    resent = load(trailer, parcel.tracking_no, scan_id)
    again = load(trailer, parcel.shipment.number)

    assert (first.parcel_id, first.is_new, first.message) == (parcel.pk, True, "Loaded on PL-OUT-1 at OUT-1.")
    assert resent == first
    assert (again.is_new, again.message) == (False, "It was on PL-OUT-1 at OUT-1 already.")
    scan = LoadScan.objects.get()
    assert (scan.scan_id, scan.station, scan.at, scan.refusal) == (scan_id, "OUT-1", NOW, "")
    assert net(parcel) == [trailer.pk]


def test_a_routing_barcode_with_the_number_in_it_loads_the_parcel() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    Parcel.objects.filter(pk=parcel.pk).update(tracking_no="05212345678901")

    assert load(trailer, "%0001019" + "05212345678901" + "101528").parcel_id == parcel.pk


def test_the_parcels_of_one_shipment_are_loaded_one_by_one() -> None:
    trailer = a_trailer()
    first, second = labelled_parcels(2)

    assert refused(trailer, first.shipment.number) == "scan_label"
    load(trailer, second.tracking_no)

    assert (net(first), net(second)) == ([], [trailer.pk])


def void(parcel: Parcel) -> None:
    Parcel.objects.filter(pk=parcel.pk).update(voided_at=NOW)
    project_shipments({parcel.shipment_id: Shipment.objects.get(pk=parcel.shipment_id)})


def of_other_carrier(parcel: Parcel) -> None:
    other, _ = Carrier.objects.get_or_create(code="other", defaults={"name": "Other Post", "adapter": "simulator"})
    Parcel.objects.filter(pk=parcel.pk).update(carrier=other)


REFUSALS: list[tuple[str, Callable[[Parcel], object]]] = [
    ("other_hub", lambda parcel: Shipment.objects.filter(pk=parcel.shipment_id).update(site="RTM1")),
    ("other_carrier", of_other_carrier),
    ("parcel_voided", void),
    ("not_labelled", lambda parcel: Parcel.objects.filter(pk=parcel.pk).update(labelled_at=None)),
    ("on_other_trailer", lambda parcel: load(a_trailer("OUT-2"), parcel.tracking_no)),
    ("already_left", lambda parcel: Shipment.objects.filter(pk=parcel.shipment_id).update(handed_over_at=NOW)),
]


@pytest.mark.parametrize(("code", "spoil"), REFUSALS, ids=[code for code, _ in REFUSALS])
def test_what_must_not_go_along_is_refused_with_its_reason_and_the_scan_is_kept(
    code: str, spoil: Callable[[Parcel], object]
) -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    spoil(parcel)
    scan_id = uuid.uuid4()

    assert refused(trailer, parcel.tracking_no, scan_id=scan_id) == code
    assert refused(trailer, parcel.tracking_no, scan_id=scan_id) == code

    assert [scan.refusal for scan in LoadScan.objects.filter(trailer=trailer)] == [code]


def test_what_is_held_above_stays_off() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    hold = Hold("lot_recalled", "It holds a recalled lot.")

    assert refused(trailer, parcel.tracking_no, holds=lambda ids: dict.fromkeys(ids, hold)) == "lot_recalled"


@pytest.mark.parametrize(
    ("code", "error"), [("", Invalid), ("NOBODYS", NotFound), ("A" * 501, Invalid), ("^XA'; DROP TABLE", NotFound)]
)
def test_a_code_of_no_parcel_leaves_nothing_behind(code: str, error: type[DomainError]) -> None:
    trailer = a_trailer()
    labelled_parcel()

    with pytest.raises(error):
        load(trailer, code)

    assert not LoadScan.objects.exists()


def test_an_unlabelled_parcel_is_known_by_its_shipments_number() -> None:
    assert refused(a_trailer(), draft_shipment().number) == "not_labelled"


@pytest.mark.django_db(transaction=True)
def test_a_parcel_on_a_manifest_is_not_loaded_too() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    with pytest.raises(DomainError):
        close()  # the carrier does not answer: the manifest stands, unannounced

    assert refused(trailer, parcel.tracking_no) == "on_manifest"


def test_taken_off_a_parcel_may_go_with_another_and_both_scans_stay() -> None:
    first, second, parcel = a_trailer(), a_trailer("OUT-2"), labelled_parcel()
    load(first, parcel.tracking_no)
    scan_id = uuid.uuid4()

    off = unload(first, parcel.tracking_no, scan_id)
    resent = unload(first, parcel.tracking_no, scan_id)
    load(second, parcel.tracking_no)

    assert off == resent
    assert net(parcel) == [second.pk]
    undo = LoadScan.objects.get(undoes__isnull=False)
    assert (undo.scan_id, undo.undoes.trailer_id) == (scan_id, first.pk)
    assert LoadScan.objects.count() == 3


def test_only_what_is_on_a_trailer_comes_off_it() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    load(a_trailer("OUT-2"), parcel.tracking_no)
    before = dock()

    with pytest.raises(Conflict) as refusal:
        unload(trailer, parcel.tracking_no)

    assert refusal.value.code == "not_on_this_trailer"
    assert dock() == before


def test_a_scan_known_for_another_parcel_is_refused() -> None:
    trailer, scan_id = a_trailer(), uuid.uuid4()
    load(trailer, labelled_parcel().tracking_no, scan_id)

    assert refused(trailer, labelled_parcel().tracking_no, scan_id=scan_id) == "scan_id_used"


def test_a_loaded_shipment_is_not_voided() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    load(trailer, parcel.tracking_no)

    refusal = why_not_void(parcel.shipment)

    assert refusal is not None
    assert refusal.code == "on_trailer"


def test_one_trailer_stands_at_a_door_and_an_empty_one_is_cancelled() -> None:
    trailer, parcel = a_trailer(), labelled_parcel()
    assert a_trailer() == trailer
    CarrierAccount.objects.create(carrier=Carrier.objects.create(code="other", name="Other"), site="AMS1", base_url="x")

    with pytest.raises(Conflict) as taken:
        a_trailer(carrier="other")
    load(trailer, parcel.tracking_no)
    with pytest.raises(Conflict) as loaded:
        cancel_trailer(trailer_id=trailer.pk)
    unload(trailer, parcel.tracking_no)
    cancel_trailer(trailer_id=trailer.pk)
    cancel_trailer(trailer_id=trailer.pk)

    assert (taken.value.code, loaded.value.code) == ("door_taken", "trailer_loaded")
    assert refused(trailer, parcel.tracking_no) == "trailer_not_open"
    assert a_trailer().pk != trailer.pk


def test_a_trailers_progress_counts_what_was_labelled_by_its_cut_off() -> None:
    cut_off = NOW + timedelta(hours=1)
    trailer = a_trailer(cut_off=cut_off)
    parcels = [labelled_parcel() for _ in range(3)]
    labelled_parcel(labelled_at=cut_off + timedelta(seconds=1))
    draft_shipment()

    with clock.playing(cut_off):
        load(trailer, parcels[0].tracking_no)

    progress = progress_of(trailer)
    assert (progress.loaded, progress.missing, progress.expected) == (1, 2, 3)
