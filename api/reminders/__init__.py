"""The resource: who was told of what is owed in a period."""
