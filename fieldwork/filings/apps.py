"""The filings app."""

from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "fieldwork.filings"
    label = "filings"
