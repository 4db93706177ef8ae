"""``dcc-sim serve --policy``, as its own process: the same request by a load controller, refused and accepted."""

import subprocess
from datetime import timedelta

import httpx
import pytest

from dcc_sim import home
from dcc_sim.serve import START
from dcc_sim.smki import Role, Smki
from dcc_sim.user import StandInUser
from tests.pairs import set_state
from tests.process import SERVE, serving, url_of

SEEDED = ("--seed", "1")


def answer_to_a_limit(*options: str) -> str:
    """The response code of a load controller's SRV 7.16 at an emulator started with ``options``."""
    smki = Smki(b"dcc-sim world 1")
    user = StandInUser("LoadController", home.issue(smki)[home.LOAD_CONTROLLER], smki)
    body = set_state(START + timedelta(hours=1), START + timedelta(hours=2), 50, element="LimitAPCLevel")
    xml = user.write(user.request(home.CHARGER, "7.16", 4, body))
    with serving(*SEEDED, *options) as said:
        url = f"{url_of(said['DUIS'][0])}/api/v1/serviceT"
        answer = httpx.post(url, content=xml, headers={"Content-Type": "application/xml"})
        smki.issue_organisation(home.BROKER, Role.ACCESS_CONTROL_BROKER, "DCC")
        return user.read(answer.content).code


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
    result = subprocess.run(
        [*SERVE, *SEEDED, "--policy", "anybody"], capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 2
    assert "supplier-only" in result.stderr
