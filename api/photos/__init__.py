"""The bytes of the photos that check-ins declare."""
