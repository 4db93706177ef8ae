"""Where the reference material is: other people's data, found beside the checkout and never part of it."""

import os
from pathlib import Path

import pytest

REQUIRED = "DCC_SIM_REQUIRE_REFERENCE"
"""Set to 1 by .ci/run: there the material must be present."""


def reference_folder() -> Path | None:
    """The folder of the reference material, or None where it is absent."""
    named = os.environ.get("DCC_SIM_REFERENCE")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "reference"
    return folder if (folder / "rtds").is_dir() else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where the material is required, its absence ends the run at once: skipped tests would look like a good run."""
    if os.environ.get(REQUIRED) == "1" and reference_folder() is None:
        pytest.exit(f"{REQUIRED}=1, but there is no reference material: set DCC_SIM_REFERENCE", returncode=1)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the reference material; tests that ask for it are skipped where it is absent."""
    folder = reference_folder()
    if folder is None:
        pytest.skip("no reference material: set DCC_SIM_REFERENCE or put it at ../shared/reference")
    return folder
