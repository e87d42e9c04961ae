"""Photos of the dock: proof of what was not as it should be. A picture is drawn anew, so only a picture is kept."""

import hashlib
import io
import os
import tempfile
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from warehouses.locks import lock_carton
from warehouses.models import Carton, Condition, Finding, ReceiptPhoto, ReceiptScan

MOST_BYTES = 12_000_000
MOST_PIXELS = 50_000_000
"""Of a picture as it comes in; telephones make 48 million."""
KEPT_SIDE = 2_000
"""Pixels of the longer side as it is kept: enough to read a label on a carton."""
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG, upright, without what the camera wrote beside it."""

    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The name of its file."""
        return hashlib.sha256(self.content).hexdigest()


def redrawn(content: bytes) -> Picture:
    """The picture in `content`, decoded and drawn anew, at most `KEPT_SIDE` a side.

    Only its pixels go on: place and owner of the camera, scripts and whatever was hidden behind the picture do not.
    Its size is read before a pixel is, so a bomb is not unpacked. Raises `Invalid` (`photo_too_large`,
    `photo_invalid`).
    """
    if len(content) > MOST_BYTES:
        raise Invalid(f"A photo has at most {MOST_BYTES // 1_000_000} MB.", code="photo_too_large", field="photo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        image.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError as error:
        text = f"A photo has at most {MOST_PIXELS // 1_000_000} million pixels."
        raise Invalid(text, code="photo_too_large", field="photo") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Invalid("This is no JPEG, PNG or WebP picture.", code="photo_invalid", field="photo") from error
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    out = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), *upright.size)


def path_of(sha256: str) -> Path:
    """Where the file of this hash is kept."""
    return settings.VAR_DIR / "media" / "photos" / sha256[:2] / f"{sha256}.jpg"


def photo_bytes(photo: ReceiptPhoto) -> bytes:
    """The photo's file. Raises `NotFound` (`photo_lost`) when it is gone, or is not what was kept."""
    try:
        content = path_of(photo.sha256).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        raise NotFound("The file of this photo is not there any more.", code="photo_lost")
    return content


def keep_photo(
    *, carton_id: int, content: bytes, station: str, scan_id: uuid.UUID | None = None, worker_id: int | None = None
) -> ReceiptPhoto:
    """Keeps a photo of a carton, or of what one scan of it was about. The same photo sent twice is one.

    The file is written first, under its own hash: a row never names one that is not there. Raises `NotFound`
    (`carton_unknown`, `scan_unknown`), `Conflict` (`carton_not_open`) before the carton arrived, and as `redrawn`.
    """
    picture = redrawn(content)
    _write(picture)
    return _note(carton_id, picture, station, scan_id, worker_id)


def keep_photos(
    *,
    carton_id: int,
    contents: Sequence[bytes],
    station: str,
    scan_id: uuid.UUID | None = None,
    worker_id: int | None = None,
) -> list[ReceiptPhoto]:
    """Keeps several as `keep_photo` does, all or none. A fault names the place among them, 1 the first."""
    pictures = []
    for row, content in enumerate(contents, start=1):
        try:
            pictures.append(redrawn(content))
        except Invalid as error:
            error.row = row
            raise
    for picture in pictures:
        _write(picture)
    with transaction.atomic():
        return [_note(carton_id, picture, station, scan_id, worker_id) for picture in pictures]


@transaction.atomic
def _note(
    carton_id: int, picture: Picture, station: str, scan_id: uuid.UUID | None, worker_id: int | None
) -> ReceiptPhoto:
    try:
        carton = lock_carton(pk=carton_id)
    except Carton.DoesNotExist:
        raise NotFound("There is no such carton.", code="carton_unknown") from None
    if carton.state == Carton.State.PLANNED:
        raise Conflict(f"Carton {carton.sscc} has not arrived.", code="carton_not_open")
    scan = finding = None
    if scan_id is not None:
        scan = ReceiptScan.objects.filter(line__carton=carton, scan_id=scan_id).first()
        finding = Finding.objects.filter(carton=carton, scan_id=scan_id).first()
        if scan is None and finding is None:
            raise NotFound("There is no such scan of this carton.", code="scan_unknown", field="scan_id")
    about = {"carton": carton, "scan": scan, "finding": finding, "sha256": picture.sha256}
    before = ReceiptPhoto.objects.filter(**about).first()
    return before or ReceiptPhoto.objects.create(
        **about,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        worker_id=worker_id,
        station=station,
        taken_at=clock.now(),
    )


def _write(picture: Picture) -> None:
    path = path_of(picture.sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(picture.content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def refuse_missing_photos(carton: Carton) -> None:
    """Raises `Conflict` (`photo_missing`) naming a scan of damaged or unknown units that the hub wants a photo of."""
    if not carton.inbound.hub.photo_required:
        return
    damaged = ReceiptScan.objects.standing().filter(line__carton=carton, condition=Condition.DAMAGED, photos=None)
    unknown = carton.findings.standing().filter(photos=None)
    for bare in (damaged, unknown):
        scan = bare.order_by("pk").first()
        if scan is not None:
            raise Conflict(
                f"Take a photo of {scan.quantity} x {scan.code[:40]} first: it is not as it should be.",
                code="photo_missing",
                field="photo",
                scan=str(scan.scan_id),
            )
