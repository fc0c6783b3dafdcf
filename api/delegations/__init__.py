"""The resource: delegations."""
