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
    """The address postgres://user@host:port of an empty cluster, which ends with the context."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        Path(name).chmod(0o711)
        data.mkdir()
        if os.getuid() == 0:
            shutil.chown(data, "postgres", "postgres")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        _run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run("pg_ctl", "-D", str(data), "-l", str(data / "log"), "-s", "-w", "-o", options, "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}"
        finally:
            _run("pg_ctl", "-D", str(data), "-s", "-m", "immediate", "stop")


def _run(program: str, *words: str) -> None:
    """PostgreSQL refuses to run as root."""
    found = binary(program)
    assert found is not None
    drop = ["/usr/sbin/runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*drop, found, *words], check=True, stdout=subprocess.DEVNULL, cwd="/")
