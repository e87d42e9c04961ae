"""Right-to-left text, made ready for writers that only put one glyph after another.

`visual` joins Arabic letters into their presentation forms and puts runs into the order the eye reads
them. It is a small, honest subset of the Unicode Bidirectional Algorithm (UAX #9): one line, no explicit
embeddings (they are dropped when text is cleaned), numbers and Latin kept left-to-right inside
right-to-left text, brackets mirrored. Good for names and addresses; not a typesetting engine.
"""

import unicodedata
from collections import defaultdict
from itertools import groupby

import regex  # type: ignore[import-untyped]

GRAPHEME = regex.compile(r"\X")
MIRRORS = dict(zip("()[]{}<>«»", ")(][}{><»«", strict=True))
TATWEEL = "\u0640"


def _presentation_forms() -> dict[str, dict[str, str]]:
    """Joined shapes of each Arabic letter (or lam-alef pair) by `initial`, `medial`, ..., from Unicode's own data."""
    forms: dict[str, dict[str, str]] = defaultdict(dict)
    for code in (*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)):
        shape, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if shape in {"<isolated>", "<final>", "<initial>", "<medial>"}:
            base = "".join(chr(int(letter, 16)) for letter in letters)
            forms[base].setdefault(shape.strip("<>"), chr(code))
    return dict(forms)


FORMS = _presentation_forms()
RIGHT_TO_LEFT = {"R", "AL"}


def visual(text: str) -> str:
    """`text` (logical order, cleaned) as the glyphs to draw from left to right."""
    if text.isascii() or not any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text):
        return text
    return _reorder(_join(text))


def _join(text: str) -> str:
    """Each Arabic letter in the shape its neighbours ask for; marks between letters don't break the join."""
    letters = list(GRAPHEME.findall(text))
    joined: list[str] = []
    at = 0
    while at < len(letters):
        base, marks = letters[at][0], letters[at][1:]
        following = letters[at + 1] if at + 1 < len(letters) else ""
        step = 1
        if base + following[:1] in FORMS and following and not marks:
            base, marks, step = base + following[0], following[1:], 2
        shapes = FORMS.get(base, {})
        after = letters[at + step][0] if at + step < len(letters) else ""
        from_before = at > 0 and _reaches_on(letters[at - 1][0]) and "final" in shapes
        to_after = "initial" in shapes and (after == TATWEEL or "final" in FORMS.get(after, {}))
        wanted = {(True, True): "medial", (True, False): "final", (False, True): "initial"}
        shape = wanted.get((from_before, to_after), "isolated")
        joined.append(shapes.get(shape, base) + marks)
        at += step
    return "".join(joined)


def _reaches_on(letter: str) -> bool:
    return letter == TATWEEL or "initial" in FORMS.get(letter, {})


def _reorder(text: str) -> str:
    """Runs into visual order: embedding levels first, then reverse every level from the highest down to 1."""
    clusters = GRAPHEME.findall(text)
    levels = _levels([unicodedata.bidirectional(cluster[0]) for cluster in clusters])
    shown = [
        MIRRORS.get(cluster, cluster) if level % 2 else cluster for cluster, level in zip(clusters, levels, strict=True)
    ]
    order = list(range(len(shown)))
    for level in range(max(levels), 0, -1):
        order = _turn(order, levels, level)
    return "".join(shown[index] for index in order)


def _turn(order: list[int], levels: list[int], level: int) -> list[int]:
    """Reverses every stretch of `order` that stands on `level` or higher (UAX #9, rule L2)."""
    turned: list[int] = []
    for high, run in groupby(order, key=lambda index: levels[index] >= level):
        places = list(run)
        turned += places[::-1] if high else places
    return turned


def _levels(classes: list[str]) -> list[int]:
    """Embedding level of each cluster: even reads left to right, odd right to left."""
    base = next((1 if c in RIGHT_TO_LEFT else 0 for c in classes if c in RIGHT_TO_LEFT or c == "L"), 0)
    kinds = _strong_kinds(classes, base)
    return [{"L": 2 * base, "R": 1, "N": 2}[kind] for kind in kinds]


def _strong_kinds(classes: list[str], base: int) -> list[str]:
    """Every class resolved to L, R or N (a number among right-to-left text)."""
    default = "R" if base else "L"
    kinds: list[str | None] = []
    strong = default
    for place, name in enumerate(classes):
        if name in RIGHT_TO_LEFT:
            strong = "R"
        elif name == "L":
            strong = "L"
        inside_number = (
            name in {"ES", "CS"} and 0 < place < len(classes) - 1 and classes[place - 1] == classes[place + 1] == "EN"
        )
        if name in {"EN", "AN"} or inside_number:
            kinds.append("N" if strong == "R" else "L")
        else:
            kinds.append(strong if name in RIGHT_TO_LEFT or name == "L" else None)
    for place, kind in enumerate(kinds):
        if kind is None:
            before = next((k for k in reversed(kinds[:place]) if k), default)
            after = next((k for k in kinds[place:] if k), default)
            sides = {"R" if side == "N" else side for side in (before, after)}
            kinds[place] = sides.pop() if len(sides) == 1 else default
    return [kind or default for kind in kinds]
