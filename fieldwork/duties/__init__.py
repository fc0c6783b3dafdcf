"""What must be done: policy packs, obligations, tasks, performances, reconciliation."""
