"""The RTDS vectors and the keys that go with them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dcc_sim.keys import KeyFolder

Vectors = list[tuple[str, bytes]]
"""File name without its folder, and octets."""

Tell = Callable[[str], None]
_TOLD = "told"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Puts a line under the results: what was counted, which a passed test does not show."""
    return lambda line: record_property(_TOLD, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The lines told; they travel with the tests' reports, so that those of xdist's workers arrive too."""
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == _TOLD:
                terminalreporter.write_line(str(line))


@pytest.fixture(scope="session")
def vectors(reference: Path) -> Vectors:
    """Every vector that is present, in one order."""
    paths = sorted(reference.glob("rtds/*/*.HEX"))
    return [(path.name, bytes.fromhex("".join(path.read_text(encoding="ascii").split()))) for path in paths]


@pytest.fixture(scope="session")
def keys(reference: Path) -> KeyFolder:
    """The parties' and devices' keys."""
    return KeyFolder.load(reference / "rtds-keystore")
