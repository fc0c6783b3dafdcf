"""The supervision app."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "fieldwork.supervision"
    label = "supervision"
