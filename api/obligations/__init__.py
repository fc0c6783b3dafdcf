"""The resource: obligations."""
