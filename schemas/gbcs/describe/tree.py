"""A described message: names and values as people read them, nested."""

from __future__ import annotations

import json
from dataclasses import dataclass

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Tree:
    """One field.

    Attributes:
        name: the standards' own where there is one.
        value: as people read it; empty for a field that only holds others.
        children: the fields inside.
    """

    name: str
    value: str = ""
    children: tuple[Tree, ...] = ()


def to_text(tree: Tree) -> str:
    """One line a field, indented by depth."""
    lines: list[str] = []
    _write(tree, 0, lines)
    return "\n".join(lines)


def to_json(tree: Tree) -> str:
    """One JSON object a field, on one line: name, value and fields where there are any."""
    return json.dumps(_object(tree), ensure_ascii=False)


def _write(tree: Tree, depth: int, lines: list[str]) -> None:
    lines.append(f"{_INDENT * depth}{tree.name}{': ' if tree.value else ''}{tree.value}")
    for child in tree.children:
        _write(child, depth + 1, lines)


def _object(tree: Tree) -> dict[str, object]:
    described: dict[str, object] = {"name": tree.name}
    if tree.value:
        described["value"] = tree.value
    if tree.children:
        described["fields"] = [_object(child) for child in tree.children]
    return described
