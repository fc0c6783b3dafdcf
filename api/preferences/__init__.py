"""The resource: what I chose of reminders."""
