"""The resource: industries."""
