"""The resource: tasks."""
