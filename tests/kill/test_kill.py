"""The short form of the kill test; `python -m tests.kill --kills 300` is the long one."""

from pathlib import Path

import pytest

from tests.dcc_sim import databases
from tests.kill.run import run


@pytest.mark.parametrize("kind", databases.KINDS)
def test_fifteen_kills(kind: str, tmp_path: Path) -> None:
    """Every accepted request ends once, no counter goes back, nothing is sent twice."""
    with databases.fresh(kind, tmp_path) as url:
        figures = run(url, tmp_path, kills=15, seed=15)
    print("\n".join(figures.lines()))  # noqa: T201
    assert not figures.faults
    assert figures.kills == 15
    assert figures.accepted == figures.finals.total() > 15
    assert figures.finals["I0"] > 0
    assert figures.finals.keys() <= {"I0", "E21"}


def test_workers_and_their_world(tmp_path: Path) -> None:
    """The same of a world with two workers, all of which are killed; PostgreSQL has its turn in the long form."""
    figures = run(f"sqlite:///{tmp_path}/dcc.sqlite", tmp_path, kills=1, seed=2, workers=2)
    print("\n".join(figures.lines()))  # noqa: T201
    assert not figures.faults
    assert figures.workers_killed > 0
    assert figures.accepted == figures.finals.total() > 1
    assert figures.finals["I0"] > 0
    assert figures.finals.keys() <= {"I0", "E21"}
