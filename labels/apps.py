"""Labels: what gets printed, and the printers."""

from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "labels"
