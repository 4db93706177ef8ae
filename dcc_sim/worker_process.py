"""The process that workers are forked from: all that they need is imported there once.

Importing takes seconds and a hundred megabytes, a fork neither. `dcc-sim serve` forks it from itself before anything
runs; should it end, another comes up as ``python -m dcc_sim.worker_process``. The world asks for a worker with one
octet and the two sockets that the worker gets: the public one, and its channel.

On Linux the system itself ends this process with its world, and a worker with this process. Elsewhere the closed
sockets do, a little later.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux."""
_SOCKETS = 2


@dataclass(frozen=True, slots=True)
class Forking:
    """The world's end of it.

    Attributes:
        calls: asks for workers.
        end: ends it, and waits until it has ended.
    """

    calls: socket.socket
    end: Callable[[], object]

    def ask(self, sockets: Sequence[int]) -> None:
        """Ask for a worker with these two sockets.

        Raises:
            OSError: it has ended.
        """
        socket.send_fds(self.calls, [b"+"], sockets)

    @classmethod
    def forked(cls) -> "Forking":
        """A copy of this process, which has no threads and no event loop yet."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            ours.close()
            fork_workers(theirs, parent)
        theirs.close()

        def end() -> None:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)

        return cls(ours, end)

    @classmethod
    def started(cls) -> "Forking":
        """A new process."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "dcc_sim.worker_process", str(theirs.fileno()), str(os.getpid())]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

        def end() -> None:
            process.terminate()
            process.wait()

        return cls(ours, end)


def fork_workers(calls: socket.socket, parent: int) -> NoReturn:
    """Fork a worker for each call, until the world has ended, whose process id is ``parent``."""
    # Ctrl-C goes to all of them: the world ends, and they with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nobody waits for the workers one by one.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    end_with(parent)
    from dcc_sim import worker

    here = os.getpid()
    while True:
        octets, sockets, _, _ = socket.recv_fds(calls, 1, _SOCKETS)
        if not octets:
            os._exit(0)
        if os.fork() == 0:
            calls.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            end_with(here)
            worker.work(*sockets)
            os._exit(0)
        for each in sockets:
            os.close(each)


def end_with(parent: int) -> None:
    """This process does not outlive its parent, whose process id is ``parent``."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    fork_workers(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
