"""The resource: linkages."""
