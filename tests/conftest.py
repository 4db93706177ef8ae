"""Fixtures of all tests: the reference material, which belongs to others and does not travel with this project."""

import os
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference folder: ``DCC_SIM_REFERENCE``, else ``../shared/reference`` beside the repository.

    Without it tests are skipped; with ``DCC_SIM_REQUIRE_REFERENCE=1``, as ``.ci/run`` sets it, they fail.
    """
    folder = Path(os.environ.get("DCC_SIM_REFERENCE") or _HERE.parent / "shared" / "reference")
    if (folder / "rtds").is_dir():
        return folder
    absent = f"no reference material in {folder}: set DCC_SIM_REFERENCE to its folder"
    if os.environ.get("DCC_SIM_REQUIRE_REFERENCE") == "1":
        pytest.fail(absent, pytrace=False)
    pytest.skip(absent)
