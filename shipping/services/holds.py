"""What must not leave for reasons this floor does not know: the floor above says so when a service asks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a shipment stays: a stable code, and one sentence for whoever has the parcel in his hands."""

    code: str
    message: str


Holds = Callable[[Collection[int]], Mapping[int, Hold]]
"""From shipments by id to those of them that must not leave. Asked inside the transaction that lets them go."""
