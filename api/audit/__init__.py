"""The resource: who did and saw what, when."""
