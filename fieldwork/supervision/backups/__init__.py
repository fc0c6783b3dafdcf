"""Backups: database and uploads as one consistent thing, and the way back from it."""
