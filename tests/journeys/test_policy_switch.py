"""``dcc-sim serve --policy``, as its own process: the same request by a load controller, refused and accepted."""

import re
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest

from dcc_sim import home
from dcc_sim.serve import START
from dcc_sim.smki import Role, Smki
from dcc_sim.user import StandInUser
from tests.pairs import set_state

SERVE = (sys.executable, "-c", "from dcc_sim.cli import main; main()", "serve", "--port", "0", "--seed", "1")
"""The command that the console script calls."""


def answer_to_a_limit(*options: str) -> str:
    """The response code of a load controller's SRV 7.16 at an emulator started with ``options``."""
    smki = Smki(b"dcc-sim world 1")
    user = StandInUser("LoadController", home.issue(smki)[home.LOAD_CONTROLLER], smki)
    body = set_state(START + timedelta(hours=1), START + timedelta(hours=2), 50, element="LimitAPCLevel")
    xml = user.write(user.request(home.CHARGER, "7.16", 4, body))
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+/serviceT", line)))
            answer = httpx.post(url, content=xml, headers={"Content-Type": "application/xml"})
            smki.issue_organisation(home.BROKER, Role.ACCESS_CONTROL_BROKER, "DCC")
            return user.read(answer.content).code
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("options", "code"),
    [((), "E2"), (("--policy", "supplier-only"), "E2"), (("--policy", "load-controller"), "I0")],
    ids=["default", "supplier-only", "load-controller"],
)
def test_the_switch(options: tuple[str, ...], code: str) -> None:
    """Off by default."""
    assert answer_to_a_limit(*options) == code


def test_another_word_is_no_policy() -> None:
    """Refused at once, naming those there are."""
    result = subprocess.run([*SERVE, "--policy", "anybody"], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert "supplier-only" in result.stderr
