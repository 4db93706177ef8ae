"""`dcc-sim serve` as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SERVE = (sys.executable, "-c", "from dcc_sim.cli import main; main()", "serve", "--port", "0")
"""The command that the console script calls, on free ports."""
_LAST = "SMKI"


@contextmanager
def serving(*options: str) -> Iterator[dict[str, list[str]]]:
    """A served emulator: what it says once it listens, by the first word of each line."""
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            said: dict[str, list[str]] = {}
            for line in process.stdout:
                word, _, rest = line.partition(" ")
                said.setdefault(word, []).append(rest)
                if word == _LAST:
                    break
            yield said
        finally:
            process.terminate()


def url_of(line: str) -> str:
    """The base URL in a line that tells where something is."""
    return "http://" + line.split("http://")[1].split("/")[0]
