"""The resource: standing_duties."""
