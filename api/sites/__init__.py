"""The resource: sites."""
