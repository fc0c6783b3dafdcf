"""The locks: each package with its hashes, no address anywhere, and all in step with their sources."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.once import ONCE

pytestmark = ONCE

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RUN_LOCK = DEPLOY / "requirements.txt"
REPORTS_LOCK = DEPLOY / "requirements-reports.txt"
DEVELOPERS_LOCK = DEPLOY / "requirements-dev.txt"
LOCKS = [RUN_LOCK, REPORTS_LOCK, DEVELOPERS_LOCK]

COMMENT = re.compile(r"#[^/]*(deploy/lock\.sh)?")
PACKAGE = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9a-z.]+)(?: ; (?P<marker>[^\\/]+))? \\")
HASH = re.compile(r"    --hash=sha256:(?P<digest>[0-9a-f]{64})(?P<more> \\)?")


class Package(NamedTuple):
    name: str
    version: str
    marker: str | None
    hashes: frozenset[str]


def read_lock(text: str) -> set[Package]:
    """The packages of a lock; ValueError for any line that is not a comment, a pinned package or its hash."""
    lines = iter(text.splitlines())
    packages = set()
    for line in lines:
        if COMMENT.fullmatch(line):
            continue
        package = PACKAGE.fullmatch(line)
        if not package:
            raise ValueError(f"neither comment nor hashed package: {line!r}")
        hashes = set()
        more = True
        while more:
            digest = HASH.fullmatch(next(lines, ""))
            if not digest:
                raise ValueError(f"no hash where one must follow: {line!r}")
            hashes.add(digest["digest"])
            more = digest["more"] is not None
        packages.add(Package(package["name"], package["version"], package["marker"], frozenset(hashes)))
    return packages


def read_source(path: Path) -> list[Requirement]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


GOOD = f"django==5.2.1 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"


def test_reading_takes_a_pinned_and_hashed_package() -> None:
    assert read_lock(f"# by deploy/lock.sh\n{GOOD}") == {
        Package("django", "5.2.1", "sys_platform == 'win32'", frozenset(["0" * 64]))
    }


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example.org/simple",
        "--find-links /srv/wheels",
        "-e .",
        "# by /home/somebody/bin/uv",
        "# from https://packages.example.org",
        f"django @ file:///srv/django.whl --hash=sha256:{'0' * 64}",
        "django==5.2.1",
        "django==5.2.1 \\\n",
        f"django==5.2.1 \\\n    --hash=md5:{'0' * 32}",
        f"django>=5.2.1 \\\n    --hash=sha256:{'0' * 64}",
        "    # via somebody/else",
    ],
)
def test_reading_refuses_addresses_and_packages_without_hash(line: str) -> None:
    with pytest.raises(ValueError, match="hash"):
        read_lock(f"{GOOD}{line}\n")


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_holds_hashed_packages_and_nothing_else(path: Path) -> None:
    assert "django" in {package.name for package in read_lock(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("smaller", "larger"), [(RUN_LOCK, REPORTS_LOCK), (REPORTS_LOCK, DEVELOPERS_LOCK)], ids=lambda path: path.name
)
def test_larger_lock_holds_the_smaller_as_it_is(smaller: Path, larger: Path) -> None:
    # Markers may be wider there: a tool can need on every Python what the server needs on some.
    first, second = (
        {package._replace(marker=None) for package in read_lock(path.read_text(encoding="utf-8"))}
        for path in (smaller, larger)
    )
    assert first - second == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_satisfies_what_its_source_asks_for(lock: Path) -> None:
    locked = {package.name: package.version for package in read_lock(lock.read_text(encoding="utf-8"))}
    asked = read_source(lock.with_suffix(".in"))
    assert asked
    unsatisfied = [
        str(requirement)
        for requirement in asked
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"))
    ]
    assert unsatisfied == []


def test_run_lock_leaves_out_what_running_does_not_need() -> None:
    run = {package.name for package in read_lock(RUN_LOCK.read_text(encoding="utf-8"))}
    assert run & {"mypy", "pytest", "ruff", "typst"} == set()
