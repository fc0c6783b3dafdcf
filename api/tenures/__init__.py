"""The resource: tenures."""
