"""The resource: organisations."""
