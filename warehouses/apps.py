"""Warehouses: goods, places, people and the ledger."""

from django.apps import AppConfig


class WarehousesConfig(AppConfig):
    name = "warehouses"
