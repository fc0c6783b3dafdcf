"""Actions over several rooms in one transaction, the worker's tick, the demo."""
