"""A PostgreSQL where nobody else is; its transaction ids start low, as on a machine that was just set up."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binary(name: str) -> str | None:
    """Where a program of PostgreSQL's is, also where Debian keeps the servers' ones; None if it is not installed."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name)


@contextmanager
def new_cluster() -> Iterator[str]:
    """The address postgres://user@host:port of an empty cluster, which ends with the context, or with this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "postgres", "postgres")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    stop = _words("pg_ctl", "-D", str(data), "-s", "-m", "immediate", "stop")
    # It reads until we close the pipe, or the system does for us: whoever is killed closes nothing else.
    cleaner = subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; "$@" 2>/dev/null; rm -rf "$0"', str(folder), *stop],
        stdin=subprocess.PIPE, start_new_session=True, cwd="/",
    )  # fmt: skip
    try:
        _run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run("pg_ctl", "-D", str(data), "-l", str(data / "log"), "-s", "-w", "-o", options, "start")
        yield f"postgres://postgres@127.0.0.1:{port}"
    finally:
        cleaner.communicate()


def _run(program: str, *words: str) -> None:
    subprocess.run(_words(program, *words), check=True, stdout=subprocess.DEVNULL, cwd="/")


def _words(program: str, *words: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    found = binary(program)
    assert found is not None
    drop = ["/usr/sbin/runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    return [*drop, found, *words]
