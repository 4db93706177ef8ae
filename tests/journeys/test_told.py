"""Every journey of `dcc-sim journey`: the power at the charge point at named instants, its plot and its trace."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from dcc_sim.cli import main
from dcc_sim.journey_command import CAPTURE
from dcc_sim.journeys import NAMES, Told, play
from dcc_sim.journeys.fleet_start import HOMES, LIMIT
from dcc_sim.journeys.story import PLOT, TRACE, Story
from dcc_sim.journeys.street import Street
from dcc_sim.trace_file import Line
from han.capture import KEY_FILE
from schemas.errors import NotPossible
from tests.han.tshark import UNREADABLE, fields

FULL, HALF = 7.36, 3.68
NIGHT = [("00:29:59", 0), ("00:30:00", FULL), ("02:00:00", FULL), ("04:29:59", FULL), ("04:30:00", 0)]

POWER: dict[str, list[tuple[str, float]]] = {
    "evening_limit": [
        ("15 16:59:59", FULL),
        ("15 17:00:01", FULL),
        ("15 17:00:02", HALF),
        ("15 19:59:59", HALF),
        ("15 20:00:02", FULL),
        ("16 00:00:00", 2.944),
        ("16 07:00:00", 0),
    ],
    "overnight_calendar": [
        (f"{day} {at}", kw)
        for night in (15, 16)
        for day, at, kw in (
            (night, "19:00:00", 0),
            (night + 1, "00:29:59", 0),
            (night + 1, "00:30:00", FULL),
            (night + 1, "04:30:00", 1.84),
            (night + 1, "07:00:00", 0),
            (night + 1, "08:00:00", 0),
        )
    ],
    "special_day": [
        (f"{day} {at}", kw)
        for day, peak in ((24, 0), (25, FULL), (26, 0))
        for at, kw in (("15:59:00", FULL), ("16:00:00", peak), ("20:00:00", FULL))
    ],
    "boost": [
        ("15 17:30:00", 0),
        ("15 18:00:00", FULL),
        ("15 19:00:00", HALF),
        ("15 19:30:00", FULL),
        ("15 20:00:00", 0),
        ("15 22:00:00", FULL),
    ],
    "emergency_stop": [
        ("15 17:42:30", FULL),
        ("15 17:42:40", 0),
        ("15 18:12:30", 0),
        ("15 18:12:40", FULL),
        ("15 21:42:30", FULL),
    ],
    "change_of_supplier": [
        ("15 17:59:00", HALF),
        ("15 18:00:00", HALF),
        ("15 18:01:00", HALF),
        ("15 18:02:00", FULL),
        ("15 22:00:00", FULL),
    ],
    "hub_offline": [
        ("15 18:00:00", HALF),
        ("15 18:10:00", HALF),
        ("15 19:00:00", FULL),
        ("15 20:00:00", FULL),
        ("15 20:01:00", HALF),
    ],
    "bad_air": [
        ("15 16:32:00", HALF),
        ("15 17:02:00", 2.07),
        ("15 18:02:00", FULL),
        ("15 18:04:00", HALF),
        ("15 19:01:00", FULL),
    ],
    "forged_and_replayed": [
        ("15 17:01:00", HALF),
        ("15 17:02:00", HALF),
        ("15 17:03:00", HALF),
        ("15 20:00:00", FULL),
    ],
    "v2g_export_cap": [
        ("15 17:00:00", FULL),
        ("15 17:00:02", -FULL),
        ("15 18:00:02", -HALF),
        ("15 19:00:02", -FULL),
        ("15 19:59:59", 0),
        ("15 20:00:02", FULL),
        ("16 06:59:59", 0),
        ("16 07:00:00", 0),
    ],
    "minimum_current": [
        ("15 14:00:10", 16.56),
        ("15 15:00:10", 11.04),
        ("15 16:00:10", 6.9),
        ("15 17:00:10", 4.14),
        ("15 18:00:10", 0),
        ("15 19:00:10", 4.14),
        ("15 20:00:00", 22.08),
    ],
    "heater_lost": [
        ("15 17:00:00", 0),
        ("15 20:00:10", 3),
        ("15 21:35:00", 3),
        ("15 23:02:00", 0),
        ("16 21:00:00", 0),
        ("16 21:06:00", 3),
        ("16 23:00:10", 0),
    ],
    "clock_change_night": [(f"{day} {at}", kw) for day in (28, 29, 30) for at, kw in NIGHT],
}

SAID: dict[str, list[str]] = {
    "boost": ["100 % by boost", "against calendar 0 %", "50 % by limit"],
    "emergency_stop": ["0 % by set state"],
    "change_of_supplier": ["Supplier asks for SRV 7.13: E4", "Supplier2's answers: E21"],
    "hub_offline": ["Supplier's answers: I0, E20"],
    "bad_air": ["Supplier's answers: I0, I0, E21"],
    "forged_and_replayed": [
        "Network asks for SRV 7.13: E2",
        "Supplier2 asks for SRV 7.13: E4",
        "changed after it was signed: E100, DigestValue",
        "word for word: E100, RequestID counter",
        "sends its pre-command again: E100",
        "the charge point: refused: originator counter",
        "the charge point: refused: MAC",
    ],
    "heater_lost": ["told by alert 811A", "0 % by set state 0 % of 0055"],
    "v2g_export_cap": ["50 % by limit", "against set state 100 %"],
}


@cache
def told(name: str) -> Told:
    """A journey with seed 1, played once for all tests."""
    return play(name, 1)


def files(folder: Path) -> dict[str, bytes]:
    """What a journey has written."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_journey_is_here() -> None:
    """Twelve at least, each with its instants."""
    assert set(NAMES) == POWER.keys() | {"fleet_start"}
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", POWER)
def test_power_at_named_instants(name: str) -> None:
    """As the journey saw it through the control API, against what the commands mean."""
    seen = [(f"{each.moment:%d %H:%M:%S}", each.power_kw) for each in told(name).seen]
    assert seen == POWER[name]
    lines = told(name).lines
    for words in SAID.get(name, []):
        assert any(words in line for line in lines), (words, lines)


def test_the_fleet_starts_home_by_home() -> None:
    """Nobody before the rate, each home at its own offset, all by the limit."""
    street = told("fleet_start")
    assert isinstance(street, Street)
    late = [home.world.home.charger.auxiliary.state.randomised_offset for home in street.homes]
    assert len(set(late)) == len(late) == HOMES
    assert street.seen[0].power_kw == 0
    for seen, seconds in zip(street.seen[1:], (0, 300, 600, 900, LIMIT), strict=True):
        assert seen.power_kw == pytest.approx(FULL * sum(each <= seconds for each in late))
    assert street.seen[-1].power_kw == pytest.approx(HOMES * FULL)
    assert [int(line.split()[2]) for line in street.lines[-HOMES:]] == late


def test_the_car_of_the_v2g_journey_leaves_with_what_it_needs() -> None:
    story = told("v2g_export_cap")
    assert isinstance(story, Story)
    series = story.world.home.charger.charge_point.series
    charges = [each.state_of_charge for each in series if each.state_of_charge is not None]
    assert min(charges) == pytest.approx(50, abs=1e-6)
    assert charges[-1] == 100


@pytest.mark.parametrize("name", NAMES)
def test_plot_and_trace_are_written_the_same_for_the_same_seed(name: str, tmp_path: Path) -> None:
    """The SVG is XML; each line of the trace is a record; another play gives the same octets."""
    told(name).write(tmp_path / "one")
    written = files(tmp_path / "one")
    assert ElementTree.fromstring(written[PLOT]).tag.endswith("}svg")
    indices = [content for path, content in written.items() if path.endswith(TRACE)]
    assert len(indices) == (HOMES if name == "fleet_start" else 1)
    for index in indices:
        records = [Line.model_validate_json(line) for line in index.decode().splitlines()]
        assert [each.sequence for each in records] == list(range(1, len(records) + 1))
        assert {"DUIS", "GBCS", "HAN", "note"} == {each.kind for each in records}
    # Once for the whole street would take as long as all the others.
    if name != "fleet_start":
        play(name, 1).write(tmp_path / "two")
        assert files(tmp_path / "two") == written


def test_another_seed_has_other_keys_and_the_same_power(tmp_path: Path) -> None:
    other = play("emergency_stop", 2)
    assert [each.power_kw for each in other.seen] == [kw for _, kw in POWER["emergency_stop"]]
    other.write(tmp_path / "other")
    told("emergency_stop").write(tmp_path / "one")
    here, there = files(tmp_path / "one"), files(tmp_path / "other")
    assert here[PLOT] == there[PLOT]
    one, two = (
        [Line.model_validate_json(line) for line in each[TRACE].decode().splitlines()] for each in (here, there)
    )
    commands = [
        (here.body, there.body)
        for here, there in zip(one, two, strict=True)
        if (here.kind, here.source, here.target) == ("GBCS", "DCC", "Hub")
    ]
    assert len(commands) == 2
    assert all(here != there for here, there in commands)


def test_the_journey_of_your_own_in_the_docs() -> None:
    """What docs/journeys.md shows runs as it stands."""
    text = (Path(__file__).parents[2] / "docs" / "journeys.md").read_text(encoding="utf-8")
    shown: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0], shown)
    assert [each.power_kw for each in shown["play"](1).seen] == [HALF, FULL]


def test_the_command(tmp_path: Path) -> None:
    """``dcc-sim journey`` lists them; with a name it plays one."""
    listed = CliRunner().invoke(main, ["journey"])
    assert [line.split()[0] for line in listed.output.splitlines()] == list(NAMES)
    played = CliRunner().invoke(main, ["journey", "emergency_stop", "--output", str(tmp_path)])
    assert played.exit_code == 0, played.output
    assert "stopped, ten seconds after the request" in played.output
    assert (tmp_path / "emergency_stop" / PLOT).stat().st_size > 10_000
    unknown = CliRunner().invoke(main, ["journey", "nowhere"])
    assert (unknown.exit_code, "journey: is one of evening_limit" in unknown.output) == (1, True)
    with pytest.raises(NotPossible):
        play("../demo", 1)


def test_a_journey_as_frames(tmp_path: Path) -> None:
    """``--capture``: beside plot and trace, what was on the air, and Wireshark reads all of it."""
    result = CliRunner().invoke(main, ["journey", "heater_lost", "--output", str(tmp_path), "--capture"])
    assert result.exit_code == 0, result.output
    path = tmp_path / "heater_lost" / CAPTURE
    assert fields(path, UNREADABLE, "frame.number") == []
    assert fields(path, "gbcs_message.grouping_header.message_code", "frame.number")
    assert fields(path, "zbee_zcl_se.drlc.issuer_id", "frame.number")


def test_scenarios_as_frames(tmp_path: Path) -> None:
    """``run --capture``: a file for each home."""
    examples = Path(__file__).parents[2] / "examples" / "scenarios" / "bad-air.yaml"
    result = CliRunner().invoke(main, ["run", str(examples), "--capture", str(tmp_path)])
    assert result.exit_code == 0, result.output
    [path] = tmp_path.glob("*.pcapng")
    assert path.name == "bad-air-home.pcapng" and (tmp_path / KEY_FILE).exists()
    assert fields(path, UNREADABLE, "frame.number") == []
    assert fields(path, "gbcs_message.grouping_header.message_code", "frame.number")
