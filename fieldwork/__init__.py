"""Fieldwork: linked leaders, monthly safety inspections, and the proof of them (挂点联系与安全生产履职)."""
