"""The directory app."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "fieldwork.directory"
    label = "directory"
