"""Scenario files: the shipped ones hold, a false one says what was seen, when and why, and reports are well formed."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from lxml import etree

from dcc_sim.cli import main
from dcc_sim.scenarios import model
from dcc_sim.scenarios.play import Played, play
from dcc_sim.scenarios.reading import read, read_text
from schemas.errors import Malformed

FOLDER = Path(__file__).parents[3] / "examples" / "scenarios"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
PUBLISHED = Path(model.__file__).parents[1] / "published" / "scenario.schema.json"


def played(steps: str, more: str = "") -> Played:
    """A scenario of these steps."""
    return play(read_text(f"scenario: a test\n{more}\nsteps:\n{steps}", "test.yaml"))


def faults(steps: str, more: str = "") -> list[str]:
    """What did not hold."""
    return [fault for step in played(steps, more).steps for fault in step.faults]


def test_there_are_enough() -> None:
    """Six at least."""
    assert len(SHIPPED) >= 6


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_hold(path: Path) -> None:
    """Each, and its editor finds the schema that it is valid by."""
    done = play(read(path))
    assert done.good, (done.broken, [step.faults for step in done.steps])
    first = path.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("$schema=")[2]).resolve() == PUBLISHED.resolve()
    value = json.loads(json.dumps(yaml.safe_load(path.read_text()), default=lambda moment: moment.isoformat()))
    Draft202012Validator(json.loads(PUBLISHED.read_text())).validate(value)


def test_the_published_schema_is_the_models() -> None:
    """And the command prints it."""
    assert json.loads(PUBLISHED.read_text()) == json.loads(json.dumps(model.schema()))
    assert json.loads(CliRunner().invoke(main, ["run", "--schema"]).output) == json.loads(PUBLISHED.read_text())


LIMIT = '- {send: "7.13", name: limit, to: charger, level: 50, start: "18:00", end: "19:00"}\n'


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("power: {kw: 7.36}", ["7.36 kW ± 0.005 of charger expected, 3.68 kW seen", "50 % by set state", "18:30:00"]),
        ("power: {above: 5}", ["above 5.0 kW"]),
        ("power: {below: 3.68}", ["below 3.68 kW"]),
        ("state: {level: 100}", ["charger 100 % expected, 50 % by set state seen"]),
        ("state: {rule: limit}", ["by limit expected"]),
        ("state: {status: Suspended}", ["charger Suspended expected, Commissioned seen"]),
        ("why: {level: 100}", ["100 % expected", "50 % by set state"]),
        ("why: {at: '20:00', by: limit}", ["command of limit", "100 % by default"]),
        ("why: {against: [calendar]}", ["calendar expected to have lost"]),
        ("response: {to: limit, code: E2}", ["limit answered with E2 expected, I0 seen", "serviceT 7.13 CV4"]),
        ("response: {to: other, code: E2}", ["no send step of the name other"]),
        ("alert: {code: 8F86}", ["8F86 in the mailbox of Supplier expected, seen: no alert"]),
        ("alert: {code: 8F86, by: Nobody}", ["there is no user Nobody"]),
        ("sent: {what: command ECS99}", ["at least one message of what command ECS99 expected, 0 seen"]),
        ("sent: {what: command ECS47a, to: Hub, count: 2}", ["2 message", "1 seen", "DCC > Hub: command ECS47a"]),
        ("absent: {kind: HAN}", ["no message of kind HAN expected"]),
        ("received: {what: command ECS47a, from: SAPC}", ["0 seen"]),
        ("order: [{what: response ECS47a}, {what: command ECS47a}]", ["number 2", "one earlier"]),
        ("state: {of: fridge, level: 1}", ["there is no device fridge"]),
        ("sent: {what: TransferData, until: '2026-01-15T16:29:00Z'}", ["0 seen"]),
    ],
)
def test_what_does_not_hold_is_told(check: str, said: list[str]) -> None:
    """What was expected, what was seen, when, and why."""
    found = faults(f"{LIMIT}- at: '18:30'\n  check: {{{check}}}\n")
    assert len(found) == 1
    for each in said:
        assert each in found[0]


def test_every_kind_of_check_can_hold() -> None:
    """Of each kind one that does, so that a failure above is not for want of a way."""
    checks = [
        "power: {above: 3, below: 4}",
        "state: {level: 50, rule: set state, status: Commissioned}",
        "why: {by: limit, against: [default]}",
        "response: {to: limit, code: I0}",
        "alert: {code: 8F86, count: 0}",
        "sent: {message_code: '00DE', count: 0}",
        "received: {what: response ECS47a, request: limit}",
        "absent: {what: ECS99}",
        "order: [{what: command ECS47a}, {what: response ECS47a}]",
    ]
    assert faults(LIMIT + "- at: '18:30'\n  check:\n" + "".join(f"    {each}\n" for each in checks)) == []


def test_a_step_that_cannot_be_done_ends_it() -> None:
    """With its line."""
    done = played("- {do: silent, device: hub}\n- {do: plug in, device: meter}\n- {at: '+1m'}\n")
    assert not done.good
    assert len(done.steps) == 1
    assert "test.yaml line 5" in done.broken


def test_what_happens_in_the_home() -> None:
    """A car leaves and comes back, and its driver boosts over a set state."""
    steps = (
        "- {do: unplug}\n- check: {power: {kw: 0}}\n- {do: plug in}\n"
        '- {send: "7.13", to: charger, level: 0, start: "+1m", end: "+2h"}\n'
        "- {at: '+5m', do: boost, period: 30m}\n- check: {power: {kw: 7.36}, state: {rule: boost}}\n"
        "- {at: '+31m', check: {power: {kw: 0}}}\n"
    )
    assert faults(steps) == []


def test_a_fault_has_a_window_and_a_seed() -> None:
    """The same seed of the fault gives the same fates, whatever that of the scenario is."""
    steps = "".join('- {send: "11.2", to: charger}\n' for _ in range(6))

    def fates(seed: int, chance: int) -> list[str]:
        fault = f"faults: [{{device: charger, loss: 0.75, from: +0s, to: +4m, seed: {chance}}}]"
        found = play(read_text(f"scenario: x\nseed: {seed}\n{fault}\nsteps:\n{steps}", "x"))
        return [line.verdict for line in found.messages["home"] if line.kind == "HAN"]

    first = fates(1, 5)
    assert "lost" in first
    assert first == fates(2, 5)
    assert first != fates(1, 6)


def test_the_same_seed_gives_the_same_messages() -> None:
    """Octet for octet."""
    path = FOLDER / "limit-by-load-controller.yaml"
    assert play(read(path)).messages == play(read(path)).messages
    assert play(read(path)).messages != play(read(path), seed=99).messages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario: x\nsteps:\n- {at: 18:00}\n", 'line 3, steps.0.at: Value error, is written in quotes: "18:00"'),
        ("scenario: x\nsteps:\n- {at: '18:00'}\n- {send: '7.13', levle: 5}\n", "line 4, steps.1"),
        ("scenario: x\nsteps: []\n", "line 2, steps"),
        ("steps:\n- {at: '18:00'}\n", "scenario: Field required"),
        ("scenario: [\n", "is YAML"),
        ("- a\n", "the file"),
        ("scenario: x\nstart: 2026-01-15T18:00:00\nsteps:\n- {at: '18:00'}\n", "line 2, start"),
    ],
)
def test_what_is_no_scenario(text: str, said: str) -> None:
    """Line, field, rule."""
    with pytest.raises(Malformed, match=r"x\.yaml") as caught:
        read_text(text, "x.yaml")
    assert said in str(caught.value)


def test_the_command_and_its_reports(tmp_path: Path) -> None:
    """Exit status 0, 1 and 2; JUnit and HTML; a trace for `dcc-sim trace`."""
    good = FOLDER / "who-may-not.yaml"
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "scenario: Wrong & <odd>\nsteps:\n- {note: x, check: {power: {kw: 1}}}\n- {do: unplug, device: meter}\n"
    )
    junit, html = tmp_path / "out.xml", tmp_path / "report.html"
    arguments = ["run", str(good), "--junit", str(junit), "--html", str(html), "--trace", str(tmp_path / "traces")]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, "1 of 1 scenarios hold" in result.output) == (0, True)
    result = CliRunner().invoke(main, [*arguments, str(bad)])
    assert result.exit_code == 1
    assert "bad.yaml:3: power: 1.0 kW" in result.output
    suites = etree.fromstring(junit.read_bytes()).findall("testsuite")
    assert [(each.get("failures"), each.get("errors")) for each in suites] == [("0", "0"), ("1", "1")]
    assert "kW seen" in str(suites[1].find("testcase/failure").get("message"))  # type: ignore[union-attr]
    page = html.read_text()
    assert "Wrong &amp; &lt;odd&gt;" in page
    assert "1 of 2 scenarios hold" in page
    trace = tmp_path / "traces" / "who-may-not-home.jsonl"
    assert CliRunner().invoke(main, ["trace", str(trace), "--refused"]).exit_code == 0
    bad.write_text("scenario: x\n")
    result = CliRunner().invoke(main, ["run", str(bad)])
    assert result.exit_code == 2
    assert CliRunner().invoke(main, ["run"]).exit_code == 2
