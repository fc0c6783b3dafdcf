"""The ledger's evidence: sealing it, showing its head to others, proving single check-ins, and verifying all of it."""
