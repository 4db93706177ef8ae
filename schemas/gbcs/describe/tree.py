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
        raw: the field's octets as they travel, its own tag and length included; empty where a field is only a
            remark, or stands for octets in several places (an item of an access request). An item of an access
            response has those of its result; its value, which comes long before, is a field inside.
    """

    name: str
    value: str = ""
    children: tuple[Tree, ...] = ()
    raw: bytes = b""


def to_text(tree: Tree) -> str:
    """One line a field, indented by depth."""
    lines: list[str] = []
    _write(tree, 0, lines)
    return "\n".join(lines)


def to_json(tree: Tree) -> str:
    """One JSON object a field, on one line: name, value, raw octets in hex, and fields where there are any."""
    return json.dumps(_object(tree), ensure_ascii=False)


def _write(tree: Tree, depth: int, lines: list[str]) -> None:
    line = f"{tree.name}{': ' if tree.value else ''}{tree.value}"
    lines.append(_INDENT * depth + (line if line.isprintable() else _escaped(line)))
    for child in tree.children:
        _write(child, depth + 1, lines)


def _escaped(line: str) -> str:
    # A message's own text must not break the line, move the cursor, or turn the direction of what is read.
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


def _object(tree: Tree) -> dict[str, object]:
    described: dict[str, object] = {"name": tree.name}
    if tree.value:
        described["value"] = tree.value
    if tree.raw:
        described["raw"] = tree.raw.hex()
    if tree.children:
        described["fields"] = [_object(child) for child in tree.children]
    return described
