"""Scenario files read: YAML to the model, with the line of every step, and errors that name line and field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dcc_sim.scenarios.model import Scenario
from schemas.errors import Malformed


@dataclass(frozen=True, slots=True)
class File:
    """A scenario and where it stands.

    Attributes:
        lines: of each step, from 1.
    """

    path: str
    scenario: Scenario
    lines: tuple[int, ...]


def read(path: Path) -> File:
    """A scenario file.

    Raises:
        Malformed: naming line, field and rule.
        OSError: it cannot be read.
    """
    return read_text(path.read_text(encoding="utf-8"), str(path))


def read_text(text: str, path: str) -> File:
    """A scenario as text.

    Raises:
        Malformed: naming line, field and rule.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = path if mark is None else f"{path} line {mark.line + 1}"
        raise Malformed(where, f"is YAML: {getattr(error, 'problem', '') or type(error).__name__}") from None
    try:
        scenario = Scenario.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        names = [part for part in first["loc"] if part not in _TAGS]
        where = ".".join(map(str, names)) or "the file"
        raise Malformed(f"{path} line {_line(root, names)}, {where}", f"{first['msg']}") from None
    lines = tuple(_line(root, ["steps", number]) for number in range(len(scenario.steps)))
    return File(path, scenario, lines)


_TAGS = ("wait",)


def _line(root: Any, names: list[Any]) -> int:
    """Of the innermost part that is there."""
    node = root
    line = 1
    for name in names:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == name), None)
            if found is None:
                # The name of a kind of step is in pydantic's path and not in the file.
                continue
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
            node = node.value[name]
            line = node.start_mark.line + 1
    return line
