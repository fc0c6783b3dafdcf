"""The hazards app."""

from django.apps import AppConfig


class HazardsConfig(AppConfig):
    name = "fieldwork.hazards"
    label = "hazards"
