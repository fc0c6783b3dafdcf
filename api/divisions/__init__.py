"""The resource: divisions."""
