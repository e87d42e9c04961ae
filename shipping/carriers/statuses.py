"""What each carrier's status codes mean, as versioned data. Pure; the tracking service translates at projection.

A code that stands in no table changes no state: it becomes an anomaly, somebody adds it here with a new version, and
the shipments are projected again. The hub's own dispatch scan is a code too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shipping.carriers import codes
from shipping.planning.tracking import State

HUB_HANDED_OVER = "HUB_HANDED_OVER"
"""Our own scan when a parcel leaves the dock."""


@dataclass(frozen=True, slots=True)
class StatusTable:
    """One carrier's codes: to a state, or to None for news that is no state (a delay)."""

    version: str
    codes: Mapping[str, State | None]

    def meaning(self, code: str) -> tuple[bool, State | None]:
        """Whether the code is known, and the state it says."""
        if code == HUB_HANDED_OVER:
            return True, State.HANDED_OVER
        # a phase and an event: the event says more, the phase is there for an event nobody has met
        for key in (code, *reversed(code.split("/"))):
            if key in self.codes:
                return True, self.codes[key]
        return False, None


SIMULATOR = StatusTable(
    version="2026-11-1",
    codes={
        "AN": State.LABEL_CREATED,  # announced
        "PU": State.HANDED_OVER,  # picked up
        "DP": State.IN_TRANSIT,  # at the depot
        "SR": State.IN_TRANSIT,  # sorted
        "CU": State.CUSTOMS,  # held at customs
        "CR": State.IN_TRANSIT,  # released by customs
        "DL": None,  # delayed
        "OD": State.OUT_FOR_DELIVERY,  # on the van
        "AT": State.ATTEMPTED,  # nobody home
        "PP": State.AT_PICKUP_POINT,  # waits at a shop
        "EX": State.EXCEPTION,  # damaged, or the address is wrong
        "DV": State.DELIVERED,  # at the door
        "DC": State.DELIVERED,  # collected at the shop
        "RT": State.RETURNING,  # refused, on its way back
        "RS": State.RETURNED,  # with the sender
        "LO": State.LOST,  # given up
        "CA": State.CANCELLED,  # cancelled before it moved
    },
)

TABLES: Mapping[str, StatusTable] = {
    "simulator": SIMULATOR,
    "sendcloud": StatusTable(codes.SENDCLOUD_VERSION, codes.SENDCLOUD),
    "dhl_nl": StatusTable(codes.DHL_NL_VERSION, codes.DHL_NL),
    "postnl": StatusTable(codes.POSTNL_VERSION, codes.POSTNL),
    "dpd_nl": StatusTable(codes.DPD_NL_VERSION, codes.DPD_NL),
    "gls": StatusTable(codes.GLS_VERSION, codes.GLS),
    "ups": StatusTable(codes.UPS_VERSION, codes.UPS),
    "easypost": StatusTable(codes.EASYPOST_VERSION, codes.EASYPOST),
    "shipstation": StatusTable(codes.SHIPSTATION_VERSION, codes.SHIPSTATION),
}
"""The table of each adapter."""
