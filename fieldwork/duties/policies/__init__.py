"""Policies as they stand: loaded from packs into force, their rules switched on (tracked) for divisions."""

from fieldwork.duties.policies.loading import load_pack, rules_in_force
from fieldwork.duties.policies.tracking import TrackedRule, rules_with_tracking, track, untrack

__all__ = ["TrackedRule", "load_pack", "rules_in_force", "rules_with_tracking", "track", "untrack"]
