"""The bulletin (通报) of a division and period: as data, and as a document."""
