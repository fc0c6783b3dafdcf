"""The resource: what a phone that wakes has to learn."""
