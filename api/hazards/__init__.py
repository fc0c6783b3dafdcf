"""The resource: hazards."""
