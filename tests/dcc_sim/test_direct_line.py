"""Without frames on the air everything else is the same: requests, octets at the device, power, answers."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcc_sim.cli import main
from dcc_sim.direct_line import TAKES
from dcc_sim.home import CHARGER, METER
from dcc_sim.snapshots import Snapshot
from schemas.duis.payloads import ServiceResponse
from schemas.errors import NotPossible
from tests.pairs import HALF_KW, START, Pair, set_state

BODY = set_state(START, START + timedelta(hours=1), 50)


def answered(pair: Pair) -> bytes:
    """The GBCS response to a 7.13, which has reduced the power."""
    pair.charge()
    before = pair.world.home.han.medium.frames
    pair.command(pair.supplier, CHARGER, "7.13", BODY)
    pair.pass_time()
    assert pair.power == HALF_KW
    assert (pair.world.home.han.medium.frames == before) == (pair.world.line is not None)
    (answer,) = pair.mailbox(pair.supplier)
    assert answer.code == "I0"
    assert isinstance(answer.payload, ServiceResponse)
    return answer.payload.payload


def test_the_same_octets_without_a_frame() -> None:
    """The device's response is the one that comes over the air; only its time is another."""
    assert answered(Pair(direct=True)) == answered(Pair())


def test_the_trace_tells_both_ways() -> None:
    """Hub to device, and back, in place of the frames."""
    pair = Pair(direct=True, traced=True)
    answered(pair)
    told = [(each.source, each.target, each.time) for each in pair.world.trace if "ESME" not in each.source]
    ((_, _, there),) = [each for each in told if each[:2] == ("Hub", "SAPC")]
    ((_, _, back),) = [each for each in told if each[:2] == ("SAPC", "Hub")]
    assert back - there == TAKES


def test_nobody_answers_for_a_silent_device() -> None:
    """E21 at the deadline, as on the air."""
    pair = Pair(direct=True, traced=True)
    pair.world.home.han.silent = {CHARGER}
    pair.command(pair.supplier, CHARGER, "7.13", BODY)
    pair.pass_time(31)
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["E21"]
    assert [each.verdict for each in pair.world.trace if "lost" in each.verdict] == ["lost: nobody hears it"]
    pair.world.home.han.silent = set()
    pair.command(pair.supplier, METER, "7.13", BODY)
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["E21", "I0"]


def test_no_snapshot() -> None:
    """It has a HAN that messages go over."""
    with pytest.raises(NotPossible, match="over the HAN"):
        Snapshot.of(Pair(direct=True).world)


@pytest.mark.parametrize("option", ["--air", "--capture", "--record", "--radio"])
def test_what_needs_frames_is_refused(option: str, tmp_path: Path) -> None:
    """Before anything is served."""
    file = tmp_path / "file"
    if option == "--air":
        file.write_text("{}", encoding="utf-8")
    given = "znp:/dev/null" if option == "--radio" else str(file)
    ended = CliRunner().invoke(main, ["serve", "--han", "direct", "--port", "0", option, given])
    assert ended.exit_code == 1
    assert "--han direct: has no frames" in ended.output
