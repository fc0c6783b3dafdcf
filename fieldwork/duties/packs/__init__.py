"""Policy packs (制度包): a YAML file a jurisdiction, read and checked into a `Pack`.

The keys are described in fieldwork/policies/README.md.
"""

from fieldwork.duties.packs.document import Pack, Quota, RoleSpec, RuleSpec
from fieldwork.duties.packs.reading import Fault, PackFaults, decode
from fieldwork.duties.packs.schema import read_pack

__all__ = ["Fault", "Pack", "PackFaults", "Quota", "RoleSpec", "RuleSpec", "decode", "read_pack"]
