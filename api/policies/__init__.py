"""The resource: policies."""
