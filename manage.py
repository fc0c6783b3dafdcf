#!/usr/bin/env python3
"""The project's one command; on a fresh machine it first makes its own `.venv`: see `deploy/bootstrap.py`."""

import os
import sys
from pathlib import Path

from deploy.bootstrap import ensure


def main() -> None:
    ensure(Path(__file__).resolve().parent, sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldwork.settings")
    # Only importable once the environment above is there.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
