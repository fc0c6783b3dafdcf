"""What every room stands on: errors, periods, places, events, uploaded bytes. Knows nothing of duties."""
