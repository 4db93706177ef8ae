"""The RTDS vectors and the keys that go with them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dcc_sim.keys import KeyFolder

Vectors = list[tuple[str, bytes]]
"""File name without its folder, and octets."""

Tell = Callable[[str], None]
_TOLD = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Tell:
    """Puts a line under the results: what was counted, which a passed test does not show."""
    return pytestconfig.stash.setdefault(_TOLD, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The lines told."""
    for line in config.stash.get(_TOLD, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def vectors(reference: Path) -> Vectors:
    """Every vector that is present, in one order."""
    paths = sorted(reference.glob("rtds/*/*.HEX"))
    return [(path.name, bytes.fromhex("".join(path.read_text(encoding="ascii").split()))) for path in paths]


@pytest.fixture(scope="session")
def keys(reference: Path) -> KeyFolder:
    """The parties' and devices' keys."""
    return KeyFolder.load(reference / "rtds-keystore")
