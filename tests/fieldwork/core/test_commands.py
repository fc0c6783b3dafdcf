"""`manage.py test` and `manage.py verify`, as far as they decide something themselves."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fieldwork.core.management.commands import verify
from fieldwork.core.management.commands.test import pytest_arguments
from fieldwork.core.management.commands.verify import Step


@pytest.mark.parametrize("given", [[], ["-k", "periods"], ["tests/gates", "--no-header"]])
def test_tests_run_in_two_processes(given: Sequence[str]) -> None:
    assert pytest_arguments(given) == ("-n", "2", *given)


@pytest.mark.parametrize("given", [["-n0"], ["-x", "-n", "4"], ["--numprocesses=1"], ["--pdb"]])
def test_tests_run_in_as_many_processes_as_given(given: Sequence[str]) -> None:
    assert pytest_arguments(given) == tuple(given)


def test_step_that_ends_with_0_has_no_complaint() -> None:
    assert verify.run(Step("fine", ("-c", "print('said')"))).complaint is None


def test_step_that_fails_complains_with_all_it_said() -> None:
    code = "import sys; print('to out'); sys.exit('to err')"
    assert verify.run(Step("bad", ("-c", code))).complaint == "to out\nto err\n"


@pytest.mark.parametrize(("stored", "differs"), [("b\n", True), (None, True), ("a\n", False)])
def test_step_must_print_what_the_file_holds(tmp_path: Path, stored: str | None, differs: bool) -> None:
    path = tmp_path / "stored.yaml"
    if stored is not None:
        path.write_text(stored)
    complaint = verify.run(Step("printed", ("-c", "print('a')"), prints=str(path))).complaint
    assert ("+a" in (complaint or "")) is differs


def test_step_knows_nothing_of_this_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDWORK_DATA_DIR", "/srv/fieldwork")
    monkeypatch.setenv("DATABASE_URL", "postgres://fieldwork@127.0.0.1/fieldwork")
    code = "import os, sys; sys.exit(f\"{os.environ['DATABASE_URL']} {'FIELDWORK_DATA_DIR' in os.environ}\")"
    assert verify.run(Step("environment", ("-c", code))).complaint == "sqlite://:memory: False\n"


def test_long_complaint_keeps_its_beginning_and_end() -> None:
    lines = list(verify.complaint_lines("\n".join(map(str, range(1000))), "do this"))
    assert lines[0] == "0"
    assert lines[-2:] == ["999", "→ do this"]
    assert "… 940 lines …" in lines
