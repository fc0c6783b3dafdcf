"""`manage.py test`: pytest, in processes of its own: this one has already set Django up."""

import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.management.base import BaseCommand

PROCESSES = ("-n", "2")
SAYS_HOW_MANY = ("-n", "--numprocesses", "--dist", "--pdb", "--trace")


class Command(BaseCommand):
    help = "Run the tests with pytest, in two processes unless told otherwise; all arguments are pytest's."

    def run_from_argv(self, argv: list[str]) -> None:
        """Django's own argument parser is left out, so that pytest's options need no separator."""
        command = (sys.executable, "-m", "pytest", *pytest_arguments(argv[2:]))
        try:
            sys.exit(subprocess.call(command, cwd=settings.BASE_DIR))
        except KeyboardInterrupt:
            sys.exit(130)


def pytest_arguments(given: Sequence[str]) -> tuple[str, ...]:
    return (*(() if any(word.startswith(SAYS_HOW_MANY) for word in given) else PROCESSES), *given)
