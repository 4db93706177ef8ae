"""Random command sequences against the reference model; a wrong device is found, made small, and saved to run again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, example, given, settings

from dcc_sim.cli import main
from dcc_sim.testing import START
from dcc_sim.testing.reference_model import Claim, ControllerModel
from dcc_sim.testing.sequences import Command, Sequence, check, scenario, sequences
from devices import layers

MINUTE = timedelta(minutes=1)


@given(sequences())
@example(Sequence((Command("7.13", level=30), Command("repeat", after=3), Command("boost", after=2, length=4))))
@example(Sequence((Command("7.13", start=-20, length=5), Command("7.16", user="LoadController", level=20, length=-1))))
@example(Sequence((Command("7.16", user="LoadController", level=20), Command("7.13", after=2, level=10))))
@example(
    Sequence((Command("7.13", user="Supplier2"), Command("repeat"), Command("7.13", controller=2), Command("nothing")))
)
@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_device_is_as_the_model_says(sequence: Sequence) -> None:
    """Response codes, levels, rules and reasons, before and after every boundary."""
    assert check(sequence).steps


@pytest.fixture
def one_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device whose commanded levels are one percent too high."""
    right = layers._of_period

    def wrong(*arguments: Any) -> layers.Claim:
        claim = right(*arguments)
        return replace(claim, percent=min(claim.percent + 1, 100))

    monkeypatch.setattr(layers, "_of_period", wrong)


def test_a_wrong_device_is_found_made_small_and_saved(one_too_high: None, tmp_path: Path) -> None:
    """One command is left; its scenario fails as long as the device is wrong."""
    saved = tmp_path / "failing.yaml"

    @given(sequences(2, seed=3))
    @settings(
        max_examples=20,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    def find(sequence: Sequence) -> None:
        check(sequence, saved)

    with pytest.raises(AssertionError, match="expected"):
        find()
    text = saved.read_text()
    assert text.count("send:") == 1
    assert "seed: 3\n" in text
    result = CliRunner().invoke(main, ["run", str(saved)])
    assert result.exit_code == 1
    assert "expected" in result.output


def test_what_was_saved_holds_where_the_device_is_right(tmp_path: Path) -> None:
    """The same file."""
    saved = tmp_path / "saved.yaml"
    saved.write_text(scenario(Sequence((Command("7.13", level=10),), 3)))
    assert CliRunner().invoke(main, ["run", str(saved)]).exit_code == 0


def test_the_model_by_hand() -> None:
    """Layers, boundaries, replacement and refusals, without any device."""
    model = ControllerModel()

    def at(minutes: float) -> tuple[int, str]:
        return model.level(START + minutes * MINUTE)[:2]

    def claim(level: int, start: float, end: float) -> Claim:
        return Claim(level, START + start * MINUTE, START + end * MINUTE, f"{level}")

    assert model.command("Supplier", "7.13", claim(50, 10, 20), START) == "I0"
    assert [at(minutes) for minutes in (9.9, 10, 19.9, 20)] == [
        (100, "default"),
        (50, "set state"),
        (50, "set state"),
        (100, "default"),
    ]
    assert model.command("LoadController", "7.16", claim(30, 15, 25), START) == "I0"
    assert [at(15), at(22)] == [(30, "limit"), (30, "limit")]
    model.press(START + 12 * MINUTE, START + 18 * MINUTE)
    assert [at(13), at(16), at(18)] == [(100, "boost"), (30, "limit"), (30, "limit")]
    for user, service, code in (("Supplier", "7.16", "E2"), ("Supplier2", "7.13", "E4"), ("Network", "7.13", "E2")):
        assert model.command(user, service, claim(0, 0, 100), START) == code
    for empty in (claim(0, 5, 5), claim(0, 9, 5), claim(0, -9, -5)):
        assert model.command("Supplier", "7.13", empty, START) == "I0"
    assert at(11) == (50, "set state")
    assert model.command("Supplier", "7.13", claim(80, 30, 40), START) == "I0"
    assert [at(11), at(30)] == [(100, "default"), (80, "set state")]
