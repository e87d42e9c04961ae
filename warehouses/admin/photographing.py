"""Photos in the admin: the form by which the dock adds them to a carton, or to what one scan of it was about."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminFileFieldWidget

from foundation.quantities import counted
from warehouses.services.photos import keep_photos

MOST_PHOTOS: Final = 10


class PhotosWidget(UnfoldAdminFileFieldWidget):
    """Takes several pictures; a handheld opens its camera."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several files, each looked at as a file is."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files. Raises `ValidationError` for none, for an empty one, and for more than `MOST_PHOTOS`."""
        files = [super(PhotosField, self).clean(each, initial) for each in data or [None]]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(f"At most {MOST_PHOTOS} at once.", code="too_many")
        return files


class PhotosForm(forms.Form):
    """Photos that were just taken."""

    photos = PhotosField(
        help_text=f"JPEG, PNG or WebP, at most {MOST_PHOTOS} at once.",
        widget=PhotosWidget({"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}),
    )


def keep(
    photos: Sequence[UploadedFile], *, carton_id: int, worker_id: int | None, scan_id: uuid.UUID | None = None
) -> str:
    """Keeps all of them or none, and says so."""
    contents = [photo.read() for photo in photos]
    kept = keep_photos(carton_id=carton_id, contents=contents, station="ADMIN", scan_id=scan_id, worker_id=worker_id)
    return f"{counted(len(kept), 'photo')} kept."
