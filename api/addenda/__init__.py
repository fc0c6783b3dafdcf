"""What is added to check-ins later."""
