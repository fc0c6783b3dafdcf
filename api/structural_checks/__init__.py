"""The resource: structural_checks."""
