"""My devices and their push addresses."""
