"""systemd units and the compose file: what they start exists, and they agree with one another."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from fieldwork.supervision.ending import GRACE_S, LONGER_S
from tests.once import ONCE

pytestmark = ONCE

DEPLOY = Path(settings.BASE_DIR) / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HOME = "/opt/fieldwork/"


def service(path: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return dict(parser["Service"])


def words_start_something(words: list[str]) -> bool:
    """Whether `python WORDS` names a command of ours, or gunicorn with a configuration that is there."""
    match words:
        case ["-m", "gunicorn", "--config", config]:
            return (DEPLOY.parent / config).exists()
        case ["manage.py", command, *_]:
            return command in get_commands()
    return False


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_unit_starts_what_is_there_and_keeps_it_in(path: Path) -> None:
    unit = service(path)
    python, *words = unit["ExecStart"].split()
    assert python == f"{HOME}.venv/bin/python"
    assert words_start_something(words), words
    assert unit["WorkingDirectory"] + "/" == HOME
    assert unit["User"] == "fieldwork"
    assert (unit["NoNewPrivileges"], unit["ProtectSystem"], unit["CapabilityBoundingSet"]) == ("yes", "strict", "")
    assert "/var/lib/fieldwork" in unit["ReadWritePaths"].split()
    if words[1] == "backup":
        assert words[2] in unit["ReadWritePaths"].split()
    else:
        assert unit["Restart"] == "always"
    if words[1] == "worker":
        assert unit["KillSignal"] == "SIGTERM"
        assert float(unit["TimeoutStopSec"]) > GRACE_S + LONGER_S


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_compose_file_starts_what_is_there() -> None:
    document = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
    services = document["services"]
    assert set(services) == {"database", "migrate", "web", "worker"}
    context = DEPLOY / "container" / services["web"]["build"]["context"]
    assert context.resolve() == DEPLOY.parent
    assert (DEPLOY.parent / services["web"]["build"]["dockerfile"]).exists()
    for name in ("migrate", "worker"):
        assert words_start_something(services[name]["command"][1:])
    (published,) = services["web"]["ports"]
    assert published.startswith("127.0.0.1:")
    assert services["web"]["cap_drop"] == ["ALL"]


def test_image_is_made_of_files_that_are_there_and_does_not_run_as_root() -> None:
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    for words in re.findall(r"^COPY (.+)$", text, flags=re.MULTILINE):
        for source in words.split()[:-1]:
            assert (DEPLOY.parent / source).exists(), source
    assert text.index("\nUSER fieldwork") < text.index("\nCMD")
    assert "--require-hashes" in text
    (command,) = re.findall(r"^CMD (\[.+\])$", text, flags=re.MULTILINE)
    assert words_start_something(yaml.safe_load(command)[1:])
