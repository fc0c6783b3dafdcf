"""The resource: leaders."""
