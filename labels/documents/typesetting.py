"""The few habits all documents share: a caption over a fact, a framed notice, a weight in kilograms."""

from labels.drawing.canvas import Align, Canvas

CAPTION = 18
"""Size of a caption in dots: 2.2 mm, for a reader who already knows the form."""


def caption(canvas: Canvas, x: int, y: int, text: str, *, width: int, align: Align = Align.LEFT) -> None:
    """A small heading in capitals over what follows."""
    canvas.text(x, y, text.upper(), CAPTION, width=width, align=align, least=CAPTION * 3 // 4)


def fact(
    canvas: Canvas,
    x: int,
    y: int,
    name: str,
    value: str,
    *,
    width: int,
    size: int,
    bold: bool = True,
    align: Align = Align.LEFT,
) -> None:
    """A caption with its baseline at `y` and the value under it."""
    caption(canvas, x, y, name, width=width, align=align)
    canvas.text(x, y + round(size * 1.05) + 6, value, size, width=width, least=size * 3 // 5, bold=bold, align=align)


def kilograms(weight_g: int) -> str:
    """`1.25 kg` for 1250; empty for an unknown weight (0)."""
    return f"{weight_g / 1000:.2f} kg" if weight_g > 0 else ""


def customs_weight(weight_g: int) -> str:
    """`0.125` for 125: kilograms as customs want them, without the unit."""
    return f"{weight_g / 1000:,.3f}"


def amount(cents: int) -> str:
    """`1,234.50` for 123450."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
