"""Whatever changes an obligation or a task stamps it: phones find changes by that alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.once import ONCE

pytestmark = ONCE

TABLES = ("duties_obligation", "duties_task")
MODELS = {"Obligation", "Task"}
WRITES = {"update", "bulk_update"}
SOURCES = sorted(
    path
    for part in ("fieldwork", "api")
    for path in (Path(settings.BASE_DIR) / part).rglob("*.py")
    if "migrations" not in path.parts
)


def unstamped(source: str) -> Iterator[str]:
    """Statements and calls of a module that write such rows and leave the stamp as it was."""
    has_statements = any(table in source for table in TABLES)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and has_statements:
            text = ast.get_source_segment(source, node.value) or ""
            writes = any(f"{verb} {table}" in text for table in TABLES for verb in ("UPDATE", "INSERT INTO"))
            if writes and "{stamp}" not in text:
                yield f"line {node.lineno}: {ast.unparse(node.targets[0])}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            names = {each.id for each in ast.walk(node.func) if isinstance(each, ast.Name)}
            if names & MODELS and "changed" not in {keyword.arg for keyword in node.keywords}:
                yield f"line {node.lineno}: {node.func.attr} of {', '.join(sorted(names & MODELS))}"


def test_everything_that_writes_them_stamps_them() -> None:
    found = [f"{path}: {fault}" for path in SOURCES for fault in unstamped(path.read_text(encoding="utf-8"))]
    assert found == [], "changed=Stamp() in a query, changed = {stamp} in a statement"


@pytest.mark.parametrize(
    "source",
    [
        'X = "UPDATE duties_task SET done_at = x.at FROM x"',
        'X = f"INSERT INTO duties_obligation (id) SELECT {A}"',
        "Obligation.objects.filter(pk=1).update(outcome='excused')",
        "Task.objects.bulk_update(rows, ['state'])",
    ],
)
def test_what_forgets_the_stamp_is_found(source: str) -> None:
    assert len(list(unstamped(source))) == 1
