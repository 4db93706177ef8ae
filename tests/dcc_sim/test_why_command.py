"""`dcc-sim why` against a served emulator."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from dcc_sim import home
from dcc_sim.cli import main
from tests.served import served


def run(*arguments: str) -> Result:
    """A command in process."""
    return CliRunner().invoke(main, arguments)


def test_why(tmp_path: Path) -> None:
    """A level to come with its command, one now, as text and JSON; what is wrong is told."""
    charger = str(home.CHARGER)
    with served(tmp_path) as gateway:
        where = ("--url", gateway.url)
        times = ("--from", "2026-01-15T18:00:00Z", "--to", "2026-01-15T19:00:00Z")
        sent = run("send", "7.13", "--device", charger, "--level", "50", *times, "--keys", str(tmp_path), *where)
        assert sent.exit_code == 0, sent.output
        coming = run("why", charger, "--at", "2026-01-15T18:30:00Z", *where)
        assert coming.exit_code == 0, coming.output
        first, second = coming.output.splitlines()
        assert "50 % by set state 50 % of 011E of 90-B3-D5-1F-30-01-00-00" in first
        assert second == "  against default 100 %"
        now = json.loads(run("why", charger, "--json", *where).output)
        assert (now["level"], now["winner"]["rule"], now["losers"]) == (100, "default", [])
        for wrong, word in ((("why", charger, "--at", "then"), "at"), (("why", str(home.HUB)), "controllers")):
            refused = run(*wrong, *where)
            assert refused.exit_code == 1 and word in refused.output
        by = json.loads(run("why", charger, "--at", "2026-01-15T18:30:00Z", "--json", *where).output)["winner"]
        asked = ("why", charger, "--command", f"{by['originator']}:{by['originator_counter']}", *where)
        fate = run(*asked)
        assert fate.exit_code == 0, fate.output
        assert fate.output.splitlines()[0] == "SR 7.13 is responded at the DCC"
        assert fate.output.splitlines()[2] == (
            "controller 1 output 2026-01-15 18:00:00 to 2026-01-15 19:00:00: decides"
        )
        shown = json.loads(run(*asked, "--json").output)
        assert (shown["had_effect"], shown["gone"], shown["receipts"][0]["answer"]) == (True, [], "carried out")
        early = run(*asked, "--at", "2026-01-15T17:30:00Z")
        assert early.output.splitlines()[-1] == "begins at 2026-01-15 18:00:00"
        for wrong in (f"{by['originator']}:77", "nobody:1"):
            assert run("why", charger, "--command", wrong, *where).exit_code == 1
    assert "no emulator" in run("why", charger, *where).output
