"""Makes a bare checkout runnable: `.venv` with the locked packages, then the same command again inside it.

Standard library only, and in a syntax that an older Python still reads: it can then say which one is needed.
Inside any virtual environment nothing happens. `.venv` is its own: one that it did not finish is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

try:
    import fcntl
except ImportError:  # not on Windows, where two first commands at once are left to the person at the keyboard
    fcntl = None  # type: ignore[assignment]

OLDEST_PYTHON = (3, 11)
DEVELOPERS_COMMANDS = frozenset({"messages", "test", "verify"})
RUN_LOCK = "requirements.txt"
DEVELOPERS_LOCK = "requirements-dev.txt"
LINES_SHOWN_ON_FAILURE = 6


class Trouble(Exception):
    """What keeps a command from starting: a sentence in Chinese and one in English for whoever typed it."""

    def __init__(self, chinese: str, english: str, details: str = "") -> None:
        super().__init__("\n".join(filter(None, (chinese, english, details))))


class State(Enum):
    """How a virtual environment stands to a lock."""

    UNUSABLE = "absent, broken, unfinished or of another interpreter: to be made anew"
    OUTDATED = "finished, but for another lock: to be installed on top"
    READY = "ready"


@dataclass(frozen=True)
class Project:
    """Where things lie in a checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """Written last: the interpreter's real path, then the digest of each lock that is installed."""
        return self.venv / "installed.txt"

    def lock(self, name: str) -> Path:
        return self.root / "deploy" / name


def ensure(root: Path, arguments: Sequence[str]) -> None:
    """Return if this is a virtual environment; else replace this process by the same command in `.venv`."""
    if in_virtual_environment(sys.prefix, sys.base_prefix):
        return
    project = Project(root)
    try:
        refuse_old_python(sys.version_info[:2])
        refuse_endless_restart(project, sys.executable)
        prepare(project, lock_for(arguments))
        restart(project)
    except Trouble as trouble:
        sys.exit(str(trouble))
    except OSError as error:
        sys.exit(f"无法准备或启动 .venv。\nCould not prepare or start .venv.\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)


def in_virtual_environment(prefix: str, base_prefix: str) -> bool:
    return prefix != base_prefix


def refuse_old_python(version: Sequence[int]) -> None:
    if tuple(version) < OLDEST_PYTHON:
        needed, found = (".".join(map(str, numbers)) for numbers in (OLDEST_PYTHON, version))
        raise Trouble(
            f"需要 Python {needed} 或更新的版本,现在运行的是 {found}。",
            f"Python {needed} or later is needed; this is {found}.",
        )


def refuse_endless_restart(project: Project, executable: str) -> None:
    """A `.venv` that does not act as one (`python3 -S` does that) would start itself again and again."""
    if Path(executable) == project.python:
        raise Trouble(
            ".venv 没有起作用:请不要用 python3 -S,或删除 .venv 后重试。",
            ".venv does not take effect: do without python3 -S, or delete .venv, and try again.",
        )


def lock_for(arguments: Sequence[str]) -> str:
    return DEVELOPERS_LOCK if arguments and arguments[0] in DEVELOPERS_COMMANDS else RUN_LOCK


def state_of(project: Project, lock: str) -> State:
    try:
        interpreter, *digests = project.stamp.read_text(encoding="utf-8").splitlines() or [""]
    except FileNotFoundError:
        return State.UNUSABLE
    acts_as_one = project.python.exists() and (project.venv / "pyvenv.cfg").exists()
    if not acts_as_one or interpreter != os.path.realpath(project.python):
        return State.UNUSABLE
    return State.READY if digest_of(project.lock(lock)) in digests else State.OUTDATED


def digest_of(lock: Path) -> str:
    # Line endings are not content: a checkout may have either.
    return hashlib.sha256(b"\n".join(lock.read_bytes().splitlines())).hexdigest()


def write_stamp(project: Project, lock: str) -> None:
    """Say that `.venv` is finished. The developers' lock holds all of the run lock, version for version."""
    locks = (RUN_LOCK, DEVELOPERS_LOCK) if lock == DEVELOPERS_LOCK else (RUN_LOCK,)
    lines = [os.path.realpath(project.python), *(digest_of(project.lock(name)) for name in locks)]
    draft = project.stamp.with_suffix(".draft")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(project.stamp)


def make_venv(project: Project) -> None:
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    # Debian keeps ensurepip in a package of its own; the system's pip can fill an environment that has none.
    if importlib.util.find_spec("venv") is None or not (has_ensurepip or importlib.util.find_spec("pip")):
        raise Trouble(
            "这个 Python 不能建立虚拟环境:请安装 python3-venv(如 apt install python3-venv)后重试。",
            "This Python cannot make virtual environments: install python3-venv and try again.",
        )
    pip = () if has_ensurepip else ("--without-pip",)
    run([sys.executable, "-m", "venv", "--clear", *pip, str(project.venv)])


def install_lock(project: Project, lock: str) -> None:
    path = project.lock(lock)
    total = sum("==" in line for line in path.read_text(encoding="utf-8").splitlines())
    # Python compiles what it imports; pip would compile all that there is, which takes as long again.
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
    run([*pip_for(project), "install", *options, "--require-hashes", "--requirement", str(path)], total)


def pip_for(project: Project) -> list[str]:
    own = [str(project.python), "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    return [sys.executable, "-m", "pip", "--python", str(project.python)]


def prepare(
    project: Project,
    lock: str,
    make: Callable[[Project], None] = make_venv,
    install: Callable[[Project, str], None] = install_lock,
) -> None:
    """Bring `.venv` to the lock. At any moment it may be broken off: without its stamp, all is done again."""
    if state_of(project, lock) is State.READY:
        return
    with alone(project.root / ".venv.lock"):
        # Asked again: another command may have done it all in the meantime.
        state = state_of(project, lock)
        if state is State.READY:
            return
        say(f"准备 .venv(deploy/{lock}),只在第一次或依赖变化时 / preparing .venv, once …")
        project.stamp.unlink(missing_ok=True)
        if state is State.UNUSABLE:
            make(project)
        install(project, lock)
        write_stamp(project, lock)
        say("好了 / ready")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One command at a time, across processes; the system lets go when a process ends, however it ends."""
    with path.open("w") as file:
        # pip holds on to it too: killed alone, this process would leave pip at work.
        os.set_inheritable(file.fileno(), True)
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("另一个命令正在准备 .venv,等待中 / another command is preparing .venv, waiting …")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str], total: int = 0) -> None:
    """Run a step of the preparation, showing only how far it is; raise what it said last if it fails."""
    last: deque[str] = deque(maxlen=LINES_SHOWN_ON_FAILURE)
    collected = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            if not line.startswith("WARNING: "):  # each of pip's retries is one
                last.append(line.rstrip())
            if line.startswith("Collecting "):
                collected += 1
                show_progress(f"{collected}/{total} {line.split()[1]}")
    show_progress("")
    if process.returncode != 0:
        raise Trouble(
            ".venv 没有准备好(网络或磁盘?),再运行一次同样的命令即可。",
            "Preparing .venv failed (network or disk?); the same command tries again.",
            "\n".join(f"  {line}" for line in last),
        )


def show_progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def say(text: str) -> None:
    # Standard output belongs to the command that follows.
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def restart(project: Project) -> NoReturn:
    command = [str(project.python), *sys.orig_argv[1:]]
    if os.name == "nt":  # there, replacing a process lets the shell go on before the command has ended
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)
