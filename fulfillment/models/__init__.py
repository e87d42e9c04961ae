"""The top floor's tables: orders, waves, packing, access, intake, events, billing."""

from fulfillment.models.access import ApiToken, IdempotencyRecord, Member
from fulfillment.models.billing import Charge, ChargeKind, Rate, RateCard
from fulfillment.models.choosing import CarrierRule
from fulfillment.models.customs import TraderNumber
from fulfillment.models.events import Event
from fulfillment.models.intake import IntakeRefusal, IntakeRun
from fulfillment.models.left_behind import LeftBehind
from fulfillment.models.orders import Order, OrderLine
from fulfillment.models.packing import Pack, PackLine
from fulfillment.models.waves import Wave

__all__ = [
    "ApiToken",
    "CarrierRule",
    "Charge",
    "ChargeKind",
    "Event",
    "IdempotencyRecord",
    "IntakeRefusal",
    "IntakeRun",
    "LeftBehind",
    "Member",
    "Order",
    "OrderLine",
    "Pack",
    "PackLine",
    "Rate",
    "RateCard",
    "TraderNumber",
    "Wave",
]
