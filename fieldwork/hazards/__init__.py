"""What was found on site: hazards, from the finding to the re-inspection."""
