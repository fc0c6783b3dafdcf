"""`manage.py verify`: all that can be said of the code without running it. To add a check, add a step."""

import difflib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.management.utils import get_random_secret_key

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
FIRST_LINES, LAST_LINES = 40, 20
NEUTRAL = {
    "DATABASE_URL": "sqlite://:memory:",
    "FIELDWORK_SECRET_KEY": get_random_secret_key(),
    "PYTHONUTF8": "1",
}
PRODUCTION = {
    "FIELDWORK_ALLOWED_HOSTS": "fieldwork.example.org",
    "FIELDWORK_BEHIND_TLS": "yes",
    "FIELDWORK_TRUSTED_ORIGINS": "https://fieldwork.example.org",
}


@dataclass(frozen=True)
class Step:
    """A command for this interpreter; it must end with 0 and, if `prints` names a file, print its content."""

    name: str
    command: tuple[str, ...]
    repair: str = ""
    prints: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


STEPS = (
    # The slowest first: the others run beside it.
    Step("types", ("-m", "mypy")),
    Step("format", ("-m", "ruff", "format", "--check"), repair="ruff format"),
    Step("lint", ("-m", "ruff", "check", "--output-format", "concise"), repair="ruff check --fix"),
    Step("imports", ("-c", LINT_IMPORTS)),
    Step(
        "migrations complete, one leaf an app",
        ("manage.py", "makemigrations", "--check", "--dry-run"),
        repair="python3 manage.py makemigrations --name what_it_brings",
    ),
    Step("system checks", ("manage.py", "check", "--fail-level", "WARNING")),
    Step(
        "system checks, in production",
        ("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        environment=PRODUCTION,
    ),
    Step(
        "schema in step",
        ("manage.py", "spectacular", "--validate", "--fail-on-warn"),
        prints="api/openapi.yaml",
        repair="python3 manage.py spectacular --file api/openapi.yaml",
    ),
    Step("messages in step", ("manage.py", "messages", "--check"), repair="python3 manage.py messages"),
    Step("locks in step", ("-m", "pytest", "-q", "tests/gates/test_locks.py"), repair="deploy/lock.sh"),
)


@dataclass(frozen=True)
class Outcome:
    step: Step
    seconds: float
    complaint: str | None


class Command(BaseCommand):
    help = "Check format, lint, types, imports, migrations, settings, schema, messages and locks."
    requires_system_checks = ()  # they are steps

    def handle(self, *_args: object, **_options: object) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failed = [self._show(outcome) for outcome in pool.map(run, STEPS)].count(False)
        if failed:
            raise CommandError(f"{failed} of {len(STEPS)} steps failed")

    def _show(self, outcome: Outcome) -> bool:
        mark = self.style.SUCCESS("✓") if outcome.complaint is None else self.style.ERROR("✗")
        self.stdout.write(f"{mark} {outcome.seconds:5.1f} s  {outcome.step.name}")
        if outcome.complaint is None:
            return True
        for line in complaint_lines(outcome.complaint, outcome.step.repair):
            self.stdout.write(f"    {line}")
        return False


def run(step: Step) -> Outcome:
    started = time.monotonic()
    process = subprocess.run(
        [sys.executable, *step.command],
        cwd=settings.BASE_DIR,
        env={**plain_environment(), **NEUTRAL, **step.environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    complaint = None
    if process.returncode != 0:
        complaint = process.stdout + process.stderr
    elif step.prints:
        complaint = difference(settings.BASE_DIR / step.prints, process.stdout)
    return Outcome(step, time.monotonic() - started, complaint)


def plain_environment() -> dict[str, str]:
    """Without the settings of this installation, so that the answer is the same everywhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FIELDWORK_")}


def difference(path: Path, fresh: str) -> str | None:
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    if stored == fresh:
        return None
    return "\n".join(difflib.unified_diff(stored.splitlines(), fresh.splitlines(), str(path), "made now", lineterm=""))


def complaint_lines(complaint: str, repair: str) -> Iterator[str]:
    lines = complaint.strip().splitlines()
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    if left_out > 0:
        lines[FIRST_LINES:-LAST_LINES] = [f"… {left_out} lines …"]
    yield from lines
    if repair:
        yield f"→ {repair}"
