"""deploy/env.example against what the code reads: every setting, with its hint and default, and nothing else."""

import ast
import runpy
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings as django_settings

from fieldwork import env

ROOT = Path(django_settings.BASE_DIR)
EXAMPLE = ROOT / "deploy" / "env.example"
MACHINES_OWN = {
    "DATA_DIR",
    "KEYS_DIR",
    "REMINDERS",
    "WEB_WORKERS",
}  # their defaults follow from where and on what it runs


class Setting(NamedTuple):
    default: str
    hint: str


def read_by_the_code() -> Iterator[str]:
    """The first argument of every call of `env.read`, wherever it stands."""
    for top in ("fieldwork", "api", "deploy"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name("env"), attr="read"), args=[ast.Constant(str(name)), *_]
                    ):
                        yield name


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> dict[str, Setting]:
    """What settings.py and gunicorn's configuration say of each setting they read."""
    said = {}
    real = env.read

    def note(name: str, parse: Any, default: str, hint: str) -> Any:
        said[name] = Setting(default, hint)
        return real(name, parse, default, hint)

    monkeypatch.setattr(env, "read", note)
    runpy.run_path(str(ROOT / "fieldwork" / "settings.py"))
    runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    return said


def shown() -> dict[str, tuple[bool, Setting]]:
    """Each setting of the example: whether it is commented out, its value, and the comment line above it."""
    found = {}
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        name, is_setting, value = line.removeprefix("#").partition("=")
        if is_setting and name.startswith(env.PREFIX):
            assert name.removeprefix(env.PREFIX) not in found, f"{name} stands there twice"
            found[name.removeprefix(env.PREFIX)] = line.startswith("#"), Setting(value, above.removeprefix("# "))
    return found


def test_example_has_every_setting_and_nothing_else() -> None:
    names = list(read_by_the_code())
    assert len(names) > 20
    assert set(shown()) == set(names)


def test_hints_and_defaults_are_the_codes(used: dict[str, Setting]) -> None:
    example = shown()
    assert {name: setting.hint for name, (_, setting) in example.items() if name in used} == {
        name: setting.hint for name, setting in used.items()
    }
    wrong = {
        name: setting.default
        for name, (commented, setting) in example.items()
        if commented and name in used and name not in MACHINES_OWN and setting.default != used[name].default
    }
    assert wrong == {}


def test_example_with_a_key_is_a_configuration_that_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(
        line.split("=", 1) for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line[:1] not in ("", "#")
    )
    for name, value in {**given, "FIELDWORK_SECRET_KEY": "x" * 50}.items():
        monkeypatch.setenv(name, value)
    made = runpy.run_path(str(ROOT / "fieldwork" / "settings.py"))
    assert (made["ALLOWED_HOSTS"], made["BEHIND_TLS"], made["TRUSTED_PROXIES"]) == (["phones.example.cn"], True, 1)
    assert made["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"


def test_secrets_are_roots_alone() -> None:
    """For photos nginx's user joins the services' group; systemd, `deploy/manage` and compose read as root."""
    steps = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8").splitlines()
    [step] = [line for line in steps if line.startswith("install ") and "deploy/env.example" in line]
    assert "-o root -g root -m 0600" in step
    assert "root:root 0600" in EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
