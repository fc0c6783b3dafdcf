"""The 18 characters that name a body in China (统一社会信用代码, GB 32100-2015)."""

import re

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from fieldwork.core.errors import invalid

# Authority and category may be letters (N2: village collectives), where `stdnum` takes digits only.
_SHAPE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def checked(code: str, field: str = "uscc") -> str:
    """The code in upper case without blanks; an `invalid` DomainError on `field` if it is none."""
    compact = str(uscc.compact(code))
    if not _SHAPE.fullmatch(compact) or uscc.calc_check_digit(compact) != compact[-1]:
        raise invalid(field, _("This is not a unified social credit code; please check its 18 characters."))
    return compact
