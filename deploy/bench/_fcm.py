"""FCM's fake (tests/fcm.py) as a process beside a bench or a drill."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from _bench import ROOT


@dataclass(frozen=True)
class Fake:
    """`url` is for FIELDWORK_FCM_URL, `account` for FIELDWORK_FCM_CREDENTIALS."""

    url: str
    account: Path

    def received(self) -> Any:
        """`accepted`: by address and tag how many times; by address `last_tag`, `last_at` (POSIX) and the names that
        were `given`; `answered`, `most_in_flight`, `token_requests`."""
        return self._told("received")

    def answered(self) -> Any:
        """How many were answered how, which is quickly told; "200" are those that were accepted."""
        return self._told("answered")

    def _told(self, what: str) -> Any:
        with urlopen(f"{self.url}/{what}", timeout=60) as answer:  # noqa: S310  # our own
            return json.load(answer)


@contextmanager
def server(*, latency_ms: float = 0, fail: float = 0, seed: int = 0) -> Iterator[Fake]:
    """Runs until the end of the block; a share of `fail` is answered by an error although nothing is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        account = Path(folder) / "account.json"
        command = [sys.executable, "-m", "tests.fcm", "--account", str(account), "--latency-ms", str(latency_ms)]
        process = subprocess.Popen(
            [*command, "--fail", str(fail), "--seed", str(seed)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout
        try:
            yield Fake(process.stdout.readline().strip(), account)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
