"""The pytest plugin: the fixture ``dcc``, an emulator for one test alone. PYTEST_DONT_REWRITE

    def test_the_limit_holds(dcc):
        dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
        assert dcc.at("18:30").charger.power_kw == 3.68

``@pytest.mark.dcc(seed=7, installed=False)`` gives it other arguments, those of `dcc_sim.testing.Emulator`. The
emulator is imported when the first test asks for it, so that other tests start no later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcc_sim.testing.emulator import Emulator

LINES = 60
"""Of the ladder, in the report of a failed test."""
_KEPT: pytest.StashKey[list[Emulator]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--dcc-seed``."""
    group = parser.getgroup("dcc-sim")
    group.addoption("--dcc-seed", type=int, default=1, help="seed of the dcc fixture's keys and chance (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", "dcc(seed=1, start=..., policy=..., installed=True): how the fixture is built")


@pytest.fixture
def dcc_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., Emulator]]:
    """Makes emulators, each with its own DCC, home, keys and clock: ``dcc_factory(seed=2)``; closed with the test."""
    from dcc_sim.testing.emulator import Emulator

    made = request.node.stash.setdefault(_KEPT, [])
    given = [dict(mark.kwargs) for mark in reversed(list(request.node.iter_markers("dcc")))]

    def make(**arguments: Any) -> Emulator:
        asked: dict[str, Any] = {"seed": request.config.getoption("--dcc-seed")}
        for each in (*given, arguments):
            asked |= each
        emulator = Emulator(**asked)
        made.append(emulator)
        return emulator

    yield make
    for emulator in made:
        emulator.close()


@pytest.fixture
def dcc(dcc_factory: Callable[..., Emulator]) -> Emulator:
    """A DCC with one home, in process, on a virtual clock, the same bytes for a seed."""
    return dcc_factory()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the last messages beside a failure."""
    report = yield
    if report.when == "call" and report.failed:
        for emulator in item.stash.get(_KEPT, []):
            lines = emulator.ladder().splitlines()
            report.sections.append(("dcc-sim: last messages", "\n".join(lines[-LINES:])))
    return report
