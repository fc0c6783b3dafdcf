"""What a phone keeps of what is its user's own, and what of that changed since it last asked."""
