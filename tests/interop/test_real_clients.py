"""The public client packages from npm, unpatched, against a served emulator with the ZAZ1 set.

They are installed into a cache folder outside the repository; Java signs and validates for them (peers 1 to 3).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REQUIRED
from tests.process import serving, url_of

PACKAGES = (
    "@smartdcc/duis-templates@0.5.0",
    "@smartdcc/dccboxed-keystore@0.4.2",
    "@smartdcc/duis-sign-wrap@0.1.2",
    "@smartdcc/duis-parser@0.6.0",
)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcc-sim" / "real-clients-1"
DRIVE = Path(__file__).with_name("drive.js")
START, END = "2025-09-29T18:00:00Z", "2025-09-29T19:00:00Z"


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with the packages, installed if they are not yet."""
    missing = [tool for tool in ("node", "npm", "java") if shutil.which(tool) is None]
    if missing:
        why = f"the real clients need {', '.join(missing)}"
        pytest.fail(why) if os.environ.get(REQUIRED) == "1" else pytest.skip(why)
    if not (CACHE / "installed").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        for last in (False, True):
            done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, timeout=300, check=False)
            if done.returncode == 0:
                break
            assert not last, done.stderr[-2000:]
        (CACHE / "installed").touch()
    return CACHE


def test_transform_sign_send_receive_and_look_up(packages: Path, reference: Path) -> None:
    """Every step that a supplier's test system takes with them, and the charge point's answer at the end."""
    with serving("--pki", str(reference / "pki")) as said:
        gateway, smki = (url_of(said[word][0]) for word in ("DUIS", "SMKI"))
        done = subprocess.run(
            ["node", str(DRIVE), str(packages), gateway, smki],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "START": START, "END": END},
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (seen["transform"], seen["send"], seen["read"]) == ("I0", "I99", "I99")
    assert seen["inventory"] == ["I0", True]
    assert seen["refused"] == "E19"
    assert seen["device"] and not seen["nobody"]
    first, second = seen["received"]
    assert first["counter"] == seen["echoed"]["counter"]
    assert (first["code"], first["signature"]) == ("I0", True)
    assert (second["code"], "signature" in second) == ("I0", False)
    assert {each["type"] for each in seen["received"]} == {"application/xml"}
