"""The resource: quotas."""
