"""The resource: posts."""
