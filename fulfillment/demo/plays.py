"""What a play is: a hub, a time span, and a marker in the rows that says whether it was played to its end.

The marker is an intake run per seller: it says which orders the play brings, when the play began (which is its
"now" for ever, however often it is taken up again), and is finished last of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from foundation.errors import Conflict
from fulfillment.demo.crew import Crew
from fulfillment.demo.schedule import Agenda
from fulfillment.demo.shifts import Shifts
from fulfillment.demo.stage import Stage
from fulfillment.models import IntakeRun, Order
from warehouses.models import Hub


@dataclass(frozen=True, slots=True)
class Frame:
    """When a play plays. `begin` is its first moment, `until` its last; `days` are those with orders.

    `seconds_a_wave` bounds the optimiser; `losing` is the share of items that have units gone (see `World`).
    """

    begin: datetime
    until: datetime
    days: tuple[date, ...]
    shifts: Shifts
    crew: Crew
    seconds_a_wave: float
    losing: float


class Play(Protocol):
    """A demo day or a real week. `prepare` makes what must be there, `enter` fills the agenda."""

    @property
    def name(self) -> str:
        """What is played: `demo` or `week`."""

    @property
    def hub(self) -> Hub:
        """Where."""

    @property
    def frame(self) -> Frame:
        """When, by whom, with how much bad luck."""

    @property
    def orders(self) -> int:
        """How many orders are still to come in."""

    def prepare(self) -> list[IntakeRun]:
        """Sellers, items, runs and announced cartons, made where missing."""

    def enter(self, stage: Stage, agenda: Agenda) -> None:
        """Every appointment of the play."""

    def leave(self, stage: Stage) -> None:
        """What remains to be done at its last moment."""


def refuse_mixed(hub: Hub, runs: Sequence[IntakeRun]) -> None:
    """Raises `Conflict` (`hub_in_use`) when the hub has orders that are not this play's own."""
    known = {run.seller_id for run in runs}
    if Order.objects.filter(hub=hub).exclude(seller__in=known).exists():
        raise Conflict(
            f"{hub.code} has orders of others. Play this in another hub (--hub), or start afresh (make reset).",
            code="hub_in_use",
        )
