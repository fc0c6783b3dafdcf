"""Signing in: device tokens, passwords, who may and from where."""
