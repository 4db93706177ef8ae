"""The pytest plugin as somebody else's tests use it: in parallel, with its marker, and with its report of a failure."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from dcc_sim.testing import plugin

TESTS = """
import pytest

@pytest.mark.parametrize("level", [0, 50])
def test_alone(dcc, level):
    assert len(dcc.trace) < 10
    dcc.supplier.send("7.13", dcc.charger, level=level, start="18:00", end="19:00")
    assert dcc.at("18:30").charger.level() == level

def test_fails(dcc):
    dcc.supplier.send("11.2", dcc.charger)
    assert dcc.charger.power_kw == -1

@pytest.mark.dcc(seed=3)
def test_marked(dcc):
    assert dcc.world.seed == 3

def test_option(dcc):
    assert dcc.world.seed == 4
"""


def test_in_parallel(tmp_path: Path) -> None:
    """Two processes, each test with a world of its own; one fails, and its report has the ladder."""
    (tmp_path / "test_theirs.py").write_text(TESTS)
    # The two plugins by name: importing those of all other packages takes longer than the tests.
    options = ["-p", "dcc_sim.testing.plugin", "-p", "xdist", "-n", "2", "--strict-markers", "--dcc-seed=4"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-W", "error", "-rfE", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "1 failed, 4 passed" in run.stdout, run.stdout + run.stderr
    assert "dcc-sim: last messages" in run.stdout
    assert "11.2 CV1" in run.stdout


def test_the_entry_point_is_the_plugin() -> None:
    """pyproject.toml names it, under the name that also `-p` uses."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {plugin.__name__: plugin.__name__}
