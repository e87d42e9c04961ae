"""A postal address as it is printed, and how it is set."""

from dataclasses import dataclass

from labels.drawing.canvas import Canvas
from labels.drawing.lettering import clean, wrap

LEAST_SHARE = 72
"""An address shrinks to this share of its size, in per cent, before it is broken or cut."""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Who and where. `lines` are street lines in order; `country` a code or a name, printed as given in capitals."""

    name: str
    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    company: str = ""
    region: str = ""
    phone: str = ""

    @property
    def addressee(self) -> str:
        """The first line: the person, or the company where no person is named."""
        return self.name.strip() or self.company.strip()

    @property
    def town(self) -> str:
        """Postcode, city and region on one line."""
        return " ".join(part.strip() for part in (self.postcode, self.city, self.region) if part.strip())

    @property
    def street_lines(self) -> tuple[str, ...]:
        """Company (if it is not the addressee) and street lines, empty ones left out."""
        company = self.company if self.name.strip() else ""
        return tuple(line for line in (company, *self.lines) if line.strip())


def draw_small_address(
    canvas: Canvas, x: int, y: int, address: PostalAddress, *, width: int, size: int, lines: int
) -> int:
    """A quiet address in at most `lines` lines, the first baseline at `y`; returns the next baseline."""
    last = ", ".join(part for part in (address.town, address.country.upper()) if part.strip())
    street = _street(canvas, address, width=width, size=size, lines=lines - 2)
    size = _common_size(canvas, (*street, last), width=width, size=size)
    leading = round(size * 1.3)
    canvas.text(x, y, address.addressee, size, width=width, bold=True, least=size * 3 // 4)
    for line in (*street, last):
        y += leading
        canvas.text(x, y, line, size, width=width)
    return y + leading


def draw_large_address(
    canvas: Canvas, x: int, y: int, address: PostalAddress, *, width: int, size: int, lines: int
) -> int:
    """An address to read at arm's length, at most `lines` street lines; returns the next baseline."""
    leading = round(size * 1.27)
    least = size * 3 // 5
    canvas.text(x, y, address.addressee, size, width=width, bold=True, least=least)
    street = _street(canvas, address, width=width, size=size, lines=lines)
    street_size = _common_size(canvas, street, width=width, size=size)
    for line in street:
        y += leading
        canvas.text(x, y, line, street_size, width=width)
    y += round(leading * 1.15)
    canvas.text(x, y, address.town, round(size * 1.15), width=width, bold=True, least=least)
    y += leading
    canvas.text(x, y, address.country.upper(), size, width=width, bold=True, least=least)
    return y + leading


def _street(canvas: Canvas, address: PostalAddress, *, width: int, size: int, lines: int) -> tuple[str, ...]:
    """The street lines in at most `lines` lines: a long one is broken in two while there is room for it."""
    least = size * LEAST_SHARE // 100
    rows: list[str] = []
    left = len(address.street_lines)
    for line in address.street_lines:
        left -= 1
        spare = lines - len(rows) - left
        if spare > 1 and canvas.measure(line, least) > width:
            rows += wrap(clean(line), size, width, lines=2)
        else:
            rows.append(line)
    return tuple(rows[:lines])


def _common_size(canvas: Canvas, lines: tuple[str, ...], *, width: int, size: int) -> int:
    """One size for all `lines`, as large as the widest allows; not under the least, where a line is cut instead."""
    widest = max((canvas.measure(line, size) for line in lines), default=0)
    return size if widest <= width else max(size * LEAST_SHARE // 100, size * width // widest)
