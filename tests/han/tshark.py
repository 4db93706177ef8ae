"""tshark over a capture: what Wireshark's own dissectors make of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REQUIRED

UNREADABLE = "_ws.malformed || zbee_sec.encrypted_payload || wpan.fcs_ok == 0 || _ws.expert.severity >= 0x400000"
"""Matches frames that are malformed, left encrypted, of a wrong check sequence, or that an expert notes or warns of."""


def require_tshark() -> str:
    """Its path; the test is skipped where it is absent, and fails where .ci/run has to have installed it."""
    program = shutil.which("tshark")
    if program is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail("no tshark: .ci/run installs the Debian package of this name")
        pytest.skip("no tshark: install the Debian package of this name")
    return program


def tshark(capture: Path, *arguments: str) -> list[str]:
    """Its lines of output, with the keys beside the capture; without a final empty one."""
    environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(capture.parent)}
    command = [require_tshark(), "-r", str(capture), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    return done.stdout.splitlines()


def fields(capture: Path, display_filter: str, *names: str) -> list[tuple[str, ...]]:
    """These fields of every frame that matches."""
    wanted = [argument for name in names for argument in ("-e", name)]
    return [tuple(line.split("\t")) for line in tshark(capture, "-Y", display_filter, "-T", "fields", *wanted)]
