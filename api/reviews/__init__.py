"""Verdicts on check-ins and filings."""
