"""What the drawing board refuses, and why: plain `ValueError`s with a stable code, since drawing knows no floor."""


class DrawingError(ValueError):
    """The root of every refusal here. `code` is stable; `str(error)` is a sentence for a person."""

    code = "drawing_refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class BarcodeRefused(DrawingError):
    """The data can't be said in that symbology: a character outside its list, too long, too wide for its place."""

    code = "barcode_refused"


class OutsideLabel(DrawingError):
    """Something would be drawn beyond the label's edge: a fault of a layout, never of the data in it."""

    code = "outside_label"


class Gs1Refused(DrawingError):
    """Not a GS1 key or element string: a wrong check digit, length or character, or an AI nobody knows."""

    code = "gs1_refused"
