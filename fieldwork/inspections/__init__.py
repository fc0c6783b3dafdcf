"""What was done on site: check-ins, photos, flags."""
