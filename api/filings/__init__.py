"""The resource: filings."""
