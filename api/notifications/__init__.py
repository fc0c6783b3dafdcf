"""The resource: notifications."""
