"""The resource: periods."""
