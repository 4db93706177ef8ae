"""One `dcc-sim serve` after another over one database, each ended by SIGKILL."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from dcc_sim.server import LOOPBACK

PATIENCE = 60.0
"""Seconds of real time for a process to listen."""
POLL = 0.01
THEIR_PARENT = 0.1
"""Share of the kills of workers that are for the process that they are forked from."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """The process, and what all of them share.

    Attributes:
        database: URL of the records.
        folder: of the journal and the processes' output.
        workers: processes that answer users; 0 for the served one alone.
    """

    database: str
    folder: Path
    workers: int = 0
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def journal(self) -> Path:
        """Every message on the WAN and at the devices, of all lives."""
        return self.folder / "journal.txt"

    @property
    def base(self) -> str:
        """URL of the gateway."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """A new process; it does not listen yet."""
        options = ["--port", str(self.port), "--database", self.database, "--journal", str(self.journal)]
        options += ["--workers", str(self.workers)]
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from dcc_sim.cli import main; main()", "serve", *options],
                stdout=output,
                stderr=output,
            )

    def await_listening(self) -> None:
        """Wait until it takes connections, and with workers, until one of them answers.

        Raises:
            RuntimeError: it has ended by itself, or takes too long; with its output.
        """
        assert self.process is not None
        for _ in range(int(PATIENCE / POLL)):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection((LOOPBACK, self.port), 1).close()
            except OSError:
                time.sleep(POLL)
            else:
                if self.workers:
                    httpx.get(f"{self.base}/health", timeout=PATIENCE).raise_for_status()
                return
        raise RuntimeError(f"the served process does not listen: {(self.folder / 'output.txt').read_text()[-2000:]}")

    def kill_worker(self, rng: Random) -> bool:
        """SIGKILL to one of the workers, or to the process that they are forked from and end with; if one is there."""
        assert self.process is not None
        forked_from = _children(self.process.pid)
        found = [each for parent in forked_from for each in _children(parent)]
        if rng.random() < THEIR_PARENT:
            found = forked_from
        if found:
            # It may have ended by itself, with its world.
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(found), signal.SIGKILL)
        return bool(found)

    def kill(self) -> None:
        """SIGKILL, at whatever it is doing.

        Raises:
            RuntimeError: it had ended by itself before; with its output.
        """
        assert self.process is not None
        self.process.kill()
        if self.process.wait() != -signal.SIGKILL:
            raise RuntimeError(f"ended by itself: {(self.folder / 'output.txt').read_text()[-2000:]}")
        self.process = None


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
