"""The bytes of the attachments that filings declare."""
