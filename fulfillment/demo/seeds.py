"""Seeds: every choice in a played day has its own name, so that what happened before does not change it."""

import random
import uuid
from typing import Final

_PLAYED: Final = uuid.UUID("0d5c3c3e-6f43-4b8a-9d0c-5a1b7f3e2c91")


def dice(seed: int, *names: object) -> random.Random:
    """The dice of one named choice: the same seed and names always fall the same."""
    return random.Random("/".join(map(str, (seed, *names))))


def scan_id(*names: object) -> uuid.UUID:
    """The id of one scan, as a station would draw it, but the same when the same step is played again."""
    return uuid.uuid5(_PLAYED, "/".join(map(str, names)))
