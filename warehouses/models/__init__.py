"""The first floor's tables: people, items, places, stock, inbound, work."""

from warehouses.models.cases import Case, CaseEvent, Finding, ReceiptPhoto
from warehouses.models.choices import NEEDS_ITEM, OFFERED, USUAL, CaseChoice, CaseKind
from warehouses.models.docking import Appointment, DockClosure, DockDoor, DockHours
from warehouses.models.inbound import Carton, CartonLine, Inbound, InboundParcel, Pallet, ReceiptScan
from warehouses.models.items import LITHIUM, MEASURES, Barcode, Lot, Sku
from warehouses.models.measuring import Measurement
from warehouses.models.people import Owned, Seller, Worker
from warehouses.models.places import Bin, CartType, FloorPlan, Hub, Zone
from warehouses.models.speeds import HubSpeeds
from warehouses.models.stock import (
    GOOD,
    Balance,
    BinBalance,
    Condition,
    Move,
    MoveNumber,
    Numbering,
    Reservation,
    good_condition,
)
from warehouses.models.supervising import HubStop, Instruction
from warehouses.models.traffic import Level, Stairs, TrafficRule
from warehouses.models.work import CartTote, Count, PickList, PickTask, PutawayTask

__all__ = [
    "GOOD",
    "LITHIUM",
    "MEASURES",
    "NEEDS_ITEM",
    "OFFERED",
    "USUAL",
    "Appointment",
    "Balance",
    "Barcode",
    "Bin",
    "BinBalance",
    "CartTote",
    "CartType",
    "Carton",
    "CartonLine",
    "Case",
    "CaseChoice",
    "CaseEvent",
    "CaseKind",
    "Condition",
    "Count",
    "DockClosure",
    "DockDoor",
    "DockHours",
    "Finding",
    "FloorPlan",
    "Hub",
    "HubSpeeds",
    "HubStop",
    "Inbound",
    "InboundParcel",
    "Instruction",
    "Level",
    "Lot",
    "Measurement",
    "Move",
    "MoveNumber",
    "Numbering",
    "Owned",
    "Pallet",
    "PickList",
    "PickTask",
    "PutawayTask",
    "ReceiptPhoto",
    "ReceiptScan",
    "Reservation",
    "Seller",
    "Sku",
    "Stairs",
    "TrafficRule",
    "Worker",
    "Zone",
    "good_condition",
]
