"""Fulfillment: promises to sellers, and the front doors."""

from importlib import import_module

from django.apps import AppConfig


class FulfillmentConfig(AppConfig):
    """The top floor. Its listeners need the models, so they are connected when those are loaded."""

    name = "fulfillment"

    def ready(self) -> None:
        """Connects the listeners; nothing else happens at start."""
        import_module("fulfillment.listeners").connect()
