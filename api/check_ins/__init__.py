"""The resource: check_ins."""
