"""What the policy commands read from and say to a terminal."""

import argparse
import re
from datetime import date

from fieldwork.core.errors import DomainError


def day(word: str) -> date:
    """A command's argument `2026-11-21`; a year before 2000 or after 2099 is a slip of the hand."""
    try:
        if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", word):
            return date.fromisoformat(word)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"not a day like 2026-11-21: {word!r}")


def complaint(error: DomainError) -> str:
    """An error on one line, and each field's fault on its own."""
    faults = (f"{fault.field}: {fault.detail}" for fault in error.errors)
    return "\n".join((str(error.detail), *faults))
