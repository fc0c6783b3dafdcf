"""Every decision of the bootstrap, on real folders; no network."""

import ast
import fcntl
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy import bootstrap
from deploy.bootstrap import DEVELOPERS_LOCK, RUN_LOCK, Project, State, Trouble
from tests.once import ONCE

pytestmark = ONCE

ROOT = Path(__file__).resolve().parents[2]
BASE_PYTHON = Path(sys.executable).resolve()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A checkout with two locks and no `.venv`, in a folder of the awkward kind."""
    project = Project(tmp_path / "安全 生产")
    (project.root / "deploy").mkdir(parents=True)
    project.lock(RUN_LOCK).write_text("# run\n")
    project.lock(DEVELOPERS_LOCK).write_text("# run and develop\n")
    return project


class Installer:
    """Stands in for venv and pip: notes what it was asked for and whether the stamp was away meanwhile."""

    def __init__(self, *, breaks_off: bool = False) -> None:
        self.calls: list[str] = []
        self.breaks_off = breaks_off

    def make(self, project: Project) -> None:
        assert not project.stamp.exists()
        self.calls.append("make")
        lay_venv(project)

    def install(self, project: Project, lock: str) -> None:
        assert not project.stamp.exists()
        self.calls.append(f"install {lock}")
        if self.breaks_off:
            raise KeyboardInterrupt

    def prepare(self, project: Project, lock: str) -> None:
        bootstrap.prepare(project, lock, self.make, self.install)


def lay_venv(project: Project, interpreter: Path = BASE_PYTHON) -> None:
    project.python.parent.mkdir(parents=True, exist_ok=True)
    project.python.unlink(missing_ok=True)
    project.python.symlink_to(interpreter)
    (project.venv / "pyvenv.cfg").touch()


def finish(project: Project, lock: str, interpreter: Path = BASE_PYTHON) -> None:
    lay_venv(project, interpreter)
    bootstrap.write_stamp(project, lock)


@pytest.mark.parametrize(
    ("arguments", "lock"),
    [
        ([], RUN_LOCK),
        (["demo"], RUN_LOCK),
        (["check", "test"], RUN_LOCK),
        (["--version"], RUN_LOCK),
        (["test"], DEVELOPERS_LOCK),
        (["test", "-k", "periods"], DEVELOPERS_LOCK),
        (["verify"], DEVELOPERS_LOCK),
    ],
)
def test_lock_follows_the_command(arguments: Sequence[str], lock: str) -> None:
    assert bootstrap.lock_for(arguments) == lock


def test_state_without_venv_is_unusable(project: Project) -> None:
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE


@pytest.mark.parametrize(
    ("installed", "wanted", "state"),
    [
        (RUN_LOCK, RUN_LOCK, State.READY),
        (RUN_LOCK, DEVELOPERS_LOCK, State.OUTDATED),
        (DEVELOPERS_LOCK, DEVELOPERS_LOCK, State.READY),
        (DEVELOPERS_LOCK, RUN_LOCK, State.READY),
    ],
)
def test_state_of_a_finished_venv(project: Project, installed: str, wanted: str, state: State) -> None:
    finish(project, installed)
    assert bootstrap.state_of(project, wanted) is state


@pytest.mark.parametrize("changed", [RUN_LOCK, DEVELOPERS_LOCK])
def test_state_after_a_lock_changed_is_outdated_for_that_lock_only(project: Project, changed: str) -> None:
    finish(project, DEVELOPERS_LOCK)
    project.lock(changed).write_text("# newer\n")
    outdated = [lock for lock in (RUN_LOCK, DEVELOPERS_LOCK) if bootstrap.state_of(project, lock) is State.OUTDATED]
    assert outdated == [changed]


def test_state_ignores_line_endings_of_the_lock(project: Project) -> None:
    finish(project, RUN_LOCK)
    project.lock(RUN_LOCK).write_bytes(b"# run\r\n")
    assert bootstrap.state_of(project, RUN_LOCK) is State.READY


@pytest.mark.parametrize("lost", ["installed.txt", "pyvenv.cfg", "bin/python"])
def test_state_of_a_venv_that_lost_a_part_is_unusable(project: Project, lost: str) -> None:
    finish(project, RUN_LOCK)
    (project.venv / lost).unlink()
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE


def test_state_after_the_interpreter_changed_is_unusable(project: Project, tmp_path: Path) -> None:
    finish(project, RUN_LOCK)
    newer = tmp_path / "python3.99"
    newer.touch()
    project.python.unlink()
    project.python.symlink_to(newer)
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE


def test_state_after_the_interpreter_went_is_unusable(project: Project, tmp_path: Path) -> None:
    interpreter = tmp_path / "python3.11"
    interpreter.touch()
    finish(project, RUN_LOCK, interpreter)
    interpreter.unlink()
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE


def test_state_with_an_empty_stamp_is_unusable(project: Project) -> None:
    finish(project, RUN_LOCK)
    project.stamp.write_text("")
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE


def test_prepare_makes_and_installs_once(project: Project) -> None:
    installer = Installer()
    installer.prepare(project, RUN_LOCK)
    installer.prepare(project, RUN_LOCK)
    assert installer.calls == ["make", f"install {RUN_LOCK}"]


def test_prepare_installs_the_developers_lock_on_top(project: Project) -> None:
    finish(project, RUN_LOCK)
    installer = Installer()
    installer.prepare(project, DEVELOPERS_LOCK)
    assert installer.calls == [f"install {DEVELOPERS_LOCK}"]
    assert bootstrap.state_of(project, RUN_LOCK) is State.READY


@pytest.mark.parametrize("installed_before", [False, True])
def test_prepare_after_a_broken_install_makes_anew(project: Project, installed_before: bool) -> None:
    if installed_before:
        finish(project, RUN_LOCK)
    with pytest.raises(KeyboardInterrupt):
        Installer(breaks_off=True).prepare(project, DEVELOPERS_LOCK)
    assert bootstrap.state_of(project, RUN_LOCK) is State.UNUSABLE
    healing = Installer()
    healing.prepare(project, DEVELOPERS_LOCK)
    assert healing.calls == ["make", f"install {DEVELOPERS_LOCK}"]
    assert bootstrap.state_of(project, DEVELOPERS_LOCK) is State.READY


def test_prepare_twice_at_once_installs_once(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    intruded = threading.Event()

    def intrude(_project: Project, _lock: str = "") -> None:
        intruded.set()

    second = threading.Thread(target=bootstrap.prepare, args=(project, RUN_LOCK, intrude, intrude))

    def install_while_another_starts(_project: Project, _lock: str) -> None:
        second.start()
        assert not intruded.wait(0.3)

    bootstrap.prepare(project, RUN_LOCK, lay_venv, install_while_another_starts)
    second.join(10)
    assert not second.is_alive()
    assert not intruded.is_set()
    assert "waiting" in capsys.readouterr().err


def test_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    for _ in range(2):
        with bootstrap.alone(lock), lock.open("w") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_lock_is_held_by_the_running_step_too(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = (
        "import os, sys; wanted = os.stat(sys.argv[1]).st_ino\n"
        "for fd in range(3, 64):\n"
        "    try: found = os.fstat(fd).st_ino == wanted\n"
        "    except OSError: continue\n"
        "    if found: sys.exit()\n"
        "sys.exit('not held')"
    )
    step = [sys.executable, "-c", code, str(lock)]
    with bootstrap.alone(lock):
        bootstrap.run(step)
    with pytest.raises(Trouble, match="not held"):
        bootstrap.run(step)


def test_ensure_inside_a_virtual_environment_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", f"{sys.base_prefix}/elsewhere")
    bootstrap.ensure(tmp_path, ["test"])
    assert list(tmp_path.iterdir()) == []


def test_virtual_environment_is_known_by_its_prefix() -> None:
    assert bootstrap.in_virtual_environment("/project/.venv", "/usr")
    assert not bootstrap.in_virtual_environment("/usr", "/usr")


@pytest.mark.parametrize("version", [(3, 7), (3, 10)])
def test_old_python_is_refused_in_both_languages(version: tuple[int, int]) -> None:
    with pytest.raises(Trouble, match=rf"需要 Python 3\.11 .*{version[1]}。\nPython 3\.11 or later"):
        bootstrap.refuse_old_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_supported_python_passes(version: tuple[int, int]) -> None:
    bootstrap.refuse_old_python(version)


def test_endless_restart_is_refused(project: Project) -> None:
    bootstrap.refuse_endless_restart(project, str(BASE_PYTHON))
    with pytest.raises(Trouble, match="python3 -S"):
        bootstrap.refuse_endless_restart(project, str(project.python))


def test_failed_step_tells_what_it_said_last(capsys: pytest.CaptureFixture[str]) -> None:
    code = "print(*range(20), 'WARNING: again', 'no route', sep='\\n'); raise SystemExit(1)"
    with pytest.raises(Trouble) as caught:
        bootstrap.run([sys.executable, "-c", code])
    assert str(caught.value).splitlines()[-2:] == ["  19", "  no route"]
    assert "  3" not in str(caught.value).splitlines()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("path", ["manage.py", "deploy/bootstrap.py"])
def test_old_python_can_read_what_refuses_it(path: str) -> None:
    ast.parse((ROOT / path).read_text(), feature_version=(3, 7))


def test_bootstrap_imports_the_standard_library_only() -> None:
    tree = ast.parse(Path(bootstrap.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "subprocess" in names
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_bare_checkout_runs_its_command_in_a_venv_of_its_own(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("ensurepip")
    (project.root / "deploy/bootstrap.py").write_text(Path(bootstrap.__file__).read_text())
    (project.root / "manage.py").write_text(
        "import sys; from pathlib import Path; from deploy.bootstrap import ensure\n"
        "ensure(Path(__file__).parent, sys.argv[1:]); print(sys.prefix, *sys.argv[1:], sep='|')\n"
    )

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASE_PYTHON, "manage.py", "两 个", "词"],
            cwd=project.root,
            env={"HOME": str(tmp_path / "nowhere"), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    first, second = run(), run()
    assert first.stdout == second.stdout == f"{project.venv}|两 个|词\n", first.stderr
    assert ".venv" in first.stderr
    assert second.stderr == ""
