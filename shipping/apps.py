"""Shipping: parcels, prices, carriers."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "shipping"
