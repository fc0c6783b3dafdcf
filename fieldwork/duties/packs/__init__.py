"""Policy packs (制度包): a YAML file a jurisdiction, read and checked into a `Pack`.

The keys are described in fieldwork/policies/README.md.
"""

from fieldwork.duties.packs.consequences import CheckKind, Draft, Strength
from fieldwork.duties.packs.document import (
    BodySpec,
    Pack,
    PairSpec,
    Place,
    Quota,
    RoleSpec,
    RuleSpec,
    StandingSpec,
    ZoneSpec,
)
from fieldwork.duties.packs.reading import Fault, PackFaults, decode
from fieldwork.duties.packs.schema import read_pack

__all__ = [
    "BodySpec",
    "CheckKind",
    "Draft",
    "Fault",
    "Pack",
    "PackFaults",
    "PairSpec",
    "Place",
    "Quota",
    "RoleSpec",
    "RuleSpec",
    "StandingSpec",
    "Strength",
    "ZoneSpec",
    "decode",
    "read_pack",
]
