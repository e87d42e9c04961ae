"""Measures of a unit: grams and millimetres, how far two of them differ, and whether one can be true. Pure."""

from dataclasses import dataclass
from typing import Final

LEAST_G: Final = 5
LEAST_MM: Final = 5
"""What scales and hands are out by: less is no difference, however small the item."""
MOST_TIMES: Final = 10
"""Weight or volume so many times more, or less, than was known is a slip until a supervisor says that it is not."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One unit: grams, and three sides in millimetres in any order."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int

    @property
    def sides_mm(self) -> tuple[int, int, int]:
        """The sides, the longest first: a unit may lie on the device any way up."""
        longest, middle, shortest = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return longest, middle, shortest

    @property
    def volume_mm3(self) -> int:
        """Of the box around it."""
        return self.length_mm * self.width_mm * self.height_mm


def unit_weight_g(scale_g: int, units: int) -> int:
    """Of one unit, when so many weigh `scale_g` together: rounded half up, never nothing."""
    return max(1, (2 * scale_g + units) // (2 * units))


def differs(measured: Measures, declared: Measures, tolerance_pct: int) -> bool:
    """Whether weight or a side is off by more than so many percent of what was declared, and more than devices are."""
    pairs = [(measured.weight_g, declared.weight_g, LEAST_G)]
    pairs += [(here, there, LEAST_MM) for here, there in zip(measured.sides_mm, declared.sides_mm, strict=True)]
    return any(abs(here - there) > max(least, there * tolerance_pct / 100) for here, there, least in pairs)


def is_plausible(measured: Measures, known: Measures) -> bool:
    """Whether neither weight nor volume is `MOST_TIMES` what was known, or a part of it as small."""
    pairs = ((measured.weight_g, known.weight_g), (measured.volume_mm3, known.volume_mm3))
    return all(here < MOST_TIMES * there and there < MOST_TIMES * here for here, there in pairs)
