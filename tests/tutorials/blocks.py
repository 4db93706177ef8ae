"""The blocks of a tutorial: files to save, commands to run, and what their output must contain."""

import re
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcc_sim import session_scenario
from dcc_sim.cli import main
from dcc_sim.scenarios import report
from dcc_sim.testing import sequences

ALL_THERE = (report, sequences, session_scenario)
"""Imported before pytester runs a test: it forgets what was imported meanwhile, and classes would be there twice."""
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DCC_SIM = [sys.executable, "-c", "from dcc_sim.cli import main; main()"]
_SOON = 60.0


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, the words after it, and its text."""

    language: str
    words: str
    text: str


def blocks(page: str) -> list[Block]:
    """All of a page, in order."""
    return [Block(language, words.strip(), text) for language, words, text in _BLOCK.findall(page)]


class Reader:
    """Somebody who does what a tutorial says, in a folder of their own.

    Args:
        pytester: its folder is where files are saved and commands run; its pytest runs in this process.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self._folder = pytester.path
        self._kept: list[subprocess.Popen[str]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self.commands: list[str] = []

    def do(self, block: Block) -> None:
        """One block."""
        if block.words.startswith("file="):
            (self._folder / block.words.removeprefix("file=")).write_text(block.text)
            for name in [name for name, module in sys.modules.items() if self._is_ours(module)]:
                del sys.modules[name]
            return
        assert block.language == "console", f"a block that nobody runs: {block}"
        if block.words == "stopped":
            self.stop()
        # Another port than the usual one: others may be at it on this machine.
        for part in block.text.replace("8079", self._port).split("$ ")[1:]:
            command, *expected = part.strip().splitlines()
            self.commands.append(command)
            if block.words == "keep":
                self._keep(command, expected)
                continue
            output, status = self._run(command)
            assert status == (1 if block.words == "exit=1" else 0), f"{command}\n{output}"
            for line in expected:
                assert line in output, f"{command}: {line!r} is not in\n{output}"

    def stop(self) -> None:
        """Ctrl-C in the other terminal."""
        for process in self._kept:
            process.terminate()
            process.wait(10)
        self._kept.clear()

    def _run(self, command: str) -> tuple[str, int]:
        program, *arguments = shlex.split(command)
        if program == "dcc-sim":
            # In this process: a new one would take seconds to import everything.
            result = CliRunner().invoke(main, arguments)
            odd = "" if result.exception is None or isinstance(result.exception, SystemExit) else repr(result.exception)
            return result.output + odd, result.exit_code
        assert program == "pytest", command
        plugins = ["-p", "dcc_sim.testing.plugin", "-p", "no:cacheprovider"]
        done = self._pytester.runpytest_inprocess(*plugins, *arguments)
        return str(done.stdout), int(done.ret)

    def _keep(self, command: str, expected: list[str]) -> None:
        _, *arguments = shlex.split(command)
        log = self._folder / "kept.log"
        with log.open("w") as out:
            process = subprocess.Popen([*_DCC_SIM, *arguments], stdout=out, stderr=subprocess.STDOUT, text=True)
        self._kept.append(process)
        until = time.monotonic() + _SOON
        while not all(line in log.read_text() for line in [*expected, "SMKI"]):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)

    def _is_ours(self, module: object) -> bool:
        file = getattr(module, "__file__", None)
        return file is not None and Path(file).resolve().parent == self._folder.resolve()
