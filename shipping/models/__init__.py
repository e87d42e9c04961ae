"""Shipping's tables: addresses, carriers and their prices, boxes, shipments, and what carriers told us."""

from shipping.models.addresses import Address
from shipping.models.borders import Embargo, HazardSticker, Lane
from shipping.models.carriers import Carrier, CarrierAccount
from shipping.models.manifests import Manifest
from shipping.models.pickups import Pickup
from shipping.models.rates import Box, RateTier, Service
from shipping.models.shipments import LabelPurchase, Parcel, Shipment
from shipping.models.tracking import ShipmentChange, TrackingAnomaly, TrackingScan, WebhookDelivery
from shipping.models.trailers import LoadScan, Trailer

__all__ = [
    "Address",
    "Box",
    "Carrier",
    "CarrierAccount",
    "Embargo",
    "HazardSticker",
    "LabelPurchase",
    "Lane",
    "LoadScan",
    "Manifest",
    "Parcel",
    "Pickup",
    "RateTier",
    "Service",
    "Shipment",
    "ShipmentChange",
    "TrackingAnomaly",
    "TrackingScan",
    "Trailer",
    "WebhookDelivery",
]
