"""The duties app."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "fieldwork.duties"
    label = "duties"
