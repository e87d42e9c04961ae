"""Items of the drawing board as dots, for the writers that must send a picture. One bit a dot, 1 is black."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps

from labels.drawing.canvas import Align, Barcode, Photo, Polygon, Text
from labels.drawing.typefaces import ASCENT, DESCENT, FILES, face_name, text_width


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Dots with their top left corner at (x, y); `rows` has `bytes_per_row` bytes a row, first dot highest bit."""

    x: int
    y: int
    bytes_per_row: int
    rows: bytes


def text_bitmap(item: Text) -> Bitmap:
    """A line of text set in our own typeface."""
    spare = item.width - text_width(item.text, item.size, bold=item.bold)
    shift = {Align.LEFT: 0.0, Align.CENTRE: spare / 2, Align.RIGHT: spare}[item.align]
    rise = round(ASCENT * item.size)
    left = item.x + int(shift)
    width = min(item.width - int(shift), -int(-(item.width - spare) // 1) + 1)
    image = Image.new("1", (width, rise + round(DESCENT * item.size)))
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((0, rise), item.text, fill=1, font=_face(face_name(bold=item.bold), item.size), anchor="ls")
    return _bitmap(image, left, item.y - rise)


def polygon_bitmap(item: Polygon) -> Bitmap:
    """A filled polygon."""
    left, top = (min(point[axis] for point in item.points) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in item.points) for axis in (0, 1))
    image = Image.new("1", (right - left, bottom - top))
    ImageDraw.Draw(image).polygon([(x - left, y - top) for x, y in item.points], fill=1)
    return _bitmap(image, left, top)


def barcode_bitmap(item: Barcode) -> Bitmap:
    """A barcode, module by module."""
    image = Image.new("1", (item.width, item.height))
    pen = ImageDraw.Draw(image)
    high = item.height // item.symbol.height
    for row, runs in enumerate(item.symbol.rows):
        for start, length in runs:
            box = (start * item.module, row * high, (start + length) * item.module - 1, (row + 1) * high - 1)
            pen.rectangle(box, fill=1)
    return _bitmap(image, item.x, item.y)


def photo_bitmap(item: Photo) -> Bitmap:
    """A picture in dots of black, dithered."""
    image = Image.open(BytesIO(item.jpeg)).convert("L").resize((item.width, item.height))
    return _bitmap(ImageOps.invert(image).convert("1"), item.x, item.y)


def _bitmap(image: Image.Image, x: int, y: int) -> Bitmap:
    return Bitmap(x, y, (image.width + 7) // 8, image.tobytes())


@lru_cache(maxsize=64)
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The plain engine: glyphs stand where `typefaces.text_width` says, and text is in visual order already.
    return ImageFont.truetype(str(FILES[name]), size, layout_engine=ImageFont.Layout.BASIC)
