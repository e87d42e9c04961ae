"""Photos of the dock: kept as a picture and nothing but a picture, once, and asked for where the hub wants them."""

import hashlib
import io
import struct
import uuid
import zlib

import pytest
from PIL import Image

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from tests.factories import MONDAY, announced, make_sku, make_user, picture, unit_scan
from tests.refusals import refused
from warehouses.models import Carton, Condition, Hub, ReceiptPhoto, Sku
from warehouses.services.photos import KEPT_SIDE, MOST_BYTES, keep_photo, path_of, photo_bytes, redrawn
from warehouses.services.receiving import arrive_carton, close_carton, count_units, undo_scan


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is so many pixels a side."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_photo_is_kept_under_the_hash_of_what_is_kept(carton: Carton) -> None:
    worker = make_user()

    with clock.playing(MONDAY):
        photo = keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", worker_id=worker.pk)

    assert (photo.carton, photo.scan, photo.finding) == (carton, None, None)
    assert (photo.worker, photo.station, photo.taken_at) == (worker, "DOCK-1", MONDAY)
    kept = photo_bytes(photo)
    assert (photo.width, photo.height, photo.size) == (40, 30, len(kept))
    assert hashlib.sha256(kept).hexdigest() == photo.sha256
    assert path_of(photo.sha256).name == f"{photo.sha256}.jpg"


def test_the_same_photo_sent_twice_is_one(carton: Carton) -> None:
    first = keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1")

    assert keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-2") == first
    assert ReceiptPhoto.objects.count() == 1


def test_a_photo_belongs_to_a_scan_or_a_finding_of_its_carton(hub: Hub, carton: Carton, sku: Sku) -> None:
    broken, strange = unit_scan(sku, 1, Condition.DAMAGED), unit_scan(make_sku(), is_unexpected=True)
    count_units(carton_id=carton.pk, scans=[broken, strange], station="DOCK-1")

    one = keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=broken.scan_id)
    other = keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=strange.scan_id)

    assert (one.scan.scan_id, one.finding) == (broken.scan_id, None)
    assert (other.scan, other.finding.scan_id) == (None, strange.scan_id)
    (elsewhere,) = announced(hub, [{sku: 1}])
    arrive_carton(hub=hub, code=elsewhere.sscc)
    theirs = unit_scan(sku)
    count_units(carton_id=elsewhere.pk, scans=[theirs], station="DOCK-1")
    for scan_id in (uuid.uuid4(), theirs.scan_id):
        refused(
            NotFound,
            "scan_unknown",
            lambda scan_id=scan_id: keep_photo(
                carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=scan_id
            ),
        )


def test_what_the_camera_wrote_beside_the_picture_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = 6, "Camera of Karin", {1: "N"}

    kept = redrawn(picture(40, 30, exif=exif))

    assert (kept.width, kept.height) == (30, 40)
    assert b"Karin" not in kept.content
    assert not Image.open(io.BytesIO(kept.content)).getexif()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_is_not_kept(form: str) -> None:
    kept = redrawn(picture(form=form) + b"<script>alert(1)</script>PK\x03\x04")

    assert kept.content.startswith(b"\xff\xd8\xff")
    assert b"script" not in kept.content
    assert b"PK\x03\x04" not in kept.content


def test_a_large_picture_is_made_smaller() -> None:
    kept = redrawn(picture(KEPT_SIDE * 2, KEPT_SIDE))

    assert (kept.width, kept.height) == (KEPT_SIDE, KEPT_SIDE // 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "photo_invalid", id="empty"),
        pytest.param(b"%PDF-1.7", "photo_invalid", id="pdf"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "photo_invalid", id="svg"),
        pytest.param(picture(form="GIF"), "photo_invalid", id="gif"),
        pytest.param(picture(400, 300)[:-200], "photo_invalid", id="cut"),
        pytest.param(bomb(50_000), "photo_too_large", id="bomb"),
        pytest.param(bomb(9_000), "photo_too_large", id="small bomb"),
        pytest.param(b"\xff\xd8\xff" + bytes(MOST_BYTES), "photo_too_large", id="heavy"),
    ],
)
def test_what_is_no_picture_is_refused(carton: Carton, content: bytes, code: str, tmp_path) -> None:
    refused(Invalid, code, lambda: keep_photo(carton_id=carton.pk, content=content, station="DOCK-1"))
    assert list(tmp_path.rglob("*.jpg")) == []


def test_a_carton_that_is_not_there_has_no_photos(hub: Hub, sku: Sku) -> None:
    (carton,) = announced(hub, [{sku: 1}])

    refused(Conflict, "carton_not_open", lambda: keep_photo(carton_id=carton.pk, content=picture(), station="X"))
    refused(NotFound, "carton_unknown", lambda: keep_photo(carton_id=0, content=picture(), station="X"))


def test_a_file_that_was_changed_or_lost_is_not_shown(carton: Carton) -> None:
    photo = keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1")

    path_of(photo.sha256).write_bytes(b"another")
    with pytest.raises(NotFound, match="not there"):
        photo_bytes(photo)
    path_of(photo.sha256).unlink()
    with pytest.raises(NotFound, match="not there"):
        photo_bytes(photo)


def test_a_hub_that_wants_photos_closes_no_count_without_them(hub: Hub, carton: Carton, sku: Sku) -> None:
    Hub.objects.update(photo_required=True)
    broken, strange = unit_scan(sku, 1, Condition.DAMAGED), unit_scan(make_sku(), is_unexpected=True)
    slip = unit_scan(sku, 2, Condition.DAMAGED)
    count_units(carton_id=carton.pk, scans=[unit_scan(sku, 5), broken, strange, slip], station="DOCK-1")
    undo_scan(scan_id=slip.scan_id, station="DOCK-1")

    error = refused(Conflict, "photo_missing", lambda: close_carton(carton_id=carton.pk))
    assert error.facts == {"scan": str(broken.scan_id)}
    keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=broken.scan_id)
    error = refused(Conflict, "photo_missing", lambda: close_carton(carton_id=carton.pk))
    assert error.facts == {"scan": str(strange.scan_id)}
    keep_photo(carton_id=carton.pk, content=picture(), station="DOCK-1", scan_id=strange.scan_id)

    assert close_carton(carton_id=carton.pk).state == Carton.State.RECEIVED
