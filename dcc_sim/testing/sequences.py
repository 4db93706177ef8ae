"""A hypothesis strategy for legal and illegal command sequences, checked against the reference model.

    from hypothesis import given
    from dcc_sim.testing.sequences import check, sequences

    @given(sequences())
    def test_load_control(sequence):
        check(sequence, save="failing.yaml")

A sequence becomes a scenario whose checks are the model's; what does not hold is saved as that scenario, with its
seed, after hypothesis has made it as short as it can. This module needs hypothesis, which dcc-sim does not install.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml
from hypothesis import strategies as st

from dcc_sim.scenarios.play import Played, play
from dcc_sim.scenarios.reading import read_text
from dcc_sim.testing.emulator import START
from dcc_sim.testing.reference_model import Claim, ControllerModel

Kind = Literal["7.13", "7.16", "boost", "repeat", "nonsense", "nothing"]
USERS = ("Supplier", "Supplier2", "Network", "OtherUser", "LoadController")
_ON_ITS_WAY = timedelta(seconds=1)
"""A command is at the device within it; boundaries are half a minute off every step, so that it does not matter."""
_HALF = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that happens.

    Attributes:
        kind: a set state (7.13), a limit (7.16), the driver's boost, the last command once more, octets that are no
            request, or nothing.
        after: minutes since the one before, from 1.
        user: who sends it.
        level: percent.
        start, length: minutes, of the period from then: a start may be past, a period empty or over.
        controller: 1, or one that the charge point has not.
    """

    kind: Kind
    after: int = 1
    user: str = "Supplier"
    level: int = 50
    start: int = 0
    length: int = 10
    controller: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands in order, and the seed of keys and chance."""

    commands: tuple[Command, ...]
    seed: int = 1


def commands() -> st.SearchStrategy[Command]:
    """Any one command, legal more often than not."""
    return st.builds(
        Command,
        kind=st.sampled_from(("7.13", "7.13", "7.16", "7.16", "boost", "repeat", "nonsense", "nothing")),
        after=st.integers(1, 40),
        user=st.one_of(st.sampled_from(("Supplier", "LoadController")), st.sampled_from(USERS)),
        level=st.integers(0, 100),
        start=st.integers(-30, 60),
        length=st.integers(-5, 90),
        controller=st.sampled_from((1, 1, 1, 2)),
    )


def sequences(most: int = 8, seed: int = 1) -> st.SearchStrategy[Sequence]:
    """Sequences of up to ``most`` commands."""
    return st.lists(commands(), min_size=1, max_size=most).map(lambda found: Sequence(tuple(found), seed))


def scenario(sequence: Sequence) -> str:
    """A sequence as the text of a scenario file, which expects what the reference model says."""
    model, steps, names, sent = ControllerModel(), list[dict[str, Any]](), 0, ""
    now = START
    for command in sequence.commands:
        before, now = now, now + timedelta(minutes=command.after)
        steps += _looks(model, before, now)
        at = _text(now)
        if command.kind == "boost":
            end = now + timedelta(minutes=max(command.length, 1))
            steps.append({"at": at, "do": "boost", "period": f"{max(command.length, 1)}m"})
            model.press(now, end)
        elif command.kind == "repeat" and sent:
            steps.append({"at": at, "repeat": sent, "expect": _again(steps, sent)})
        elif command.kind == "nonsense":
            steps.append({"at": at, "post": "serviceS", "as": command.user, "xml": "<a/>", "expect": "HTTP 400"})
        elif command.kind in ("7.13", "7.16"):
            names += 1
            sent = f"command {names}"
            steps.append(_sent(command, sent, now, model))
    steps += _looks(model, now, max([now, *model.edges]) + _HALF)
    told = {
        "scenario": "A sequence of commands against the reference model",
        "seed": sequence.seed,
        "policy": "load-controller",
        "steps": steps or [{"at": "+1m"}],
    }
    return yaml.safe_dump(told, sort_keys=False, width=110)


def check(sequence: Sequence, save: Path | str | None = None) -> Played:
    """Play a sequence; what comes must be what the reference model says.

    Args:
        save: where a failing one is written as a scenario file, for ``dcc-sim run``.

    Raises:
        AssertionError: it is not; the text says what was seen, when and why.
    """
    text = scenario(sequence)
    played = play(read_text(text, str(save or "sequence.yaml")))
    if not played.good:
        if save is not None:
            Path(save).write_text(text, encoding="utf-8")
        faults = [f"line {step.line}: {fault}" for step in played.steps for fault in step.faults]
        raise AssertionError("\n".join([*faults, *filter(None, [played.broken]), "", text]))
    return played


def _sent(command: Command, name: str, now: datetime, model: ControllerModel) -> dict[str, Any]:
    start = now + timedelta(minutes=command.start) + _HALF
    end = start + timedelta(minutes=command.length)
    claim = Claim(command.level, start, end, name)
    # What a controller of type none is told changes nothing at the one that is asked about.
    told = model if command.controller == 1 else ControllerModel()
    code = told.command(command.user, command.kind, claim, now + _ON_ITS_WAY)
    return {
        "at": _text(now),
        "send": command.kind,
        "name": name,
        "as": command.user,
        "to": "charger",
        "level": command.level,
        "start": _text(start),
        "end": _text(end),
        "controller": command.controller,
        "expect": code,
    }


def _again(steps: list[dict[str, Any]], name: str) -> str:
    """What is said to the last octets of a command once more: a refusal by role and registration is said again."""
    first = next(step["expect"] for step in steps if step.get("name") == name)
    return "E100" if first == "I0" else str(first)


def _looks(model: ControllerModel, after: datetime, until: datetime) -> list[dict[str, Any]]:
    """Checks at every boundary in a time, a second before it, and at the end of the time."""
    second = timedelta(seconds=1)
    moments = {moment for edge in model.edges for moment in (edge - second, edge) if after < moment <= until}
    return [_look(model, moment) for moment in sorted(moments | {until}) if moment > after + 10 * second]


def _look(model: ControllerModel, moment: datetime) -> dict[str, Any]:
    level, rule, name = model.level(moment)
    why = {"level": level, "rule": rule, **({"by": name} if name else {})}
    return {"at": _text(moment), "check": {"state": {"level": level, "rule": rule}, "why": why}}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
