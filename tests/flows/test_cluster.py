"""A cluster ends with the process that began it, however that ends: a run that is broken off leaves none behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests.cluster import binary

HOLDER = """
from tests.cluster import new_cluster
with new_cluster() as address:
    print(address, flush=True)
    input()
"""


@pytest.mark.skipif(not binary("initdb"), reason="not installed: initdb")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_cluster_ends_with_its_process(how: signal.Signals) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user goes through it
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER], cwd=settings.BASE_DIR, env={**os.environ, "TMPDIR": folder},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert holder.stdout is not None
        port = int(holder.stdout.readline().rpartition(":")[2])
        holder.send_signal(how)
        assert holder.wait() == -how
        holder.communicate()  # until whoever stops the server has done so
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
        assert list(Path(folder).iterdir()) == []
