"""The work ledger (工作台账) of a period: what was owed, and each proof of it, line by line."""
